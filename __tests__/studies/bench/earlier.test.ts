import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { ROOT } from '../../../contracts/repository';
import { bundleCommit } from '../../../studies/bench/servers/own/earlier';

describe('the server of an earlier commit', () => {
  it.each(['0123456789abcdef', '../elsewhere', '--help', ''])(
    '"%s" is none, and nothing is made',
    (commit) => {
      expect(() => bundleCommit(commit)).toThrow('there is no such commit');
      expect(existsSync(join(ROOT, '.mlops/bench/before', commit, 'model-server'))).toBe(false);
    },
  );
});
