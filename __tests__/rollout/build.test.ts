import { bundleTests } from '../support/bundle-tests';

bundleTests({
  image: 'rollout-controller',
  entry: 'rollout/controller/main.ts',
  holds: 'rollout/canary/watch.ts',
  says: { stream: 'stdout', text: 'PORT is nothing; expected a whole number from 1 to 65535' },
  packages: [/^@kubernetes\/?/, /^ajv@/],
});
