import { readFileSync } from 'node:fs';
import tls, { rootCertificates } from 'node:tls';
import { errors, interrupted, PreparationError } from './errors';
import { certificateFiles } from './package-registries';
import { reasonOf } from '../contracts/reason';

/**
 * Downloads a file.
 * @throws PreparationError notDownloaded, interrupted
 */
export async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return await request(url, signal, async (answer) => {
      if (!answer.ok) throw errors.notDownloaded(url, `status ${String(answer.status)}`);
      if (isPage(answer)) throw errors.notDownloaded(url, INSTEAD);
      return Buffer.from(await answer.arrayBuffer());
    });
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (error instanceof PreparationError) throw error;
    throw errors.notDownloaded(url, reasonOf(error));
  }
}

/** Status with which an address answers; undefined when no answer of its own comes in time. */
export async function statusOf(url: string, milliseconds: number): Promise<number | undefined> {
  try {
    return await request(url, AbortSignal.timeout(milliseconds), (answer) =>
      Promise.resolve(isPage(answer) ? undefined : answer.status),
    );
  } catch {
    return undefined;
  }
}

const INSTEAD = 'status 200, but a web page (text/html): a login page or a proxy answers in its place';

/** Nothing that is asked for here is a page for people. */
function isPage({ headers }: Answer): boolean {
  return headers.get('content-type')?.startsWith('text/html') === true;
}

interface Answer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * Requests an address through the proxy of this machine's environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY), trusting
 * the certificates that this machine trusts. Node's own fetch knows no proxy before Node 22.21, and later only when
 * NODE_USE_ENV_PROXY was set before the process started.
 */
async function request<T>(url: string, signal: AbortSignal, use: (answer: Answer) => Promise<T>): Promise<T> {
  // Loaded on use: most commands request nothing.
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const trust = { ca: trusted() };
  const dispatcher = new EnvHttpProxyAgent({ connect: trust, requestTls: trust, proxyTls: trust });
  try {
    return await use(await fetch(url, { signal, dispatcher }));
  } finally {
    await dispatcher.destroy();
  }
}

function trusted(): string[] {
  const files = certificateFiles().map((path) => readFileSync(path, 'utf8'));
  return [...rootCertificates, ...systemCertificates(), ...files];
}

/** Those of the system's own store, such as the keychain of a Mac; Node knows it since 22.15. */
function systemCertificates(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => readonly string[] };
  return getCACertificates?.('system') ?? [];
}
