import Fastify from 'fastify';
import type { FastifyBaseLogger } from 'fastify';

import type { Settings } from './settings';

/** The log of the process: one JSON object per line on standard output, through Fastify's own pino. */
export function createLog(
  level: Settings['logLevel'],
  stream?: { write(line: string): void },
): FastifyBaseLogger {
  const options = { level, base: null, formatters: { level: (label: string) => ({ level: label }) } };
  return Fastify({ logger: stream === undefined ? options : { ...options, stream } }).log;
}
