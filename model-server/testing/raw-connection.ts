import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** An answer as it came over a socket. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A client that says what it likes over a bare socket, and keeps everything that it hears. */
export class RawConnection {
  readonly socket: Socket;
  private received = '';

  /** @param reads Whether it reads what comes. */
  constructor(port: number, { reads = true } = {}) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    // A connection that breaks also closes.
    this.socket.on('error', () => undefined);
    if (reads)
      this.socket.on('data', (chunk: Buffer) => {
        this.received += chunk.toString('latin1');
      });
    else this.socket.pause();
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** What came so far, as answers; informational ones count too. */
  get answers(): readonly RawAnswer[] {
    return parseAnswers(this.received);
  }

  /** Resolves with so many answers, or those that came until the server closed or the time was over. */
  async read(count = 1, milliseconds = 5000): Promise<readonly RawAnswer[]> {
    const deadline = performance.now() + milliseconds;
    while (this.answers.length < count && !this.ended && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return this.answers;
  }

  /** Whether the server closed its side. */
  get ended(): boolean {
    return this.socket.readableEnded || this.socket.closed;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** A request with a body of the length that it states, unless the headers say something else. */
export function rawRequest(
  method: string,
  path: string,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string>> = {},
  version = '1.1',
): string {
  const bytes = Buffer.from(body);
  const all = {
    host: 'test',
    ...(bytes.length > 0 && { 'content-length': String(bytes.length) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/${version}\r\n${lines.join('')}\r\n${bytes.toString('latin1')}`;
}

/** Complete answers; all of this server have a content-length, but for informational ones. */
export function parseAnswers(received: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let at = 0; at < received.length;) {
    const end = received.indexOf('\r\n\r\n', at);
    if (end === -1) break;
    const [first = '', ...lines] = received.slice(at, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 2),
      ]),
    );
    const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
    if (bodyEnd > received.length) break;
    answers.push({ status: Number(first.split(' ')[1]), headers, body: received.slice(end + 4, bodyEnd) });
    at = bodyEnd;
  }
  return answers;
}
