/** Of a part of the platform; its Secret has both. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Value of the header `Authorization`. */
export function basicAuth({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
