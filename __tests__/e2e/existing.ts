import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { SERVICE } from '../../contracts/services';
import { resolveSource } from '../../toolchain/index';
import { recordExisting } from '../../studies/recorder/published';
import { differences, inventory, restingInventory, type Inventory } from '../support/cluster-inventory';
import { expectThat } from '../support/expect-that';
import { waitFor } from '../support/wait-for';
import { settled, ask } from './ci/builds';
import { startCompanyRegistry, type CompanyRegistry } from './existing/company-registry';
import { makeForeignCluster, openGateway } from './existing/foreign-cluster';
import { serveGit, type GitServer } from './existing/git-server';
import { plantLookAlikes } from './existing/look-alikes';
import { predict } from './support/agreement';
import { platform } from './support/cluster';
import { constantLoad, type ConstantLoad } from './support/constant-load';
import { exampleRequest, mlops, mlopsJson, mlopsSucceeds, root, useConfig } from './support/platform';

const COMMAND = 'make e2e-existing';
const WORK = join(root, '.mlops/existing-e2e');
const CONFIG = join(WORK, 'platform.yaml');
/** Requests a second. */
const RATE = 50;
/** Volumes are deleted after the namespaces that used them. */
const EMPTIED = { timeout: 180_000, interval: 5_000 };
const BUILD = 300_000;

/** The platform on a cluster that is not its own, from a registry that wants a password. */
export function existing(): void {
  describe('a cluster that somebody else runs', () => {
    let registry: CompanyRegistry;
    let git: GitServer | undefined;
    let gateway = '';
    let load: ConstantLoad | undefined;
    let before: Inventory;
    let planted: readonly string[] = [];

    beforeAll(async () => {
      rmSync(WORK, { recursive: true, force: true });
      mkdirSync(WORK, { recursive: true });
      const { source } = resolveSource('auto');
      const cluster = await makeForeignCluster(join(WORK, 'cluster'), source, new AbortController().signal);
      registry = await startCompanyRegistry(join(WORK, 'registry'), cluster.host, source);
      cluster.trust(registry.host, registry.certificate);
      git = await serveGit(join(WORK, 'git'), cluster.host);
      const settings = {
        cluster: {
          type: 'existing',
          name: 'mlops-existing',
          context: cluster.context,
          kubeconfig: cluster.kubeconfig,
        },
        images: {
          source,
          registry: `${registry.host}/team/ml`,
          credentials: registry.credentials,
          ca: registry.ca,
        },
        ci: { enabled: true, repository: git.repository, branch: git.branch },
        models: { fraud: { path: 'models/fraud' } },
      };
      writeFileSync(CONFIG, stringify(settings));
      useConfig(CONFIG);
      const { config } = platform().kubernetes();
      planted = await plantLookAlikes(config);
      before = await restingInventory(config);
    });

    afterAll(async () => {
      await load?.stop();
      git?.stop();
    });

    it('has what was planted, as the inventory calls it', () => {
      expect(planted.filter((key) => !before.has(key))).toEqual([]);
    });

    it('is refused as long as a namespace with a name of ours belongs to others', async () => {
      const { core } = platform().kubernetes();
      const name = SERVICE.gateway.namespace;
      await core.createNamespace({ body: { metadata: { name } } });
      try {
        const { exitCode, output } = await mlops(['up']);
        expectThat(exitCode, output).toBe(3);
        expect(output).toContain(`names that the platform needs: ${name}.`);
      } finally {
        await core.deleteNamespace({ name });
      }
      const gone = async () => {
        const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${name}` });
        if (items.length > 0) throw new Error(`${name} is still there`);
      };
      await waitFor(gone, EMPTIED);
      expect(differences(before, await inventory(platform().kubernetes().config), planted)).toEqual({
        left: [],
        lost: [],
        changed: [],
      });
    });

    it('gets the platform with one command, and it answers', async () => {
      const { exitCode, seconds, output } = await mlops(['up']);
      expectThat(exitCode, output).toBe(0);
      recordExisting({ up_s: seconds }, COMMAND);
      gateway = await openGateway(platform().kubernetes().core);
      // kube-proxy has yet to open the port.
      const answer = await waitFor(() => predict({}, gateway), { timeout: 30_000, interval: 500 });
      expect(answer).toMatchObject({ status: 200, version: '1' });
    });

    it('runs images of the registry alone', async () => {
      const { items } = await platform().kubernetes().core.listPodForAllNamespaces();
      const ours = items.filter(
        ({ metadata }) => metadata?.labels?.['app.kubernetes.io/part-of'] === 'mlops',
      );
      const images = ours.flatMap(({ spec }) =>
        [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ image = '' }) => image),
      );
      expect(images.length).toBeGreaterThan(10);
      expect(images.filter((image) => !image.startsWith(`${registry.host}/team/ml/`))).toEqual([]);
    });

    it('gives a build the login that it needs to publish', async () => {
      const request = await ask((ci) => ci.force('image', { reason: 'cluster tests' }));
      const [build] = await settled(request, BUILD);
      expect(build).toMatchObject({ outcome: 'success' });
    });

    it('trains, deploys and rolls back under load', async () => {
      load = await constantLoad(`${gateway}/v2/models/fraud/infer`, exampleRequest, RATE);
      const trained = await mlopsJson<{ version: string; image: string }>(['train', 'fraud']);
      expect(trained.version).toBe('2');
      expect(trained.image.startsWith(`${registry.host}/team/ml/models/fraud@sha256:`)).toBe(true);
      await mlopsSucceeds(['deploy', 'fraud@2']);
      expect(await predict({}, gateway)).toMatchObject({ status: 200, version: '2' });
      await mlopsSucceeds(['rollback', 'fraud']);
      expect(await predict({}, gateway)).toMatchObject({ status: 200, version: '1' });
      const summary = await load.stop();
      load = undefined;
      recordExisting({ failed_requests: summary.failed, requests: summary.sent }, COMMAND);
      expect(summary.failures).toEqual([]);
      expect(Object.keys(summary.versions).sort()).toEqual(['1', '2']);
    });

    it('is as it was before, once the platform has left', async () => {
      // The platform's own folder goes with it; the cluster's files are not in there.
      const { config } = platform().kubernetes();
      const { exitCode, output } = await mlops(['down']);
      expectThat(exitCode, output).toBe(0);
      let found = differences(before, await inventory(config), planted);
      const look = async () => {
        found = differences(before, await inventory(config), planted);
        if (found.left.length + found.lost.length > 0) throw new Error('not as before yet');
      };
      await waitFor(look, EMPTIED).catch(() => undefined);
      const { left, lost, changed } = found;
      recordExisting({ left_behind: left.length + lost.length + changed.length }, COMMAND);
      expect(found).toEqual({ left: [], lost: [], changed: [] });
    });
  });
}
