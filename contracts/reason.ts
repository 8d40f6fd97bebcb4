import { types } from 'node:util';

/** Why something failed, in one line: an error's message and those of its causes. */
export function reasonOf(error: unknown): string {
  if (!isError(error)) return String(error);
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.map(reasonOf).join('; ');
  return isError(error.cause) ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
}

/** Also of an error that another realm made, as Node's own are under jest. */
function isError(error: unknown): error is Error {
  return error instanceof Error || types.isNativeError(error);
}
