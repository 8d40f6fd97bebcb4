import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../../support/certificate';
import { restoreEnv, stubEnv } from '../../support/env';

let opened: Server[] = [];
let folders: string[] = [];

/** Not those of the machine that runs the tests. Call it before each test. */
export function withoutProxies(): void {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'])
    stubEnv({ [name]: undefined, [name.toLowerCase()]: undefined });
}

/** Call it after each test. */
export function closeServers(): void {
  restoreEnv();
  for (const server of opened) {
    server.closeAllConnections();
    server.close();
  }
  for (const folder of folders) rmSync(folder, { recursive: true });
  opened = [];
  folders = [];
}

/** @returns host and port */
export async function listen(server: Server): Promise<string> {
  opened.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A proxy that tunnels, as those of companies do, to wherever `to` says; keeps what it was asked for. */
export async function proxy(to: string): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', ({ url = '' }, client) => {
    asked.push(url);
    const [host, port] = to.split(':');
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const socket of [client, target]) socket.on('error', () => client.destroy());
  });
  return { address: `http://${await listen(server)}`, asked };
}

/** Key and certificate of a server that nobody trusts yet; `file` is what to trust. */
export function selfSigned(): { readonly key: Buffer; readonly cert: Buffer; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  folders.push(folder);
  const files = makeCertificate(folder, 'inspecting proxy', 'DNS:releases.invalid', 'IP:127.0.0.1');
  return { key: readFileSync(files.key), cert: readFileSync(files.ca), file: files.ca };
}
