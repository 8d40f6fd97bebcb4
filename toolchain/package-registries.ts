import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../contracts/home-folder';
import { thisHost } from './engine';

/** Mount paths of the secret files in build steps. */
const MOUNTED = '/run/secrets';

const env = process.env;

/** Files with the certificates that this machine trusts, which may include those of an inspecting proxy. */
export function certificateFiles(): readonly string[] {
  return [
    env.SSL_CERT_FILE,
    env.NODE_EXTRA_CA_CERTS,
    '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/tls/certs/ca-bundle.crt',
  ].filter((path) => path !== undefined && path !== '' && existsSync(path)) as string[];
}

/** The registry that npm uses on this machine; undefined without npm. */
export function npmRegistry(): string | undefined {
  const answer = thisHost.ask('npm', ['config', 'get', 'registry']);
  return answer?.ok === true ? answer.output.split('\n')[0] : undefined;
}

/** Proxy settings of this machine, as build arguments that engines keep out of images. */
export function proxies(): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'FTP_PROXY', 'ALL_PROXY'];
  return Object.fromEntries(
    [...names, ...names.map((name) => name.toLowerCase())].flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

/**
 * Files that pass this machine's registry settings to build steps: `ca`, `pip` and `npm`, under /run/secrets.
 * @param folder to write them to; not part of any build context
 */
export function buildSecrets(folder: string, readHome?: () => string): Record<string, string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [ca] = certificateFiles();
  const home = homeFolder(readHome);
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    ...(ca === undefined ? {} : { ca: write('ca', readFileSync(ca, 'utf8')) }),
    pip: write('pip', pipConfiguration(home, ca !== undefined)),
    npm: write('npm', npmConfiguration(home, ca !== undefined)),
  };
}

const PIP_KEYS = ['index-url', 'extra-index-url', 'trusted-host', 'proxy', 'timeout', 'retries'] as const;

/** Source: pip, "Configuration": later files override earlier ones, and the environment overrides files. */
function pipConfiguration(home: string | undefined, hasCertificates: boolean): string {
  const configuration = env.XDG_CONFIG_HOME ?? inHome(home, '.config');
  const files = [
    '/etc/pip.conf',
    inHome(home, '.pip/pip.conf'),
    configuration === undefined ? undefined : join(configuration, 'pip', 'pip.conf'),
    env.PIP_CONFIG_FILE,
  ];
  const settings = files
    .filter((path) => path !== undefined)
    .reduce<Record<string, string>>((found, path) => ({ ...found, ...readIni(path, PIP_KEYS) }), {});
  for (const key of PIP_KEYS) {
    const value = env[`PIP_${key.toUpperCase().replaceAll('-', '_')}`];
    if (value !== undefined && value !== '') settings[key] = value;
  }
  const index = env.UV_DEFAULT_INDEX ?? env.UV_INDEX_URL;
  if (settings['index-url'] === undefined && index !== undefined) settings['index-url'] = index;
  if (hasCertificates) settings.cert = `${MOUNTED}/ca`;
  return ['[global]', ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ''].join('\n');
}

function inHome(home: string | undefined, path: string): string | undefined {
  return home === undefined ? undefined : join(home, path);
}

function readIni(path: string, keys: readonly string[]): Record<string, string> {
  if (!existsSync(path)) return {};
  const found: Record<string, string> = {};
  let last: string | undefined;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const entry = /^([\w-]+)\s*[=:]\s*(.*)$/.exec(line);
    if (entry) {
      last = keys.includes(entry[1] ?? '') ? entry[1] : undefined;
      if (last !== undefined) found[last] = entry[2] ?? '';
    } else if (last !== undefined && /^\s+\S/.test(line)) {
      found[last] = `${found[last] ?? ''} ${line.trim()}`.trim();
    } else {
      last = undefined;
    }
  }
  return found;
}

/** Registries, their credentials and proxies: the only npm settings that matter to a build. */
const NPM_LINE =
  /^((@[\w.-]+:)?registry|\/\/.*:(_authToken|_auth|username|_password)|https?-proxy|proxy|noproxy|strict-ssl)\s*=/;

function npmConfiguration(home: string | undefined, hasCertificates: boolean): string {
  const global = thisHost.ask('npm', ['config', 'get', 'globalconfig'])?.output.split('\n')[0];
  const files = [global, env.NPM_CONFIG_USERCONFIG ?? inHome(home, '.npmrc')];
  const lines = files.flatMap((path) =>
    path !== undefined && existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => NPM_LINE.test(line.trim()))
      : [],
  );
  const registry = env.NPM_CONFIG_REGISTRY ?? env.npm_config_registry;
  return [
    ...lines.map((line) => line.trim()),
    ...(registry === undefined ? [] : [`registry=${registry}`]),
    ...(hasCertificates ? [`cafile=${MOUNTED}/ca`] : []),
    '',
  ].join('\n');
}

export interface DebianSources {
  /** Main archive; undefined leaves the choice to the tool. */
  readonly archive: string | undefined;
  readonly security: string | undefined;
}

/** The Debian mirrors that this machine's apt uses. Source: sources.list(5), both styles. */
export function debianSources(folder = '/etc/apt'): DebianSources {
  const entries = [join(folder, 'sources.list'), ...listFolder(join(folder, 'sources.list.d'))]
    .filter((path) => existsSync(path))
    .flatMap((path) => parseSources(readFileSync(path, 'utf8')));
  const isDebian = /^(bookworm|trixie|forky|bullseye|stable|testing|sid)(-|$|\/)/;
  const find = (security: boolean) =>
    entries.find(
      ({ suite, components }) =>
        isDebian.test(suite) &&
        components.includes('main') &&
        /[-/]/.test(suite) === security &&
        (!security || suite.includes('security')),
    )?.uri;
  return { archive: find(false), security: find(true) };
}

interface SourceEntry {
  readonly uri: string;
  readonly suite: string;
  readonly components: string;
}

function parseSources(text: string): SourceEntry[] {
  const oneLine = text.split('\n').flatMap((line) => {
    const match = /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/.exec(line.trim());
    return match ? [{ uri: match[1] ?? '', suite: match[2] ?? '', components: match[3] ?? '' }] : [];
  });
  const stanzas = text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}:\\s*(.+)$`, 'mi').exec(stanza)?.[1]?.trim();
    const [types, uris, suites] = [field('Types'), field('URIs'), field('Suites')];
    if (types?.split(/\s+/).includes('deb') !== true || uris === undefined || suites === undefined) return [];
    if (field('Enabled') === 'no') return [];
    const uri = uris.split(/\s+/)[0] ?? '';
    return suites.split(/\s+/).map((suite) => ({ uri, suite, components: field('Components') ?? '' }));
  });
  return [...oneLine, ...stanzas];
}

function listFolder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.(list|sources)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** This machine's apt settings for reaching the registry: proxies, certificates, retries. */
export function aptConnection(): string {
  const dump = thisHost.ask('apt-config', ['dump'])?.output ?? '';
  const wanted = /^Acquire::(https?|ftp)::(Proxy|Verify|CAInfo|CaPath|SslCert|SslKey|Timeout)/i;
  return [
    ...dump.split('\n').filter((line) => wanted.test(line)),
    'Acquire::Retries "3";',
    // Mirrors and caching proxies may lag behind testing, whose index expires in days. Signatures are still verified.
    'Acquire::Check-Valid-Until "false";',
    '',
  ].join('\n');
}
