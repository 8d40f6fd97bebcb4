import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { dashboards } from '../../monitoring/dashboards/index';
import { MEASURED_BY } from '../../studies/recorder/platform-up';
import { recordObservability } from '../../studies/recorder/observability';
import { SERVICE } from '../../contracts/services';
import type { Prometheus } from '../../cli/src/prometheus';
import { metricNames } from '../../monitoring/queries/metric-names';
import { drawDashboard, openBrowser, pictureOf } from '../support/dashboard-page';
import { expectThat } from '../support/expect-that';
import { waitFor } from '../support/wait-for';
import { everyExpression, type Expression } from './monitoring/expressions';
import { mayBeEmpty, reasonForNone } from './monitoring/no-data-for-a-reason';
import { authorization, loginOf, numberOf, openPrometheus } from './monitoring/prometheus';
import { predict } from './support/agreement';
import { engine, platform, scale } from './support/cluster';
import { constantLoad, exampleLoad, p99Ratios, type ConstantLoad } from './support/constant-load';
import type { LoadSummary } from './support/load';
import { exampleRequest, gateway, mlops, name, root } from './support/platform';

const STACK_MIB = 600;
/** Watched and unwatched in turn, since the machine's other work changes. */
const ROTATIONS = 8;
const SCREENSHOTS = join(root, '.mlops/screenshots');
/** Longest of the targets' discovery, a scrape, and a recording every five minutes. */
const PATIENCE = { timeout: 360_000, interval: 5_000 };
const GUARDED = ['prometheus', 'alertmanager', 'grafana'] as const;
const READY = { prometheus: '/-/ready', alertmanager: '/-/ready', grafana: '/' } as const;

const addressOf = (part: (typeof GUARDED)[number]) =>
  `http://127.0.0.1:${String(platform().config.ports[part])}`;

/** What an expression lacks: the series that it reads and that should be there. */
async function missingSeries(prometheus: Prometheus, { kind, expr }: Expression): Promise<readonly string[]> {
  const names = [...metricNames(expr)].filter((name) => reasonForNone(name) === undefined);
  if (kind !== 'alert') return (await prometheus.query(expr)).length > 0 ? [] : [expr];
  const found = await Promise.all(names.map((name) => prometheus.query(`count(${name})`)));
  return names.filter((_name, index) => found[index]?.length === 0);
}

/** Freezes what watches, or lets it go on. */
function signalMonitoring(signal: 'STOP' | 'CONT'): void {
  engine(
    'exec',
    `${name}-control-plane`,
    'pkill',
    `-${signal}`,
    '^(prometheus|alertmanager|kube-state-metr|metrics-server)$',
  );
}

/** Eight hundred requests: eight of them are slower than the 99th percentile. */
const someLoad = (): Promise<LoadSummary> => exampleLoad(100, 8);

/** Prometheus, alerts and dashboards of the platform's own, with the traffic of the tests before. */
export function monitoring(): void {
  describe('monitoring', () => {
    let prometheus: Prometheus;
    let browser: Browser;
    /** Rates over the last minutes need requests in them, however long the tests wait. */
    let traffic: ConstantLoad;

    beforeAll(async () => {
      prometheus = await openPrometheus();
      browser = await openBrowser();
      mkdirSync(SCREENSHOTS, { recursive: true });
      traffic = await constantLoad(`${gateway}/v2/models/fraud/infer`, exampleRequest, 5);
    });

    afterAll(async () => {
      await browser.close();
      await traffic.stop();
    });

    it.each(GUARDED)('lets nobody into %s without the generated password', async (part) => {
      const url = `${addressOf(part)}${READY[part]}`;
      const { username, password } = await loginOf(part);
      expect((await fetch(url)).status).toBe(401);
      const wrong = authorization({ username, password: `${password}x` });
      expect((await fetch(url, { headers: wrong })).status).toBe(401);
      expect((await fetch(url, { headers: authorization({ username, password }) })).status).toBe(200);
    });

    it('scrapes every part of the platform', async () => {
      await waitFor(async () => {
        const down = await prometheus.query('up == 0');
        expect(down.map(({ labels }) => labels)).toEqual([]);
        const jobs = await prometheus.query('count by (job) (up)');
        expect(jobs.map(({ labels }) => labels.job).sort()).toEqual([
          'alertmanager',
          'gateway',
          'kube-state-metrics',
          'kubelet',
          'model-server',
          'prometheus',
          'quality-exporter',
        ]);
      }, PATIENCE);
    });

    it('answers what `kubectl top` asks', async () => {
      const { config } = platform().kubernetes();
      const { Metrics } = await import('@kubernetes/client-node');
      const { items } = await new Metrics(config).getPodMetrics('mlops-serving');
      expect(items.length).toBeGreaterThan(0);
    });

    it('answers every query of every panel and rule, with data where there should be some', async () => {
      const expressions = everyExpression();
      const failed: string[] = [];
      const without = await waitFor(async () => {
        failed.length = 0;
        const lacking: (readonly [Expression, readonly string[]])[] = [];
        for (const each of expressions) {
          try {
            const missing = await missingSeries(prometheus, each);
            if (missing.length > 0) lacking.push([each, missing]);
          } catch (error) {
            failed.push(`${each.where}: ${String(error)}`);
          }
        }
        const unexplained = lacking.filter(([each]) => each.kind === 'alert' || !mayBeEmpty(each));
        expect(failed).toEqual([]);
        expect(
          unexplained.map(([{ where }, missing]) => `${where} has no data: ${missing.join(', ')}`),
        ).toEqual([]);
        return lacking;
      }, PATIENCE);
      recordObservability(
        {
          queries: expressions.length,
          queries_failed: failed.length,
          queries_without_data: without.length,
        },
        MEASURED_BY,
      );
    });

    it('shows every panel of every dashboard in a browser', async () => {
      const login = await loginOf('grafana');
      const server = addressOf('grafana');
      const empty: string[] = [];
      let panels = 0;
      for (const { uid, title, rows } of dashboards) {
        const drawn = await drawDashboard(browser, { server, uid, login, from: 'now-30m' });
        await pictureOf(drawn.page, join(SCREENSHOTS, `${uid}.png`));
        await drawn.page.close();
        expectThat(drawn.faults, title).toEqual([]);
        expectThat([...drawn.panels.failed, ...drawn.panels.unsupported], title).toEqual([]);
        const allowed = rows
          .flatMap((row) => row.panels)
          .filter((panel) =>
            panel.queries.every(({ expr }) =>
              mayBeEmpty({ where: `${title} / ${panel.title}`, kind: 'panel', expr }),
            ),
          )
          // In a browser, variables have their values.
          .map((panel) => panel.title.replace(/\$.*/, ''));
        expectThat(
          drawn.panels.empty.filter((panel) => !allowed.some((title) => panel.startsWith(title))),
          `empty on ${title}`,
        ).toEqual([]);
        empty.push(...drawn.panels.empty);
        panels += drawn.panels.drawn.length + drawn.panels.empty.length;
      }
      recordObservability({ panels, panels_empty: empty.length }, MEASURED_BY);
    });

    it('takes little memory and hardly any time', async () => {
      const bytes = await numberOf(
        prometheus,
        'sum(container_memory_working_set_bytes{namespace="mlops-monitoring",container!="",pod!~"grafana.*"})',
      );
      const share = await numberOf(
        prometheus,
        'sum(avg_over_time(prometheus_rule_group_last_duration_seconds[10m]) / prometheus_rule_group_interval_seconds)',
      );
      recordObservability({ stack_mib: bytes / 1024 ** 2, rules_cpu_share: share }, MEASURED_BY);
      expect(bytes / 1024 ** 2).toBeGreaterThan(50);
      expect(bytes / 1024 ** 2).toBeLessThanOrEqual(STACK_MIB);
      expect(share).toBeGreaterThan(0);
    });

    it('hardly slows the answers down', async () => {
      const watched: LoadSummary[] = [];
      const unwatched: LoadSummary[] = [];
      for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
        watched.push(await someLoad());
        signalMonitoring('STOP');
        try {
          unwatched.push(await someLoad());
        } finally {
          signalMonitoring('CONT');
          // What was put off is done first.
          await sleep(5_000);
        }
      }
      const { median, range } = p99Ratios(watched, unwatched);
      recordObservability(
        {
          serving_p99_ratio: median,
          serving_p99_ratio_least: range[0],
          serving_p99_ratio_most: range[1],
        },
        MEASURED_BY,
      );
      expect([...watched, ...unwatched].flatMap(({ failures }) => failures)).toEqual([]);
    });

    it.each([
      { service: SERVICE.prometheus, told: /^ +Prometheus +\S/m },
      { service: SERVICE.quality, told: /^ +1 +100 % +no figures/m },
    ])('$service.title down: status says so, and serving goes on', async ({ service, told }) => {
      await scale(service, 0);
      try {
        await waitFor(async () => {
          const { exitCode, output } = await mlops(['status']);
          expectThat(output, 'mlops status').toMatch(told);
          expect(exitCode).toBe(0);
        }, PATIENCE);
        expect(await predict()).toMatchObject({ status: 200, version: '1' });
      } finally {
        await scale(service, 1);
      }
    });
  });
}
