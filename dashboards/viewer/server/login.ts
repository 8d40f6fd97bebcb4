import { createHash, timingSafeEqual } from 'node:crypto';
import type { Login } from './settings';

/** The value of `authorization` with which a client says who it is. */
export function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Whether a header is the login's. How long the answer takes tells nothing about how much of it was right. */
export function admits(login: Login, header: string | undefined): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  const [, given = ''] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  return timingSafeEqual(digest(`Basic ${given}`), digest(basic(login)));
}
