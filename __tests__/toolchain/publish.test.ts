import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { IMAGE_ENVIRONMENT } from '../../model-server/testing/server-process';
import { imageConfig } from '../../toolchain/publish';

describe('how an image starts', () => {
  it('is what the last stage of its Dockerfile says', () => {
    expect(imageConfig(readFileSync('images/model-server/Dockerfile', 'utf8'))).toEqual({
      env: [
        'PATH=/usr/local/bin',
        'NODE_ENV=production',
        'NODE_COMPILE_CACHE=/app/compile-cache',
        'MALLOC_ARENA_MAX=1',
        'ORT_DISABLE_TELEMETRY=1',
      ],
      user: '65532:65532',
      workdir: '/app',
      port: '8080',
      entrypoint: ['/usr/local/bin/node', '/app/main.mjs'],
    });
  });

  it('is how tests and studies start the model server', () => {
    const { env } = imageConfig(readFileSync('images/model-server/Dockerfile', 'utf8'));
    const settings = Object.entries(IMAGE_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
    expect(env).toEqual(expect.arrayContaining(settings));
  });

  it('is not guessed', () => {
    const dockerfile = 'FROM a\nENV A=1\nUSER 1\nFROM scratch\nENV A=1\n';
    expect(() => imageConfig(dockerfile)).toThrow('no USER');
  });
});
