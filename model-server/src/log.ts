import { writeSync } from 'node:fs';

import type { FastifyBaseLogger } from 'fastify';
import { pino } from 'pino';

import type { Settings } from './settings';

const STDOUT = 1;
const RETRY_MILLISECONDS = 10;

interface LineStream {
  write(line: string): void;
}

/** The log of the process: one JSON object per line on standard output. */
export function createLog(
  level: Settings['logLevel'],
  stream: LineStream = synchronousStdout,
): FastifyBaseLogger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, formatters, serializers: { err: pino.stdSerializers.err } }, stream);
}

/**
 * Writes each line before it returns. pino's own destination writes in the background and loses the last line at
 * `process.exit`, which has the reason.
 */
const synchronousStdout: LineStream = {
  write(line) {
    let rest = Buffer.from(line);
    while (rest.byteLength > 0) {
      try {
        rest = rest.subarray(writeSync(STDOUT, rest));
      } catch (error) {
        // Any other error means that nobody reads the log; keep serving.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MILLISECONDS);
      }
    }
  },
};
