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

  it('keeps its rate, and says when each failed request was sent and when it failed', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      if (asked === 50) setTimeout(() => response.destroy(), 200);
      else response.writeHead(200, { 'x-model-version': '1' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    const load = await constantLoad(url, exampleRequest, 150, 20);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const { sent, seconds, failed, failedAt } = await load.stop();
    server.closeAllConnections();
    server.close();
    // A timer of 1000/150 ms has a period of 6 ms, and would send 167 a second.
    expect(sent / seconds).toBeGreaterThan(130);
    expect(sent / seconds).toBeLessThan(155);
    expect(failed).toBe(1);
    const [{ sentAt, endedAt } = { sentAt: 0, endedAt: 0 }] = failedAt;
    expect(endedAt - sentAt).toBeGreaterThan(150);
    expect(Math.abs(Date.now() - endedAt)).toBeLessThan(20_000);
  }, 60_000);
});
