import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { imageReference } from '../../toolchain/images';
import { publishedModelServer } from '../../toolchain/published';

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

describe('whether the model server of this checkout is published', () => {
  const name = imageReference('model-server', 'packages').replace('localhost/', '');

  it.each([
    [200, true],
    [404, false],
  ])('is what the registry says: %d', async (status, isThere) => {
    expect(await publishedModelServer(await registry(status), 'packages')).toEqual({ name, isThere });
    expect(asked).toEqual([`HEAD /v2/mlops/model-server/manifests/${name.split(':')[1] ?? ''}`]);
  });

  it('is looked for below the path of a registry', async () => {
    await publishedModelServer(`${await registry(200)}/team/ml`, 'packages');
    expect(asked[0]).toMatch(/^HEAD \/v2\/team\/ml\/mlops\/model-server\/manifests\//);
  });

  it('is unknown when the registry fails', async () => {
    await expect(publishedModelServer(await registry(503), 'packages')).rejects.toThrow('answered 503');
  });
});
