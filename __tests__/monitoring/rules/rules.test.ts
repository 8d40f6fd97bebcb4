import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { METRICS, seriesNames } from '../../../contracts/metrics';
import { ROOT } from '../../../contracts/repository';
import { alertmanagerConfig, unknownAlerts } from '../../../monitoring/alertmanager/config';
import { RECORDED } from '../../../monitoring/queries/recorded';
import { alerts, renderPrometheusRule, renderRules, ruleGroups } from '../../../monitoring/rules/index';
import { metricNames } from '../../../monitoring/queries/metric-names';
import { suites } from '../promtool/cases/index';

const groups = ruleGroups();
const rules = groups.flatMap((group) => group.rules);
const cases = suites.flatMap((suite) => suite.cases);
const known = new Set([...METRICS.flatMap(seriesNames), ...Object.values(RECORDED)]);
const names = [...new Set(alerts.map(({ name }) => name))];

describe('the rules', () => {
  it('read only contracted or recorded metrics', () => {
    const read = new Set(rules.flatMap(({ expr }) => [...metricNames(expr)]));
    expect([...read].filter((name) => !known.has(name))).toEqual([]);
  });

  it('record every name that queries may read', () => {
    const recorded = new Set(rules.flatMap((rule) => ('record' in rule ? [rule.record] : [])));
    expect(recorded).toEqual(new Set(Object.values(RECORDED)));
  });

  it('render deterministically', () => {
    expect(renderRules(ruleGroups())).toBe(renderRules(groups));
    expect(parse(renderRules(groups))).toEqual({ groups });
  });

  it('make a valid PrometheusRule', () => {
    const text = renderPrometheusRule(groups, { name: 'mlops', namespace: 'mlops-monitoring' });
    expect(parse(text)).toMatchObject({ kind: 'PrometheusRule', spec: { groups } });
  });
});

const casesOf = (name: string) => cases.filter(({ alert }) => alert === name);

it.each(names.filter((name) => name !== 'Watchdog'))('%s is tested for firing and for silence', (name) => {
  const fires = casesOf(name).map(({ firing }) => firing.some(({ alertname }) => alertname === name));
  expect(new Set(fires)).toEqual(new Set([true, false]));
});

// Never silent, and left out of the common list of what fires.
it('Watchdog is tested for holding', () => {
  expect(casesOf('Watchdog').flatMap(({ holds = [] }) => holds)).toHaveLength(1);
});

describe.each(names)('%s', (name) => {
  it('has a team and an existing runbook', () => {
    for (const rule of rules) {
      if (!('alert' in rule) || rule.alert !== name) continue;
      expect(['ops', 'ml']).toContain(rule.labels.team);
      expect(existsSync(join(ROOT, rule.annotations.runbook_url ?? ''))).toBe(true);
    }
  });
});

describe('severity', () => {
  it('pages on quality, SLO burn and a gateway that is down, and on nothing else', () => {
    const paging = new Set(alerts.filter(({ severity }) => severity === 'page').map(({ name }) => name));
    expect(paging).toEqual(
      new Set(['ErrorBudgetBurn', 'LatencyBudgetBurn', 'QualityBelowGate', 'GatewayDown']),
    );
  });
});

describe('the runbooks', () => {
  it('belong to alerts, and each names its alert', () => {
    for (const file of readdirSync(join(ROOT, 'docs/runbooks'))) {
      const text = readFileSync(join(ROOT, 'docs/runbooks', file), 'utf8');
      const [title = ''] = text.split('\n');
      const titled = title.replace('# ', '').split(', ');
      expect(names).toEqual(expect.arrayContaining(titled));
      expect(text).toContain('## Do this');
      expect(basename(file)).toMatch(/^[a-z-]+\.md$/);
    }
  });
});

describe("Alertmanager's configuration", () => {
  it('names only existing alerts', () => {
    expect(unknownAlerts()).toEqual([]);
  });

  it('notifies CI and the team of drift and bad quality', () => {
    const { route, receivers } = alertmanagerConfig({
      training: { url: 'http://ci/hook', username: 'alertmanager', passwordFile: '/etc/ci/password' },
    });
    const training = route.routes?.find(({ receiver }) => receiver === 'training');
    expect(training).toMatchObject({
      matchers: ['alertname=~"FeatureDrift|ScoreDrift|QualityBelowGate"'],
      continue: true,
    });
    expect(receivers.find(({ name }) => name === 'training')).toMatchObject({
      webhook_configs: [
        { send_resolved: false, http_config: { basic_auth: { password_file: '/etc/ci/password' } } },
      ],
    });
  });

  it('has no route to CI if there is none', () => {
    expect(alertmanagerConfig().route.routes?.map(({ receiver }) => receiver)).not.toContain('training');
  });
});
