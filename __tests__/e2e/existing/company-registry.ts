import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { imageFiles, imageReference, type ImageSource } from '../../../toolchain/index';
import { loadImage, requireEngine } from '../../../toolchain/engine';
import { makeCertificate } from '../../support/certificate';
import { waitFor } from '../../support/wait-for';
import { HTPASSWD, LOGIN } from '../../toolchain/support/oci-registry';
import { engine, removeContainer } from '../support/cluster';

/** A registry as companies have them: TLS by a CA of its own, and no access without a password. */
export interface CompanyRegistry {
  /** host:port */
  readonly host: string;
  /** Text of the CA's certificate. */
  readonly certificate: string;
  /** Files for platform.yaml. */
  readonly ca: string;
  readonly credentials: string;
}

const CONTAINER = 'mlops-existing-registry';
const PORT = 15443;
const INSIDE = '/registry';

/**
 * Starts the registry that the platform runs, in a container of its own, on this machine's network.
 * @param folder for its files and images
 * @param address of this machine, for its clients
 */
export async function startCompanyRegistry(
  folder: string,
  address: string,
  source: ImageSource,
): Promise<CompanyRegistry> {
  const host = `${address}:${String(PORT)}`;
  mkdirSync(join(folder, 'data'), { recursive: true });
  // The registry's user is not the one of these tests.
  chmodSync(join(folder, 'data'), 0o777);
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const ca = certificate(folder, address);
  file('htpasswd', HTPASSWD);
  const configuration = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: `${INSIDE}/data` } },
    http: {
      addr: host,
      tls: { certificate: `${INSIDE}/ca.pem`, key: `${INSIDE}/key.pem` },
    },
    auth: { htpasswd: { realm: 'company', path: `${INSIDE}/htpasswd` } },
  };
  file('config.yml', JSON.stringify(configuration));
  const image = imageReference('oci-registry', source);
  await loadImage(requireEngine(), image, imageFiles('oci-registry', source).archive, {
    report: () => undefined,
    signal: new AbortController().signal,
  });
  engine(
    ...['run', '--detach', '--name', CONTAINER, '--network', 'host', '--env', 'OTEL_TRACES_EXPORTER=none'],
    ...['--volume', `${folder}:${INSIDE}`, image, 'serve', `${INSIDE}/config.yml`],
  );
  const ask = ['--silent', '--cacert', ca, '--output', '/dev/null', '--write-out', '%{http_code}'];
  await waitFor(
    () => {
      const status = execFileSync('curl', [...ask, `https://${host}/v2/`], { encoding: 'utf8' });
      if (status !== '401') throw new Error(`the registry answers ${status} without a password`);
    },
    { timeout: 30_000, interval: 300 },
  );
  const auth = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');
  return {
    host,
    ca,
    certificate: readFileSync(ca, 'utf8'),
    credentials: file('login.json', JSON.stringify({ auths: { [host]: { auth } } })),
  };
}

/** Does nothing where there is none. */
export function removeCompanyRegistry(): void {
  removeContainer(CONTAINER);
}

/** Key and certificate in `folder`. @returns the certificate's file */
function certificate(folder: string, address: string): string {
  const { key, ca } = makeCertificate(folder, 'company registry', `IP:${address}`);
  // The registry is another user.
  chmodSync(key, 0o644);
  return ca;
}
