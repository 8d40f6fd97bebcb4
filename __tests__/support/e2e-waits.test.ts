import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { constantLoad } from '../e2e/support/constant-load';
import { command, exampleRequest } from '../e2e/support/platform';

describe('a command of the cluster tests', () => {
  it('has ended though a process that it left keeps its output open', async () => {
    const { exitCode, output, seconds } = await command('sh', ['-c', 'sleep 10 & echo begun; exit 3']);
    expect({ exitCode, output }).toEqual({ exitCode: 3, output: 'begun' });
    expect(seconds).toBeLessThan(8);
  }, 30_000);

  it('is killed after its time, with what it printed last in the error', async () => {
    const late = command('sh', ['-c', 'echo waiting for the lock; sleep 10'], { seconds: 1 });
    await expect(late).rejects.toThrow(/^waited 1 s for the end of sh -c .*waiting for the lock$/s);
  });
});

describe('a load of the cluster tests', () => {
  it('that nothing answers with 200 says what failed', async () => {
    const server = createServer((_, response) => response.writeHead(503).end('no champion'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    await expect(constantLoad(url, exampleRequest, 50, 3)).rejects.toThrow(/HTTP 503 no champion/);
    server.closeAllConnections();
    server.close();
  }, 20_000);
});
