import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Allows UUIDs, trace ids and the ids of common proxies; nothing that could break a log line or header, and no `/7` at the
 * end: the rows of a batch are named so, and no other request may have such a name. The gateway has the same rule: an id
 * that the server replaced would be unknown to the client.
 */
export const REQUEST_ID = /^(?!.*\/[0-9]+$)[A-Za-z0-9._:/=@+-]{1,128}$/;

/** The caller's `x-request-id` if valid, else a new UUID. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
