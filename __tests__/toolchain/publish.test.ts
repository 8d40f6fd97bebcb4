import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { imageReference } from '../../toolchain/images';
import { imageConfig, publishModelServer } from '../../toolchain/publish';

let server: Server | undefined;
let asked: string[] = [];

async function registry(status: number): Promise<string> {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

afterEach(() => {
  server?.close();
});

const publish = (registry: string) => publishModelServer(registry, 'packages', { report: () => undefined });

describe('the model server of this checkout', () => {
  const name = imageReference('model-server', 'packages').replace('localhost/', '');

  it('is not built again when the registry has it', async () => {
    expect(await publish(await registry(200))).toEqual({ name, wasThere: true });
    expect(asked).toEqual([`HEAD /v2/mlops/model-server/manifests/${name.split(':')[1] ?? ''}`]);
  });

  it('is looked for below the path of a registry', async () => {
    await publish(`${await registry(200)}/team/ml`);
    expect(asked[0]).toMatch(/^HEAD \/v2\/team\/ml\/mlops\/model-server\/manifests\//);
  });

  it('is not built for a registry that fails', async () => {
    await expect(publish(await registry(503))).rejects.toThrow('answered 503');
    expect(asked).toHaveLength(1);
  });
});

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

  it('is not guessed', () => {
    const dockerfile = 'FROM a\nENV A=1\nUSER 1\nFROM scratch\nENV A=1\n';
    expect(() => imageConfig(dockerfile)).toThrow('no USER');
  });
});
