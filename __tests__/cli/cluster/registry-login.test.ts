import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiException, type CoreV1Api, type V1Secret } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { closeServers, selfSigned } from '../../toolchain/support/servers';
import { restoreEnv, stubEnv } from '../../support/env';
import { testPlatform } from '../../stacks/support';
import { loginOf, registryLogin, shareRegistryLogin } from '../../../cli/src/cluster/registry-login';

const REGISTRY = 'registry.example:5443/team';
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'login-'));
  file = join(folder, 'config.json');
});

afterEach(() => {
  closeServers();
  restoreEnv();
  rmSync(folder, { recursive: true });
});

const write = (auths: Record<string, object>) => {
  writeFileSync(file, JSON.stringify({ auths }));
};

describe('the login of platform.yaml', () => {
  it.each(['registry.example:5443', 'https://registry.example:5443', REGISTRY])(
    'is found as %s, and nothing else is taken along',
    (name) => {
      write({ [name]: { auth: 'cm9ib3Q6c2VjcmV0' }, 'docker.io': { auth: 'bWU6bWluZQ==' } });
      expect(loginOf(file, REGISTRY)).toEqual({
        auths: { 'registry.example:5443': { auth: 'cm9ib3Q6c2VjcmV0' } },
      });
    },
  );

  it('is not one that a credential helper keeps', () => {
    write({ 'registry.example:5443': {} });
    expect(() => loginOf(file, REGISTRY)).toThrow(
      `\`images.credentials\` has no login of registry.example:5443.
  got:      ${file}: logins of registry.example:5443`,
    );
  });
});

describe('the CA of platform.yaml', () => {
  const { config } = testPlatform();
  const withCa = (ca: string) => ({
    ...config,
    images: { source: 'packages' as const, registry: REGISTRY, ca },
    paths: { ...config.paths, work: folder },
  });

  it('is trusted besides what the system trusts', () => {
    stubEnv({ SSL_CERT_DIR: undefined });
    const ca = selfSigned();
    expect(registryLogin(withCa(ca.file))).toEqual({ SSL_CERT_DIR: `/etc/ssl/certs:${folder}/registry-ca` });
    expect(readFileSync(join(folder, 'registry-ca/ca.crt'))).toEqual(ca.cert);
  });

  it('is a certificate', () => {
    writeFileSync(file, 'no certificate');
    expect(() => registryLogin(withCa(file))).toThrow('`images.ca` names no certificate.');
  });

  it('reaches the cluster without a login, too', async () => {
    const secrets: V1Secret[] = [];
    const core = {
      createNamespacedSecret: ({ body }: { body: V1Secret }) => Promise.resolve(secrets.push(body)),
      readNamespacedServiceAccount: () => Promise.resolve({}),
      patchNamespacedServiceAccount: () => Promise.resolve({}),
    } as unknown as CoreV1Api;
    const ca = selfSigned();
    await shareRegistryLogin({ core }, withCa(ca.file));
    expect(secrets[0]?.stringData).toEqual({
      '.dockerconfigjson': '{"auths":{}}',
      'ca.crt': ca.cert.toString(),
    });
  });
});

describe('the cluster', () => {
  it('gets the login in every namespace, again after it changed, and default accounts pull with it', async () => {
    const secrets = new Map<string, V1Secret>();
    const patched: string[] = [];
    const core = {
      createNamespacedSecret: ({ namespace, body }: { namespace: string; body: V1Secret }) => {
        if (secrets.has(namespace)) throw new ApiException(409, 'there', '{}', {});
        secrets.set(namespace, body);
        return Promise.resolve(body);
      },
      replaceNamespacedSecret: ({ namespace, body }: { namespace: string; body: V1Secret }) =>
        Promise.resolve(secrets.set(namespace, body)),
      readNamespacedServiceAccount: () => Promise.resolve({}),
      patchNamespacedServiceAccount: ({ namespace, body }: { namespace: string; body: unknown }) => {
        expect(body).toEqual([
          { op: 'add', path: '/imagePullSecrets', value: [{ name: 'oci-registry-login' }] },
        ]);
        return Promise.resolve(patched.push(namespace));
      },
    } as unknown as CoreV1Api;
    const images = { source: 'packages', registry: REGISTRY, credentials: file } as const;
    write({ 'registry.example:5443': { auth: 'b2xk' } });
    await shareRegistryLogin({ core }, { images });
    write({ 'registry.example:5443': { auth: 'bmV3' } });
    await shareRegistryLogin({ core }, { images });

    expect([...secrets.keys()]).toEqual(['mlops-registry', 'mlops-ci', 'mlops-monitoring', 'mlops-serving']);
    expect(patched).toHaveLength(8);
    expect(secrets.get('mlops-serving')).toMatchObject({
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': '{"auths":{"registry.example:5443":{"auth":"bmV3"}}}' },
    });
  });
});
