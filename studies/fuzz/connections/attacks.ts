import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import { RawConnection, rawRequest } from '../../../model-server/testing/raw-connection';
import { LARGEST, announced } from './requests';

const INFER = '/v2/models/tiny/infer';
const DEEP = '['.repeat(2_000_000) + ']'.repeat(2_000_000);
const WIDE = `[${'0,'.repeat(2_000_000)}0]`;
const EMPTY = `[${'[],'.repeat(1_300_000)}[]]`;
const BOMB = gzipSync(Buffer.alloc(LARGEST, '[')).toString('latin1');
const METRICS = rawRequest('GET', '/metrics');
const ROWS = JSON.stringify({
  inputs: [
    {
      name: 'features',
      shape: [4096, 4],
      datatype: 'FP32',
      data: Array.from({ length: 4096 }, () => [1, 2, 1, 0.5]).flat(),
    },
  ],
});

/** What one attacker does, again and again: each is a kind that once took a server down. */
export const ATTACKS: Readonly<Record<string, (port: number) => Promise<void>>> = {
  nested: (port) => send(port, rawRequest('POST', INFER, DEEP), 1),
  values: (port) => send(port, rawRequest('POST', INFER, WIDE), 1),
  arrays: (port) => send(port, rawRequest('POST', '/v1/models/tiny/predict', EMPTY), 1),
  bomb: (port) =>
    send(port, rawRequest('POST', INFER, BOMB, {}).replace('\r\n', '\r\ncontent-encoding: gzip\r\n'), 1),
  batch: (port) => send(port, rawRequest('POST', INFER, ROWS), 1),
  held: (port) => hold(port, announced(LARGEST) + ' '.repeat(LARGEST - 1), 3000),
  bytes: (port) =>
    hold(
      port,
      rawRequest('POST', INFER, '', { 'transfer-encoding': 'chunked' }) + '1\r\n \r\n'.repeat(300_000),
      2000,
    ),
  headers: (port) => hold(port, 'POST /v2 HTTP/1.1\r\nhost: x\r\nx-a: ', 5000),
  unread: (port) => hold(port, METRICS.repeat(2000), 3000),
  unreadRows: (port) => hold(port, rawRequest('POST', INFER, ROWS).repeat(20), 3000),
  refused: (port) => send(port, announced(50_000_000) + ' '.repeat(8_000_000), 1),
  aborted: async (port) => {
    const connection = new RawConnection(port);
    connection.write(rawRequest('GET', '/nowhere') + rawRequest('POST', INFER, ROWS).repeat(3));
    await sleep(2);
    connection.socket.resetAndDestroy();
  },
};

async function send(port: number, text: string, answers: number): Promise<void> {
  const connection = new RawConnection(port);
  connection.write(Buffer.from(text, 'latin1'));
  await connection.read(answers, 10_000);
  connection.destroy();
}

/** Reads nothing and says nothing more. */
async function hold(port: number, text: string, milliseconds: number): Promise<void> {
  const connection = new RawConnection(port, { reads: false });
  connection.write(Buffer.from(text, 'latin1'));
  await Promise.race([
    sleep(milliseconds),
    new Promise((resolve) => connection.socket.once('close', resolve)),
  ]);
  connection.destroy();
}
