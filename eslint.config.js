import { defineConfig, globalIgnores } from 'eslint/config';
import jest from 'eslint-plugin-jest';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['**/node_modules', 'cdktf.out', '.mlops', '.venv', '.tools', '**/dist']),
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', '*.mjs', '__tests__/support/*.mjs'] },
      },
    },
    rules: {
      // A construct registers itself with its scope: `new Namespace(this, …)` is the statement.
      'no-new': 'off',
      // The Kubernetes client declares classes for what it takes and returns as plain data.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    // Loops over typed arrays, whose indices are in bounds by construction; a check of each would cost what they gain.
    files: [
      'model-server/src/{tensors,metrics,protocol}/**',
      'model-server/src/model/trees/**',
      'studies/hot-path/**',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['__tests__/**'],
    extends: [jest.configs['flat/recommended']],
    rules: {
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/valid-expect': 'error',
      // Helpers with an assertion inside.
      'jest/expect-expect': ['error', { assertFunctionNames: ['expect', 'expectThat', 'predict'] }],
    },
  },
  {
    // Groups of tests that are handed in, and so are their titles.
    files: ['__tests__/**/support/**'],
    rules: { 'jest/valid-title': 'off', 'jest/expect-expect': 'off', 'jest/no-export': 'off' },
  },
  {
    // Cluster tests share one cluster: these are the chapters of e2e.test.ts.
    files: ['__tests__/e2e/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'jest/no-export': 'off' },
  },
  {
    // Configuration in plain JavaScript: nothing gives its parameters types.
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    // Its packages are installed to build it only: `npm run typecheck` there knows them. Dashboards come from any author.
    files: ['dashboards/viewer/page/**', 'dashboards/viewer/build.ts'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // Run by nginx' njs; no TypeScript project knows them.
    files: ['charts/*/files/*.js'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { parserOptions: { projectService: false }, globals: { ngx: 'readonly' } },
    // njs has no `catch` without a name, and its objects of headers are no maps.
    rules: {
      '@typescript-eslint/no-dynamic-delete': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { caughtErrors: 'none' }],
    },
  },
);
