import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { recordRehearsal } from '../../studies/recorder/published';
import { cacheFolder } from '../../toolchain/index';
import { restoreEnv, stubEnv } from '../support/env';
import { expectThat } from '../support/expect-that';
import { publishedNetwork, type Network } from '../toolchain/stand-ins/network';
import { CLUSTER } from './published/leftovers';
import { predict } from './support/agreement';
import { engine, platform } from './support/cluster';
import { constantLoad, type ConstantLoad } from './support/constant-load';
import { exampleRequest, mlops, mlopsJson, mlopsSucceeds, root, useConfig } from './support/platform';

const COMMAND = 'make e2e-published';
const WORK = join(root, '.mlops/published-e2e');
const PORTS = {
  gateway: 28080,
  mlflow: 25000,
  ociRegistry: 25001,
  ci: 28010,
  prometheus: 29090,
  alertmanager: 29093,
  grafana: 23000,
};
const GATEWAY = `http://127.0.0.1:${String(PORTS.gateway)}`;
/** Requests a second. */
const RATE = 30;

/**
 * The platform from published images, as nearly as a machine can show it that reaches no container registry: images, node,
 * programs and providers have the names, addresses and layouts of the published ones, and contents of ours.
 * Without the CI, whose images take ten minutes more, and without monitoring, whose Grafana has no stand-in.
 */
export function published(): void {
  describe('the platform from published images', () => {
    const signal = new AbortController().signal;
    /** Of its own, and empty: a user's first run, which finds no program and no image that was built from packages. */
    const cache = join(cacheFolder(), 'published-e2e');
    let network: Network | undefined;
    let load: ConstantLoad | undefined;

    beforeAll(async () => {
      rmSync(WORK, { recursive: true, force: true });
      mkdirSync(WORK, { recursive: true });
      network = await publishedNetwork(
        join(WORK, 'network'),
        (line) => process.stdout.write(`    ${line}\n`),
        signal,
      );
      rmSync(cache, { recursive: true, force: true });
      stubEnv({ ...network.env, MLOPS_CACHE: cache });
      const config = join(WORK, 'platform.yaml');
      writeFileSync(
        config,
        stringify({
          cluster: { type: 'kind', name: CLUSTER },
          images: { source: 'upstream' },
          ports: PORTS,
          monitoring: 'none',
          ci: { enabled: false },
          models: { fraud: { path: 'models/fraud' } },
        }),
      );
      useConfig(config);
    });

    afterAll(async () => {
      await load?.stop();
      await mlops(['down']);
      network?.stop();
      restoreEnv();
      rmSync(cache, { recursive: true, force: true });
    });

    it('comes up with one command, and answers', async () => {
      const { exitCode, seconds, output } = await mlops(['up']);
      expectThat(exitCode, output).toBe(0);
      const { status, version } = await predict({}, GATEWAY);
      recordRehearsal({ up_s: seconds, predict: status }, COMMAND);
      expect({ status, version }).toEqual({ status: 200, version: '1' });
    });

    it('downloaded its programs and providers', () => {
      expect(network?.asked).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^\/dl\/v[\d.]+\/kind-linux-/),
          expect.stringMatching(/^\/google\/go-containerregistry\/.*\.tar\.gz$/),
          expect.stringMatching(/^\/providers\/.*\.zip$/),
        ]),
      );
    });

    it('runs on a node of the published image', () => {
      const image = engine('inspect', '--format', '{{.ImageName}}', `${CLUSTER}-control-plane`);
      expect(image).toMatch(/^docker\.io\/kindest\/node@sha256:/);
      const version = engine('exec', `${CLUSTER}-control-plane`, 'containerd', '--version');
      expect(version).toContain('v2.1.4');
    });

    it('runs images that were made of published ones, and loads none from a registry but models', async () => {
      const { items } = await platform().kubernetes().core.listPodForAllNamespaces();
      const ours = items.filter(
        ({ metadata }) => metadata?.labels?.['app.kubernetes.io/part-of'] === 'mlops',
      );
      const images = ours.flatMap(({ spec }) => (spec?.containers ?? []).map(({ image = '' }) => image));
      expect(images.length).toBeGreaterThan(5);
      const foreign = images.filter((image) => !/^(localhost\/mlops|registry\.mlops:5000)\//.test(image));
      expect(foreign).toEqual([]);
    });

    it('trains, deploys and rolls back under load', async () => {
      load = await constantLoad(`${GATEWAY}/v2/models/fraud/infer`, exampleRequest, RATE);
      const trained = await mlopsJson<{ version: string }>(['train', 'fraud']);
      expect(trained.version).toBe('2');
      await mlopsSucceeds(['deploy', 'fraud@2']);
      expect(await predict({}, GATEWAY)).toMatchObject({ status: 200, version: '2' });
      const started = Date.now();
      await mlopsSucceeds(['rollback', 'fraud']);
      expect(await predict({}, GATEWAY)).toMatchObject({ status: 200, version: '1' });
      const running = load;
      load = undefined;
      const summary = await running.stop();
      const lastOld = running.lastAnswerOf('2') ?? started;
      const rollback_s = (lastOld - started) / 1000;
      recordRehearsal({ rollback_s, failed_requests: summary.failed, requests: summary.sent }, COMMAND);
      expect(summary.failures).toEqual([]);
      expect(Object.keys(summary.versions).sort()).toEqual(['1', '2']);
    });

    it('leaves neither node nor volume', async () => {
      const { exitCode, output } = await mlops(['down']);
      expectThat(exitCode, output).toBe(0);
      const node = `${CLUSTER}-control-plane`;
      expect(engine('ps', '--all', '--quiet', '--filter', `name=^${node}$`)).toBe('');
      expect(engine('volume', 'ls', '--quiet', '--filter', `label=${node}`)).toBe('');
    });
  });
}
