import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Mlflow } from '../../cli/src/mlflow';

let server: Server | undefined;

/** A local server that answers as MLflow or a registry would in the case at hand. */
async function answering(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

afterEach(() => {
  server?.close();
});

const credentials = { username: 'admin', password: 'secret' };

describe('the MLflow client', () => {
  it('sends its credentials, and returns versions newest first with their aliases', async () => {
    const address = await answering((request, response) => {
      if (request.headers.authorization !== `Basic ${Buffer.from('admin:secret').toString('base64')}`) {
        response.writeHead(401).end();
      } else if (request.url?.includes('registered-models/get')) {
        response.end(
          JSON.stringify({ registered_model: { aliases: [{ alias: 'champion', version: '2' }] } }),
        );
      } else {
        const version = (n: number) => ({
          name: 'fraud',
          version: String(n),
          creation_timestamp: n * 1000,
          tags: [{ key: 'image_digest', value: `sha256:${String(n)}` }],
        });
        response.end(JSON.stringify({ model_versions: [version(2), version(10), version(1)] }));
      }
    });
    const versions = await new Mlflow(address, credentials).versions('fraud');
    expect(versions.map(({ version, aliases }) => [version, aliases])).toEqual([
      ['10', []],
      ['2', ['champion']],
      ['1', []],
    ]);
    expect(versions[2]).toMatchObject({
      createdAt: '1970-01-01T00:00:01.000Z',
      tags: { image_digest: 'sha256:1' },
    });
  });

  it('says that MLflow is unavailable when its database is down', async () => {
    const address = await answering((_, response) => {
      response.writeHead(500).end('{"error_code":"INTERNAL_ERROR"}');
    });
    await expect(new Mlflow(address, credentials).setAlias('fraud', 'champion', '1')).rejects.toMatchObject({
      exitCode: 5,
      problem: { what: 'MLflow does not answer.', got: 'HTTP 500: {"error_code":"INTERNAL_ERROR"}' },
    });
  });

  it('says that MLflow is unavailable when nothing listens', async () => {
    await expect(new Mlflow('http://127.0.0.1:9', credentials).aliases('fraud')).rejects.toMatchObject({
      exitCode: 5,
    });
  });
});
