import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { SERVICE } from '../../contracts/services';
import { basicAuth } from '../../cli/src/login';
import { login, withEndpoint } from '../../cli/src/session';
import { readReleases } from '../../rollout/kubernetes/release-document';
import { expectAgreementOn, predict } from './support/agreement';
import { engine, platform, scale } from './support/cluster';
import { mlops, name } from './support/platform';
import { expectThat } from '../support/expect-that';

const listText = async () => JSON.stringify((await readReleases(platform().kubernetes())).list);

/** A platform.yaml for one test. */
function configWith(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'mlops-config-')), 'platform.yaml');
  writeFileSync(file, text);
  return file;
}

/** Whatever goes wrong: a clear error, nothing lost, and a second `up` heals. Starts with version 1 serving. */
export function faults(): void {
  describe('bad input', () => {
    it('names a version that does not exist', async () => {
      const { exitCode, output } = await mlops(['deploy', 'fraud@77']);
      expect(exitCode).toBe(4);
      expect(output).toContain('MLflow has no such version of model fraud.');
    });

    it('names a version that never served', async () => {
      const { exitCode, output } = await mlops(['rollback', 'fraud', '--to', '77']);
      expect(exitCode).toBe(4);
      expect(output).toContain('Version 77 of model fraud has never been deployed');
    });

    it('names a model that platform.yaml does not have', async () => {
      const { exitCode, output } = await mlops(['rollback', 'churn']);
      expect(exitCode).toBe(4);
      expect(output).toContain('platform.yaml has no such model.');
    });

    it('names the key of an invalid platform.yaml', async () => {
      const config = configWith('models: {fraud: {path: models/fraud}}\nprots: {gateway: 80}\n');
      const { exitCode, output } = await mlops(['status'], { config });
      expect(exitCode).toBe(2);
      expect(output).toContain('prots');
    });

    it('names the port that is taken', async () => {
      const server = createServer().listen(28080, '127.0.0.1');
      const config = configWith(
        'cluster: {name: mlops-port}\nports: {gateway: 28080, mlflow: 28081, ociRegistry: 28082, ci: 28083, prometheus: 28084, alertmanager: 28085, grafana: 28086}\nmodels: {fraud: {path: models/fraud}}\n',
      );
      const { exitCode, output } = await mlops(['up'], { config });
      server.close();
      expect(exitCode).toBe(3);
      expect(output).toContain('Port 28080 on 127.0.0.1 is in use.');
      expect(engine('ps', '--all', '--format', '{{.Names}}')).not.toContain('mlops-port');
    });

    it('leaves a cluster alone that somebody else made', async () => {
      const config = configWith('cluster: {name: mlops-foreign}\nmodels: {fraud: {path: models/fraud}}\n');
      const image = engine('inspect', '--format', '{{.Image}}', `${name}-control-plane`);
      engine(
        'create',
        '--name',
        'mlops-foreign-control-plane',
        '--label',
        'io.x-k8s.kind.cluster=mlops-foreign',
        '--entrypoint',
        '/bin/true',
        image,
      );
      try {
        const { exitCode, output } = await mlops(['up'], { config });
        expect(exitCode).toBe(6);
        expect(output).toContain('does not belong to this checkout');
        expect((await mlops(['down'], { config })).exitCode).toBe(6);
        expect(engine('ps', '--all', '--format', '{{.Names}}')).toContain('mlops-foreign-control-plane');
      } finally {
        engine('rm', '--force', '--volumes', 'mlops-foreign-control-plane');
      }
    });

    it('does not deploy a package that is not the registered one', async () => {
      const before = await listText();
      const { exitCode, output } = await withEndpoint(platform(), 'ociRegistry', async (address) => {
        const manifests = `${address}/v2/models/fraud/manifests`;
        const accept =
          'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';
        const read = async (tag: string) => {
          const response = await fetch(`${manifests}/${tag}`, { headers: { accept } });
          return { type: response.headers.get('content-type') ?? '', body: await response.text() };
        };
        const second = await read('2');
        // The same layers, another manifest: what a moved tag looks like.
        const other = JSON.stringify({
          ...(JSON.parse(second.body) as object),
          annotations: { moved: 'yes' },
        });
        const where = { name: SECRET.ociRegistryPush, namespace: NAMESPACE.registry };
        const authorization = basicAuth(await login(platform(), SERVICE.ociRegistry.title, where));
        const write = (body: string, headers: Record<string, string> = { authorization }) =>
          fetch(`${manifests}/2`, {
            method: 'PUT',
            body,
            headers: { 'content-type': second.type, ...headers },
          });
        // Whoever has no password cannot even try.
        expect((await write(other, {})).status).toBe(401);
        expect((await write(other)).status).toBe(201);
        const outcome = await mlops(['deploy', 'fraud@2']);
        expect((await write(second.body)).status).toBe(201);
        return outcome;
      });
      expect(exitCode).toBe(6);
      expect(output).toContain('is not the one that MLflow recorded');
      expect(await listText()).toBe(before);
    });
  });

  describe('a component that is down', () => {
    it.each([SERVICE.mlflow, SERVICE.postgres])('$title: a deployment changes nothing', async (service) => {
      const before = await listText();
      await scale(service, 0);
      try {
        const { exitCode, output } = await mlops(['deploy', 'fraud@2']);
        expect(exitCode).toBe(5);
        expect(output).toContain('MLflow does not answer.');
        expect(await listText()).toBe(before);
        expect(await predict()).toMatchObject({ status: 200, version: '1' });
      } finally {
        await scale(service, 1);
      }
    });

    it('MLflow: a rollback switches all the same, and the next command sets the alias', async () => {
      expect((await mlops(['deploy', 'fraud@2'])).exitCode).toBe(0);
      await scale(SERVICE.mlflow, 0);
      const { exitCode, output } = await mlops(['rollback', 'fraud']);
      expect(exitCode).toBe(0);
      expect(output).toContain("MLflow's champion alias of fraud does not point to version 1 yet");
      expect(await predict()).toMatchObject({ status: 200, version: '1' });
      expect((await mlops(['up'])).exitCode).toBe(0);
      await expectAgreementOn('1');
    });

    it('the whole node after a reboot: up starts it again with everything it held', async () => {
      engine('stop', `${name}-control-plane`);
      const { exitCode, output } = await mlops(['up']);
      expectThat(exitCode, output).toBe(0);
      expect(output).toContain(`started kind cluster ${name} again`);
      await expectAgreementOn('1');
    });
  });

  describe('a cluster deleted outside Terraform, and Ctrl-C at every step', () => {
    it('is recreated, whichever step was interrupted', async () => {
      engine('rm', '--force', '--volumes', `${name}-control-plane`);
      const steps = [
        /Preparing nodes|Writing configuration|Starting control-plane/,
        /load mlflow/,
        /helm_release\..*Creating/,
        /prepare|clean/,
      ];
      for (const interruptAt of steps) {
        const { exitCode, output } = await mlops(['up'], { interruptAt });
        expectThat(exitCode, output).toBe(130);
        expect(output).toContain('Interrupted.');
      }
      const { exitCode, output } = await mlops(['up']);
      expectThat(exitCode, output).toBe(0);
      await expectAgreementOn('1');
    });
  });
}
