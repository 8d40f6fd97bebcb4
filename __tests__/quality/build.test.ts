import { bundleTests } from '../support/bundle-tests';

bundleTests({
  image: 'quality',
  entry: 'quality/src/main.ts',
  holds: 'contracts/labels.ts',
  says: {
    stream: 'stderr',
    text: 'environment variable QUALITY_DATABASE_URL cannot be used: got nothing',
  },
  packages: [/^pg@/, /^fastify@/],
});
