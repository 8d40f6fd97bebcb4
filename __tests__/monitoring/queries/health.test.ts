import { describe, expect, it } from '@jest/globals';
import { QUALITY_METRIC } from '../../../contracts/metrics';
import { healthQueries } from '../../../monitoring/queries/health';
import { ruleGroups } from '../../../monitoring/rules';
import { metricNames } from '../../../monitoring/queries/metric-names';

describe('what mlops status asks', () => {
  const queries = Object.entries(healthQueries('fraud'));
  const known = new Set<string>([
    ...Object.values(QUALITY_METRIC).map(({ name }) => name),
    ...ruleGroups().flatMap(({ rules }) => rules.flatMap((rule) => ('record' in rule ? [rule.record] : []))),
  ]);

  it.each(queries)('%s reads series that somebody exports or records', (_, expression) => {
    const names = [...metricNames(expression)];
    expect(names).toHaveLength(1);
    expect(known).toContain(names[0]);
  });

  it('finds what drift was judged to be, whenever it asks between two looks', () => {
    const looks = ruleGroups().find(({ name }) => name === 'drift')?.interval;
    expect(looks).toBe('5m');
    expect(healthQueries('fraud').driftState).toContain('[10m]');
  });
});
