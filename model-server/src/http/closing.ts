import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** What a client may go on sending after its last answer, or after bytes that are no request. */
const DROPPED_BYTES = 128 * 1024 * 1024;
/** From the end of the last request to the end of the connection. */
const CLOSING_MILLISECONDS = 30_000;
/** Without a byte from the client, once all answers have left. */
const IDLE_MILLISECONDS = 2000;
/** The same of a server that ends: its clients must not keep it, and none that still sends pauses for so long. */
const ENDING = { closing: 2000, idle: 250 } as const;

const CLOSING = Symbol('closing');

/**
 * `_paused`: whether Node waits for answers to leave before it reads more requests. `server`: that of the connection. Not in
 * its types.
 */
type Closing = Socket & {
  [CLOSING]?: true;
  _paused?: boolean;
  readonly server?: { readonly listening: boolean };
};

/**
 * Makes the server end connections as RFC 9112, 9.6 asks: it closes its side after the last answer, and reads until the
 * client closes the other. Node's `destroySoon` closes both at once; a client that still sends is reset then, and loses the
 * answers that it has not read.
 */
export function closeInTurn(server: Server): void {
  server.on('connection', (socket: Socket) => {
    socket.destroySoon = () => {
      dropWhatComes(socket);
      socket.end();
    };
  });
}

/** Whether nothing more that comes on the connection is read as requests. */
export function isClosing(socket: Closing): boolean {
  return socket[CLOSING] === true;
}

/** Takes the connection from the parser, and drops what comes until the client closes its side or a limit is reached. */
export function dropWhatComes(socket: Closing): void {
  if (socket[CLOSING] === true) return;
  socket[CLOSING] = true;
  const destroy = (): void => {
    socket.destroy();
  };
  let dropped = 0;
  let idle: NodeJS.Timeout | undefined;
  const isEnding = socket.server?.listening === false;
  const deadline = setTimeout(destroy, isEnding ? ENDING.closing : CLOSING_MILLISECONDS);
  if (socket._paused === true) {
    socket._paused = false;
    // Node starts to read again in a listener that it takes away with the parser.
    socket.emit('resume');
  }
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    dropped += chunk.byteLength;
    idle?.refresh();
    if (dropped > DROPPED_BYTES) destroy();
  });
  socket.on('error', () => undefined);
  socket.resume();
  socket.once('finish', () => {
    if (socket.readableEnded) destroy();
    else idle = setTimeout(destroy, isEnding ? ENDING.idle : IDLE_MILLISECONDS);
  });
  socket.once('end', () => {
    if (socket.writableFinished) destroy();
  });
  socket.once('close', () => {
    clearTimeout(deadline);
    clearTimeout(idle);
  });
}
