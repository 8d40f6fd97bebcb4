import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Files of a server's key and certificate, which is its own authority. */
export interface Certificate {
  readonly key: string;
  readonly ca: string;
}

/**
 * Makes a key and a certificate that nobody trusts yet, for two days.
 * @param folder that they are written to
 * @param owner common name
 * @param names subject alternative names, as `DNS:host` or `IP:address`
 */
export function makeCertificate(folder: string, owner: string, ...names: readonly string[]): Certificate {
  const [key, ca] = [join(folder, 'key.pem'), join(folder, 'ca.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${owner}`, '-addext', `subjectAltName=${names.join(',')}`],
      ...['-keyout', key, '-out', ca],
    ],
    { stdio: 'ignore' },
  );
  return { key, ca };
}
