import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** HTTP servers on loopback addresses that share one port, as pods do. */
export class Pods {
  readonly #servers = new Map<string, { server: Server; sockets: Set<Socket> }>();
  #port = 0;

  get port(): number {
    return this.#port;
  }

  async start(address: string, handler: Handler): Promise<void> {
    const server = createServer(handler);
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.listen(this.#port, address);
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#servers.set(address, { server, sockets });
  }

  /** As a killed process: its connections are cut, new ones refused. */
  async stop(address: string): Promise<void> {
    const running = this.#servers.get(address);
    if (running === undefined) return;
    this.#servers.delete(address);
    const closed = once(running.server, 'close');
    // Before close(), which ends idle connections: libuv keeps a handle that is reset while it ends, and Node then never exits.
    for (const socket of running.sockets) {
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
    running.server.close();
    await closed;
  }

  async stopAll(): Promise<void> {
    for (const address of [...this.#servers.keys()]) await this.stop(address);
  }
}

/** Answers as the model server does: every answer names model and version. */
export function modelServer(model: string, version: string): Handler {
  return (request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-model-version', version);
      response.setHeader('x-request-id', request.headers['x-request-id'] ?? '');
      response.end(
        JSON.stringify({ model_name: model, model_version: version, host: request.headers.host ?? null }),
      );
    });
  };
}

/** Answers like a foreign host on the default route: 200, HTML, and headers that would steer a proxy. */
export function foreignHost(seen: () => void): Handler {
  return (request, response) => {
    seen();
    request.resume();
    response.setHeader('content-type', 'text/html');
    response.setHeader('set-cookie', 'foreign=1');
    response.setHeader('x-accel-redirect', '/gateway/config');
    response.setHeader('content-encoding', 'identity');
    for (let block = 0; block < 20; block += 1) response.write(`<html>foreign ${'x'.repeat(20_000)}`);
    response.end();
  };
}
