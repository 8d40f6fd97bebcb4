import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { OCI_PULL_HOST } from '../../contracts/oci';
import { RELEASE_LIST } from '../../contracts/release-list';
import { ROOT } from '../../contracts/repository';
import { clusterName, NODE_PORT, POD_PORT, SERVICE } from '../../contracts/services';

const CHARTS = readdirSync(join(ROOT, 'charts')).filter((chart) =>
  existsSync(join(ROOT, 'charts', chart, 'values.yaml')),
);

const namespaces: readonly string[] = Object.values(NAMESPACE);
const secrets: readonly string[] = Object.values(SECRET);
/** A Service's name may be cut after its namespace or after `svc`. */
const addresses = Object.values(SERVICE).flatMap((service) => {
  const [name = '', namespace = ''] = clusterName(service).split('.');
  return [clusterName(service), `${name}.${namespace}.svc`, `${name}.${namespace}`].map(
    (host) => `${host}:${String(service.port)}`,
  );
});

const NAMESPACES = /(?<![\w.-])mlops-[a-z]+(?![\w.-])/g;
const ADDRESSES = /(?<![\w.-])[a-z-]+\.mlops-[a-z]+(\.svc(\.cluster\.local)?)?(:\d+)?/g;
const PULL_HOSTS = /(?<![\w.-])[a-z]+\.mlops(?![\w.-])(:\d+)?/g;
const SECRETS = /(?<![%\w-])([a-z]+(-[a-z]+)*-credentials|predictions-writer)(?![\w-])/g;

/** What looks like an address, pull host or Secret of the platform and is none. */
function strangers(text: string): readonly string[] {
  return [
    ...unlike(text, ADDRESSES, addresses),
    ...unlike(text, PULL_HOSTS, [OCI_PULL_HOST]),
    ...unlike(text, SECRETS, secrets),
  ];
}

function unlike(text: string, pattern: RegExp, known: readonly string[]): readonly string[] {
  return (text.match(pattern) ?? []).filter((name) => !known.includes(name));
}

/** The node port of a chart by its name, `oci-registry` → ociRegistry. */
function nodePortOf(chart: string): number | undefined {
  const name = chart.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return (NODE_PORT as Readonly<Record<string, number>>)[name];
}

function strangersInValues(chart: string, text: string): readonly string[] {
  // Parsed and written again: comments do not count.
  const values = parse(text) as { service?: { nodePort?: number }; releaseList?: string } | null;
  const { service, releaseList } = values ?? {};
  const nodePort = service?.nodePort;
  const json = JSON.stringify(values);
  return [
    ...unlike(json, NAMESPACES, namespaces),
    ...strangers(json),
    ...(nodePort === undefined || nodePort === nodePortOf(chart) ? [] : [`nodePort ${String(nodePort)}`]),
    ...(releaseList === undefined || ['', RELEASE_LIST.name].includes(releaseList) ? [] : [releaseList]),
  ];
}

/** Keys of these names that have a value which names something of the platform. */
function defaultsOf(values: unknown, keys: readonly string[]): readonly string[] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([key, value]) => {
    const named = keys.includes(key) && /mlops-|-credentials/.test(JSON.stringify(value));
    return named ? [key] : defaultsOf(value, keys);
  });
}

describe.each(CHARTS)('chart %s', (chart) => {
  const folder = join(ROOT, 'charts', chart);

  it('has no default that contradicts contracts/', () => {
    expect(strangersInValues(chart, readFileSync(join(folder, 'values.yaml'), 'utf8'))).toEqual([]);
  });

  it('leaves its neighbours and Secrets to the stacks', () => {
    const values = parse(readFileSync(join(folder, 'values.yaml'), 'utf8')) as unknown;
    expect(defaultsOf(values, ['monitoringNamespace', 'credentials', 'clientNamespaces'])).toEqual([]);
  });

  it('names no namespace in its templates, and Secrets only as contracts/ does', () => {
    const templates = readdirSync(join(folder, 'templates')).map((file) =>
      readFileSync(join(folder, 'templates', file), 'utf8'),
    );
    const text = templates.join('\n');
    expect(strangers(text)).toEqual([]);
    expect(namespaces.filter((namespace) => text.includes(namespace))).toEqual([]);
  });
});

describe("a name that is not the platform's", () => {
  it.each([
    ['a namespace', 'monitoringNamespace: mlops-monitor', ['mlops-monitor']],
    ['a Secret', 'credentials: mlflow-login-credentials', ['mlflow-login-credentials']],
    ['a Service', 'url: http://mlflow.mlops-serving.svc:5000', ['mlflow.mlops-serving.svc:5000']],
    ['a port of a Service', 'host: postgres.mlops-registry:5433', ['postgres.mlops-registry:5433']],
    ['a pull host', 'pullHost: registry.mlops:5001', ['registry.mlops:5001']],
    ['a node port', 'service: { nodePort: 30501 }', ['nodePort 30501']],
    ['a release list', 'releaseList: releases', ['releases']],
  ])('is found: %s', (_, text, found) => {
    expect(strangersInValues('gateway', text)).toEqual(found);
  });
});

it('the gateway declares the port that its metrics are scraped from', () => {
  const deployment = readFileSync(join(ROOT, 'charts/gateway/templates/deployment.yaml'), 'utf8');
  expect(deployment).toContain(`{ name: internal, containerPort: ${String(POD_PORT.gatewayInternal)} }`);
});

it('the gateway reads the key of the release list that the command line writes', () => {
  const configuration = readFileSync(join(ROOT, 'charts/gateway/templates/_nginx.tpl'), 'utf8');
  expect(configuration).toContain(`/etc/release-list/${RELEASE_LIST.releases};`);
});
