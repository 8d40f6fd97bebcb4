import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { isCrumbled, isUnread } from './body';
import type { HttpAnswer } from './inference';
import { Holding } from './held-bytes';
import type { HeldBytes } from './held-bytes';

/** Answers up to here are not counted as held: the limit of requests under way bounds them. */
const SMALL_BYTES = 16 * 1024;

/**
 * What is read and dropped of a body that was refused. Closing the connection on a client that still sends resets it, and
 * most clients then report a broken pipe and never show the answer.
 */
const DROPPED_BYTES = 128 * 1024 * 1024;
const DROPPING_MILLISECONDS = 10_000;
/** Without a byte from the client. */
const IDLE_MILLISECONDS = 2000;

/** What every answer carries. */
export interface Stamp {
  readonly version: string;
  readonly requestId: string;
  /** Whether the connection ends with this answer. */
  readonly close: boolean;
}

/** Writes an answer to its connection; if the request's body was not read, drops the rest of it before it closes. */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  { version, requestId, close }: Stamp,
  held: HeldBytes,
): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  const all = [
    ...headers,
    'content-length',
    String(length),
    'x-model-version',
    version,
    'x-request-id',
    requestId,
  ];
  const unread = isUnread(request);
  if (close || unread) all.push('connection', 'close');
  response.writeHead(status, all);
  // `end(body)` alone makes a vectored write, which costs more than the text itself.
  response.write(body);
  if (unread) dropRest(request, response);
  else response.end();
  holdUntilRead(response, length, held);
}

/** Where the unread answers of a connection are counted. */
const UNREAD = Symbol('unread answers');

/** Counts an answer until it left the process; over the limit, cuts the connection that reads too slowly. */
export function holdUntilRead(response: ServerResponse, bytes: number, held: HeldBytes): void {
  const socket = response.req.socket as Socket & { [UNREAD]?: Holding };
  // An answer that waits behind another one is not destroyed with its connection.
  if (bytes <= SMALL_BYTES || response.writableFinished || response.destroyed || socket.destroyed) return;
  const holding = socket[UNREAD] ?? unreadOf(socket, held);
  socket[UNREAD] = holding;
  response.on('close', () => {
    held.take(holding, bytes);
  });
  held.add(holding, bytes);
}

function unreadOf(socket: Socket, held: HeldBytes): Holding {
  const holding = new Holding(() => socket.destroy());
  // An answer behind another one ends with its connection, without an event of its own.
  socket.once('close', () => {
    held.release(holding);
  });
  return holding;
}

function dropRest(request: IncomingMessage, response: ServerResponse): void {
  let dropped = 0;
  let pieces = 0;
  const finish = (): void => {
    clearTimeout(idle);
    clearTimeout(deadline);
    request.off('data', drop);
    response.end();
  };
  const drop = (chunk: Buffer): void => {
    dropped += chunk.byteLength;
    idle.refresh();
    // What comes after the end is dropped as bytes, which costs less than as a body.
    if (dropped > DROPPED_BYTES || isCrumbled(++pieces, dropped)) finish();
  };
  const deadline = setTimeout(finish, DROPPING_MILLISECONDS);
  const idle = setTimeout(finish, IDLE_MILLISECONDS);
  request.removeAllListeners('data');
  request.on('data', drop);
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}
