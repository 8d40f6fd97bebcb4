import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { CI_BUILDERS } from '../../../contracts/ci';
import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { BUILDER_ACCESS, type Rule } from '../../../stacks/ci/builder-access';
import { CiStack } from '../../../stacks/ci/ci-stack';
import { ciSettings } from '../../../stacks/ci/settings';
import { portable, synthesize, testPlatform, valuesOf, type TestPlatform } from '../support';

const { config: defaults } = testPlatform();

function valuesWith(config: TestPlatform['config'] = {}) {
  return valuesOf(synthesize(CiStack, 'ci', testPlatform({ config })), 'ci') as {
    readonly settings: {
      readonly repository: { readonly url: string };
      readonly labels?: { readonly url: string; readonly threshold: number };
      readonly pods: {
        readonly accounts: Readonly<Record<string, string>>;
        readonly repositoryClaim: string;
        readonly image: string;
        readonly logins: Readonly<Record<string, string>>;
        readonly environment: Readonly<Record<string, string>>;
      };
    };
    readonly platformConfig: string;
    readonly repository: { readonly hostPath: string };
    readonly registry: { readonly namespace: string; readonly port: number };
    readonly builders: readonly { readonly builder: string }[];
  };
}

describe('CiStack', () => {
  it('matches its snapshot', () => {
    expect(portable(synthesize(CiStack, 'ci'))).toMatchSnapshot();
  });

  it('has nothing while the CI is switched off', () => {
    const stack = synthesize(
      CiStack,
      'ci',
      testPlatform({ config: { ci: { ...defaults.ci, enabled: false } } }),
    );
    expect(stack.resource).toBeUndefined();
  });

  it('polls the checkout that kind mounts', () => {
    const { settings, repository } = valuesWith();
    expect(settings.repository.url).toBe('/repository.git');
    expect(settings.pods.repositoryClaim).toBe('ci-repository');
    expect(repository.hostPath).toBe('/repository.git');
  });

  it('polls the address that platform.yaml names, and mounts nothing', () => {
    const { settings, repository } = valuesWith({
      ci: { ...defaults.ci, enabled: true, repository: 'https://git.example/platform' },
    });
    expect(settings.repository.url).toBe('https://git.example/platform');
    expect(settings.pods.repositoryClaim).toBe('');
    expect(repository.hostPath).toBe('');
  });

  it('gives the password for pushes to the cluster’s registry to what publishes alone', () => {
    expect(valuesWith().settings.pods.logins).toEqual({ image: 'oci-registry-login' });
  });

  it('gives the login and the CA of another registry to every build but tests', () => {
    const registry = 'registry.example:5443/team';
    const { settings, registry: reached } = valuesWith({
      images: { source: 'packages', registry, credentials: '/login.json', ca: '/ca.crt' },
    });
    const builders = ['image', 'train', 'deploy', 'rollback', 'reconcile'];
    expect(Object.keys(settings.pods.logins)).toEqual(builders);
    expect(settings.pods.environment).toMatchObject({
      OCI_REGISTRY: registry,
      SSL_CERT_DIR: '/etc/ssl/certs:/var/run/oci-registry',
    });
    expect(reached).toMatchObject({ namespace: '', port: 5443 });
  });

  it('gives no login where a registry asks for none', () => {
    const { settings } = valuesWith({ images: { source: 'packages', registry: 'registry.example/team' } });
    expect(settings.pods.logins).toEqual({});
    expect(settings.pods.environment.SSL_CERT_DIR).toBeUndefined();
  });

  it('counts labels only where they start trainings', () => {
    expect(valuesWith().settings.labels).toBeUndefined();
    expect(valuesWith({ ci: { ...defaults.ci, enabled: true, newLabels: 500 } }).settings.labels).toEqual({
      url: 'http://quality.mlops-registry.svc.cluster.local:8080/metrics',
      threshold: 500,
    });
  });

  it('tells builds of versions in the place of pinned ones, so that they name the same images', () => {
    expect(valuesWith().settings.pods.environment.UPSTREAM_VERSIONS).toBeUndefined();
    const { config, catalogue } = testPlatform();
    const versions = '{"images": {"nginx": "registry.example/nginx:1"}}';
    const platform = { config, catalogue: { ...catalogue, upstreamVersions: versions } };
    expect(ciSettings(platform, 'ci').pods.environment).toMatchObject({ UPSTREAM_VERSIONS: versions });
  });

  it('tells builds where images come from, so that none asks the network', () => {
    const config = parse(valuesWith().platformConfig) as { images: { source: string } };
    expect(config.images.source).toBe('upstream');
  });
});

const rulesOf = (builder: (typeof CI_BUILDERS)[number]) =>
  Object.entries(BUILDER_ACCESS[builder]).flatMap(([namespace, rules = []]) =>
    rules.map((rule): Rule & { readonly namespace: string } => ({ namespace, ...rule })),
  );

describe('the RBAC matrix', () => {
  it('gives tests of a commit, and what publishes it, no account', () => {
    expect(Object.keys(valuesWith().settings.pods.accounts)).toEqual([
      'train',
      'deploy',
      'rollback',
      'reconcile',
    ]);
    expect(valuesWith().builders.map(({ builder }) => builder)).toEqual([
      'train',
      'deploy',
      'rollback',
      'reconcile',
    ]);
  });

  it.each(CI_BUILDERS)(
    'lets %s read no password but the login of MLflow, outside of what it changes',
    (builder) => {
      const secrets = rulesOf(builder).filter(({ resources }) => resources.includes('secrets'));
      const elsewhere = secrets.filter(
        ({ namespace }) => namespace !== NAMESPACE.serving && namespace !== NAMESPACE.system,
      );
      expect(elsewhere.map(({ namespace, resourceNames }) => [namespace, resourceNames])).toEqual(
        builder === 'deploy' || builder === 'rollback' || builder === 'reconcile'
          ? [
              [NAMESPACE.registry, [SECRET.mlflow]],
              // Helm's records of the training chart are Secrets there.
              ...(builder === 'reconcile' ? [[NAMESPACE.ci, undefined]] : []),
            ]
          : [],
      );
    },
  );

  it('lets a training change nothing that serves', () => {
    expect(new Set(rulesOf('train').map(({ namespace }) => namespace))).toEqual(new Set([NAMESPACE.ci]));
  });

  it.each(CI_BUILDERS)('lets %s make no pod, role or account', (builder) => {
    const makes = rulesOf(builder).filter(({ verbs }) => verbs.includes('create'));
    const resources = makes.flatMap((rule) => rule.resources);
    expect(resources).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(pods|roles|rolebindings|serviceaccounts)$/)]),
    );
  });
});
