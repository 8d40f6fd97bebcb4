import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Files share the modules they import, which is a third of the time: tests leave nothing behind in them.
          isolate: false,
          include: ['__tests__/**/*.test.ts'],
          exclude: ['__tests__/e2e/**', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['__tests__/e2e/**/*.test.ts'],
          fileParallelism: false,
          // Builds everything from nothing when its cache is empty.
          testTimeout: 45 * 60_000,
          hookTimeout: 45 * 60_000,
        },
      },
    ],
  },
});
