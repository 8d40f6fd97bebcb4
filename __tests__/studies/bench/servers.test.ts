import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { onnxRuntimeLibrary, onnxRuntimeVersion } from '../../../studies/bench/servers/onnx-runtime';
import { peers } from '../../../studies/bench/servers/index';
import { ROOT } from '../../../contracts/repository';

const context = { model: '/model', ports: [1, 2, 3] as const, artifact: () => '/artifact' };
const lock = (name: string) =>
  readFileSync(join(ROOT, `studies/bench/servers/${name}/requirements.lock`), 'utf8');

describe('the servers', () => {
  it('run one version of ONNX Runtime', () => {
    for (const name of ['fastapi', 'kserve', 'mlserver'])
      expect(lock(name)).toContain(`\nonnxruntime==${onnxRuntimeVersion()} `);
    const rust = peers.find(({ id }) => id === 'rust')?.command(context);
    expect(rust?.env.ORT_DYLIB_PATH).toBe(onnxRuntimeLibrary());
    expect(existsSync(onnxRuntimeLibrary())).toBe(true);
  });

  it('have every Python package pinned by hash', () => {
    for (const name of ['fastapi', 'kserve', 'mlserver']) {
      const packages = lock(name).match(/^[a-z0-9].*==/gim) ?? [];
      const hashed = lock(name).match(/^[a-z0-9].*== ?[^ ]+.*\\\n {4}--hash=sha256:/gim) ?? [];
      expect(packages.length).toBeGreaterThan(5);
      expect(hashed).toHaveLength(packages.length);
    }
  });

  it('get the model and a port', () => {
    for (const peer of peers) {
      const env = Object.values(peer.command(context).env);
      expect(env).toContain('1');
      expect(env.some((value) => value.startsWith('/model'))).toBe(true);
    }
  });
});
