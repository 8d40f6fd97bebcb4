import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { loadConfig } from '../../../stacks/shared/config';
import { ConfigError } from '../../../stacks/shared/errors';
import schema from '../../../stacks/shared/platform.schema.json' with { type: 'json' };
import { restoreEnv, stubEnv } from '../../support/env';

const ROOT = resolve(import.meta.dirname, '../../..');
const MODEL = 'models: {fraud: {path: models/fraud}}\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => {
  restoreEnv();
  rmSync(folder, { recursive: true });
});

function write(text: string): string {
  const file = join(folder, 'platform.yaml');
  writeFileSync(file, text);
  return file;
}

function messageFor(text: string): string {
  try {
    loadConfig(write(text));
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(folder, '<folder>');
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const EXISTING = 'cluster: {type: existing, context: prod}\nimages: {registry: r.example/ml}';

it('has a schema that is one', () => {
  expect(new Ajv().validateSchema(schema, true)).toBe(true);
});

describe('loadConfig', () => {
  it('applies every default to the smallest file', () => {
    const { paths, ...config } = loadConfig(write(MODEL));
    expect(config).toMatchSnapshot();
    expect(paths.file).toBe(join(folder, 'platform.yaml'));
  });

  it('reads the defaults from the checked-in file', () => {
    const shipped = loadConfig(join(ROOT, 'platform.yaml'));
    const smallest = loadConfig(write(MODEL));
    expect(shipped).toEqual({ ...smallest, paths: { ...smallest.paths, file: shipped.paths.file } });
  });

  it('derives absolute paths from the name of the cluster', () => {
    const { paths } = loadConfig(write(`cluster: {name: blue}\n${MODEL}`));
    expect(paths.work).toBe(join(ROOT, '.mlops/blue'));
    expect(paths.kubeconfig).toBe(join(ROOT, '.mlops/blue/kubeconfig'));
    expect(paths.clusterState).toBe(join(ROOT, '.mlops/blue/terraform.cluster.tfstate'));
  });

  it('reads the file that MLOPS_CONFIG names', () => {
    stubEnv({ MLOPS_CONFIG: write(`cluster: {name: green}\n${MODEL}`) });
    expect(loadConfig().cluster.name).toBe('green');
  });

  it.each([
    ['kind', 'cluster: {type: kind}', true],
    ['an existing cluster', EXISTING, false],
    [
      'an existing cluster, with a repository',
      `${EXISTING}\nci: {repository: 'https://git.example/p'}`,
      true,
    ],
    ['kind, when asked not to', 'ci: {enabled: false}', false],
  ])('runs the CI where it has a repository: %s', (_, text, enabled) => {
    expect(loadConfig(write(`${text}\n${MODEL}`)).ci.enabled).toBe(enabled);
  });

  it('uses the context and kubeconfig of an existing cluster', () => {
    const config = loadConfig(
      write(
        `cluster: {type: existing, context: prod, kubeconfig: ~/prod.yaml}\nimages: {registry: r.example/ml}\n${MODEL}`,
      ),
    );
    expect(config.cluster.context).toBe('prod');
    expect(config.paths.kubeconfig).toBe(join(homedir(), 'prod.yaml'));
  });
});

describe('the files of a registry', () => {
  it('are absolute', () => {
    const images = 'images: {registry: r.example/ml, credentials: ~/login.json, ca: ~/ca.crt}';
    const { credentials, ca } = loadConfig(
      write(`cluster: {type: existing, context: prod}\n${images}\n${MODEL}`),
    ).images;
    expect([credentials, ca]).toEqual([join(homedir(), 'login.json'), join(homedir(), 'ca.crt')]);
  });
});

describe('errors of loadConfig', () => {
  it('suggest the intended key', () => {
    expect(messageFor(`ports: {gatway: 8081}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: ports.gatway is not a known key
        got:      "gatway"
        expected: one of gateway, mlflow, ociRegistry, ci, prometheus, alertmanager, grafana
        fix:      did you mean ports.gateway?"
    `);
  });

  it('name the allowed keys if none is close', () => {
    expect(messageFor(`colour: red\n${MODEL}`)).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: colour is not a known key
       got:      "colour"
       expected: one of cluster, images, ports, gatewayApi, monitoring, prometheusOperator, ci, sizes, models
       fix:      remove it"
    `);
  });

  it('suggest the intended value', () => {
    expect(messageFor(`images: {source: upstraem}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: images.source has an unknown value
        got:      "upstraem"
        expected: one of auto, upstream, packages
        fix:      did you mean upstream?"
    `);
  });

  it('ask for quotes around a number that must be text', () => {
    expect(messageFor(`sizes: {mlflow: {cpuLimit: 2}}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: sizes.mlflow.cpuLimit has the wrong type
        got:      2
        expected: string: CPU limit per pod.
        fix:      put it in quotes: "2""
    `);
  });

  it('explain the format of a quantity', () => {
    expect(messageFor(`sizes: {mlflow: {memory: 1GB}}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: sizes.mlflow.memory has the wrong format
        got:      "1GB"
        expected: Memory request and limit per pod. (^[1-9][0-9]*(Mi|Gi)$)
        fix:      correct sizes.mlflow.memory"
    `);
  });

  it('name a port out of range', () => {
    expect(messageFor(`ports: {gateway: 80}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: ports.gateway is out of range
        got:      80
        expected: must be >= 1024
        fix:      correct ports.gateway"
    `);
  });

  it('name both users of a port', () => {
    expect(messageFor(`ports: {gateway: 5000}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: ports.mlflow is already used by gateway
        got:      5000
        expected: a different port for each service
        fix:      choose another free port for ports.mlflow"
    `);
  });

  it('require at least one model', () => {
    expect(messageFor('cluster: {type: kind}\n')).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: models is missing
        expected: a value
        fix:      add models"
    `);
  });

  it('require the folder of a model', () => {
    expect(messageFor('models: {fraud: {replicas: 3}}\n')).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: models.fraud.path is missing
        expected: a value
        fix:      add models.fraud.path"
    `);
  });

  it.each(['./models/fraud/', 'models/../models/fraud', join(ROOT, 'models/fraud')])(
    'names the folder %s of a model by its path from the root',
    (path) => {
      expect(loadConfig(write(`models: {fraud: {path: ${path}}}\n`)).models.fraud?.path).toBe('models/fraud');
    },
  );

  it('refuse a model outside the repository', () => {
    expect(messageFor('models: {fraud: {path: ../elsewhere/fraud}}\n')).toBe(
      [
        '<folder>/platform.yaml: models.fraud.path is outside the repository',
        '  got:      "../elsewhere/fraud"',
        '  expected: a folder inside the repository, relative to its root: the training image is built from it',
        '  fix:      move the model into the repository, for example to models/fraud',
      ].join('\n'),
    );
  });

  it.each(['/srv/models/fraud', '..', '.', '../mlops-models'])(
    'refuses %s as the folder of a model',
    (path) => {
      expect(messageFor(`models: {fraud: {path: ${path}}}\n`)).toContain('is outside the repository');
    },
  );

  it('refuse a folder without a model and name the nearest with one', () => {
    expect(messageFor('models: {fraud: {path: models/frauds}}\n')).toBe(
      [
        '<folder>/platform.yaml: models.fraud.path contains no model',
        '  got:      "models/frauds"',
        '  expected: a folder with model.yaml, at most 4 levels deep and not hidden; found: models/fraud',
        '  fix:      did you mean models/fraud?',
      ].join('\n'),
    );
  });

  it('refuse a model name that Kubernetes would refuse', () => {
    expect(messageFor('models: {Fraud_EU: {path: models/fraud}}\n')).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: models.Fraud_EU is not a valid name
        got:      "Fraud_EU"
        expected: lower-case letters, digits and dashes, at most 40, starting with a letter
        fix:      rename it; the name becomes part of Kubernetes names"
    `);
  });

  it('require a standby: with a single version, switching would lose requests', () => {
    expect(messageFor('models: {fraud: {path: models/fraud, keep: 1}}\n')).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: models.fraud.keep is out of range
        got:      1
        expected: must be >= 2
        fix:      correct models.fraud.keep"
    `);
  });

  it('refuse a context for kind', () => {
    expect(messageFor(`cluster: {context: prod}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: cluster.context is not allowed here
        got:      "prod"
        expected: this key only with cluster.type: existing
        fix:      remove cluster.context, or set cluster.type: existing"
    `);
  });

  it('refuse a registry for kind, whose images are loaded', () => {
    expect(messageFor(`images: {registry: r.example/ml}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: images.registry is not allowed here
        got:      "r.example/ml"
        expected: this key only with cluster.type: existing; images are loaded into a kind cluster
        fix:      remove images.registry, or set cluster.type: existing and name a kind cluster's context"
    `);
  });

  it('require a context and a registry for an existing cluster', () => {
    expect(messageFor(`cluster: {type: existing}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: cluster.context is missing
        expected: a value
        fix:      add cluster.context"
    `);
    expect(messageFor(`cluster: {type: existing, context: prod}\n${MODEL}`)).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: images.registry is missing
        expected: an OCI registry (host[:port]/path) that pods, nodes and this machine can reach
        fix:      set images.registry, or use cluster.type: kind, which brings its own"
    `);
  });

  it('report every problem at once', () => {
    expect(messageFor(`ports: {gateway: x}\ncolour: red\n${MODEL}`).match(/fix:/g)).toHaveLength(2);
  });

  it('name the line that is not YAML', () => {
    expect(messageFor('cluster: {type: kind\nmodels: x: y\n')).toMatchInlineSnapshot(`
      "<folder>/platform.yaml: line 2 is not YAML
        got:      "Flow map in block collection must be sufficiently indented and end with a }"
        expected: valid YAML 1.2
        fix:      fix the line; indent with spaces, and quote text that contains ": " or "#""
    `);
  });

  it('say what to do about a missing file', () => {
    expect(() => loadConfig('/nowhere/platform.yaml')).toThrowErrorMatchingInlineSnapshot(`
      "/nowhere/platform.yaml cannot be read
        got:      "ENOENT"
        expected: a readable YAML file
        fix:      create it (see platform.yaml in the repository), or correct or unset MLOPS_CONFIG"
    `);
  });
});

describe('the plan of canaries', () => {
  const plan = (text: string) => messageFor(`models: {fraud: {path: models/fraud, canary: ${text}}}\n`);

  it('judges by what has a margin, and by nothing unknown', () => {
    const { models } = loadConfig(
      write('models: {fraud: {path: models/fraud, canary: {margins: {errors: 0.002}}}}\n'),
    );
    expect(models.fraud?.canary.margins).toEqual({ errors: 0.002 });
    expect(plan('{margins: {eror: 0.01}}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.canary.margins.eror is not a known key
       got:      "eror"
       expected: one of errors, slow, missed, falseAlarms
       fix:      did you mean models.fraud.canary.margins.errors?"
    `);
    expect(plan('{margins: {}}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.canary.margins is out of range
       got:      {}
       expected: must NOT have fewer than 1 properties
       fix:      correct models.fraud.canary.margins"
    `);
    expect(plan('{margins: {slow: 0}}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.canary.margins.slow is out of range
       got:      0
       expected: must be > 0
       fix:      correct models.fraud.canary.margins.slow"
    `);
  });

  it('rises to all traffic', () => {
    expect(plan('{steps: [5, 25, 25, 100]}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.canary.steps does not rise
       got:      [5,25,25,100]
       expected: shares of the traffic in percent, each larger than the one before, the last one 100
       fix:      correct models.fraud.canary.steps, for example [5, 25, 50, 100]"
    `);
    expect(plan('{steps: [5, 25]}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.canary.steps does not end in 100
       got:      [5,25]
       expected: shares of the traffic in percent, each larger than the one before, the last one 100
       fix:      correct models.fraud.canary.steps, for example [5, 25, 50, 100]"
    `);
    expect(plan('{steps: [100]}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.canary.steps is out of range
       got:      [100]
       expected: must NOT have fewer than 2 items
       fix:      correct models.fraud.canary.steps"
    `);
  });

  it('names the choices', () => {
    expect(plan('{withoutEvidence: rolback}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.canary.withoutEvidence has an unknown value
       got:      "rolback"
       expected: one of hold, rollback
       fix:      did you mean rollback?"
    `);
    expect(plan('{risk: 1}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.canary.risk is out of range
       got:      1
       expected: must be <= 0.2
       fix:      correct models.fraud.canary.risk"
    `);
  });
});

describe('a Gateway of the Gateway API', () => {
  it('is none, unless one is named', () => {
    expect(loadConfig(write(MODEL)).gatewayApi).toBeUndefined();
    expect(loadConfig(write(`gatewayApi: {name: public, namespace: infra}\n${MODEL}`)).gatewayApi).toEqual({
      name: 'public',
      namespace: 'infra',
      listener: '',
      hostnames: [],
    });
  });

  it('needs its namespace, and host names without a port', () => {
    expect(messageFor(`gatewayApi: {name: public}\n${MODEL}`)).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: gatewayApi.namespace is missing
       expected: a value
       fix:      add gatewayApi.namespace"
    `);
    expect(messageFor(`gatewayApi: {name: public, namespace: infra, hostnames: ["a.example:443"]}\n${MODEL}`))
      .toMatchInlineSnapshot(`
     "<folder>/platform.yaml: gatewayApi.hostnames.0 has the wrong format
       got:      "a.example:443"
       expected: A host name, without scheme or port; its first label may be *. (^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)
       fix:      correct gatewayApi.hostnames.0"
    `);
  });
});

describe('autoscaling', () => {
  const scaled = (text: string, more = '') =>
    messageFor(`models: {fraud: {path: models/fraud${more}, autoscaling: ${text}}}\n`);

  it('is off unless asked for; then it has an amount of CPU', () => {
    expect(loadConfig(write('models: {fraud: {path: models/fraud}}\n')).models.fraud?.autoscaling).toBe(
      undefined,
    );
    const asked = write('models: {fraud: {path: models/fraud, autoscaling: {maxReplicas: 6}}}\n');
    expect(loadConfig(asked).models.fraud?.autoscaling).toEqual({ maxReplicas: 6, cpu: '500m' });
  });

  it('has more pods to go to, and leaves a pod less than its limit', () => {
    expect(scaled('{maxReplicas: 3}', ', replicas: 3')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.autoscaling.maxReplicas is not more than models.fraud.replicas
       got:      3
       expected: more than 3
       fix:      raise models.fraud.autoscaling.maxReplicas, or leave models.fraud.autoscaling out"
    `);
    expect(scaled('{maxReplicas: 6, cpu: 1500m}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.autoscaling.cpu is not less than models.fraud.cpuLimit: pods that use all they may would never become more
       got:      "1500m"
       expected: less than 1
       fix:      lower models.fraud.autoscaling.cpu, for example to half of the limit"
    `);
    expect(scaled('{maxReplicas: 6, cpu: 80%}')).toMatchInlineSnapshot(`
     "<folder>/platform.yaml: models.fraud.autoscaling.cpu has the wrong format
       got:      "80%"
       expected: CPU request per pod: cores, or millicores with the suffix m. (^([1-9][0-9]*|[0-9]+\\.[0-9]+|[1-9][0-9]*m)$)
       fix:      correct models.fraud.autoscaling.cpu"
    `);
  });
});
