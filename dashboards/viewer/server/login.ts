import { createHash, timingSafeEqual } from 'node:crypto';
import type { Login } from './settings';

/** The `authorization` header for a login. */
export function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Whether a header matches the login, in constant time. */
export function admits(login: Login, header: string | undefined): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  const [, given = ''] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  return timingSafeEqual(digest(`Basic ${given}`), digest(basic(login)));
}
