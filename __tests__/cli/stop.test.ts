import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { stopController } from '../../cli/src/stop';
import { download } from '../../toolchain/web';
import { restoreEnv } from '../support/env';
import { withoutProxies } from '../toolchain/support/servers';

afterEach(restoreEnv);

test('what ends a command also ends its downloads, and lets them begin', async () => {
  withoutProxies();
  const server = createServer((_, response) => response.end('a program'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${String(port)}/`;
  const controller = stopController();
  try {
    expect((await download(address, controller.signal)).toString()).toBe('a program');
    controller.abort();
    await expect(download(address, controller.signal)).rejects.toThrow('Interrupted.');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
