import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../toolchain/store';

// Started by store.test.ts in a separate process, to be killed in the middle of a build.
await openStore(process.argv[2], undefined).make(
  {
    id: 'endless',
    title: 'build without end',
    settings: { text: 'endless' },
    build: async (build) => {
      writeFileSync(join(build.folder, 'half'), '');
      process.send?.('building');
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    },
  },
  { report: () => undefined, signal: new AbortController().signal },
);
