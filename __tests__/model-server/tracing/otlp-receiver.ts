import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WIRE, WireReader } from '../../../model-server/src/protobuf/wire-reader';

/** What this receiver reads of a span: opentelemetry-proto, `trace/v1/trace.proto`. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** 2 is SERVER. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
}

export interface OtlpReceiver {
  readonly endpoint: string;
  readonly spans: ReceivedSpan[];
  /** Of the resource of the latest export. */
  readonly resource: Record<string, string | number>;
  /** Paths and headers of the exports. */
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Answers that were sent. */
  readonly answered: number;
  /** Leaves exports without an answer until `answer`. */
  hold(): void;
  answer(): void;
  close(): Promise<void>;
}

/** An OTLP/HTTP collector on a free port of 127.0.0.1. */
export async function startReceiver(status = 200): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: OtlpReceiver['requests'] = [];
  const resource: Record<string, string | number> = {};
  let answered = 0;
  let held: (() => void)[] | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers });
      for (const resourceSpans of messages(Buffer.concat(chunks), 1)) {
        Object.assign(resource, ...messages(resourceSpans, 1).map((message) => attributesOf(message, 1)));
        for (const scope of messages(resourceSpans, 2)) spans.push(...messages(scope, 2).map(spanOf));
      }
      const answer = () => {
        response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end(() => answered++);
      };
      if (held === undefined) answer();
      else held.push(answer);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    requests,
    resource,
    get answered() {
      return answered;
    },
    hold() {
      held = [];
    },
    answer() {
      for (const send of held ?? []) send();
      held = undefined;
    },
    close: () => close(server),
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

function spanOf(span: Buffer): ReceivedSpan {
  const [status = Buffer.alloc(0)] = messages(span, 15);
  return {
    traceId: bytes(span, 1).toString('hex'),
    spanId: bytes(span, 2).toString('hex'),
    traceState: bytes(span, 3).toString(),
    parentSpanId: bytes(span, 4).toString('hex'),
    name: bytes(span, 5).toString(),
    kind: varint(span, 6),
    attributes: attributesOf(span, 9),
    statusCode: varint(status, 3),
  };
}

function attributesOf(message: Buffer, field: number): Record<string, string | number> {
  return Object.fromEntries(
    messages(message, field).map((pair) => {
      const value = bytes(pair, 2);
      const [text] = messages(value, 1);
      return [bytes(pair, 1).toString(), text === undefined ? varint(value, 3) : text.toString()];
    }),
  );
}

function bytes(message: Buffer, field: number): Buffer {
  return messages(message, field)[0] ?? Buffer.alloc(0);
}

function messages(message: Buffer, field: number): Buffer[] {
  const found: Buffer[] = [];
  const reader = new WireReader(message);
  while (reader.next()) if (reader.number === field && reader.wire === WIRE.bytes) found.push(reader.bytes());
  return found;
}

function varint(message: Buffer, field: number): number {
  const reader = new WireReader(message);
  while (reader.next()) if (reader.number === field && reader.wire === WIRE.varint) return reader.signed();
  return 0;
}
