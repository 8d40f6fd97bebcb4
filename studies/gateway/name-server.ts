import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const HEADER_BYTES = 12;
const NXDOMAIN = 3;
/** Long, so that a client that honours it would not notice a change. */
const TTL_S = 30;

/** A DNS server on 127.0.0.1 that knows A records only; what it answers can be changed at any time. */
export class NameServer {
  /** Addresses by name; no entry answers NXDOMAIN, an empty list answers without a record. */
  readonly addresses = new Map<string, readonly string[]>();
  /** Answers nothing, as a cluster whose DNS is down. */
  silent = false;
  readonly #socket: Socket = createSocket('udp4');

  async start(): Promise<string> {
    this.#socket.on('message', (query, { port, address }) => {
      if (!this.silent) this.#socket.send(this.#answer(query), port, address);
    });
    this.#socket.bind(0, '127.0.0.1');
    await once(this.#socket, 'listening');
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  stop(): void {
    this.#socket.close();
  }

  #answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = HEADER_BYTES;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const question = query.subarray(HEADER_BYTES, at + 5);
    const known = this.addresses.get(labels.join('.'));
    const addresses = known ?? [];
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    // An authoritative answer, recursion as asked.
    header.writeUInt16BE(0x8580 | (known === undefined ? NXDOMAIN : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) => {
      const record = Buffer.alloc(16);
      // A pointer to the question's name, type A, class IN.
      record.writeUInt32BE(0xc00c0001, 0);
      record.writeUInt16BE(1, 4);
      record.writeUInt32BE(TTL_S, 6);
      record.writeUInt16BE(4, 10);
      Buffer.from(address.split('.').map(Number)).copy(record, 12);
      return record;
    });
    return Buffer.concat([header, question, ...records]);
  }
}
