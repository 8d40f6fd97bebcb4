import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What UUIDs, trace ids and common proxies send; nothing that could break a log line or a header. */
const PATTERN = /^[A-Za-z0-9._:/=@+-]{1,128}$/;

/** The caller's `x-request-id` where it is usable, a new UUID otherwise. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && PATTERN.test(given) ? given : randomUUID();
}
