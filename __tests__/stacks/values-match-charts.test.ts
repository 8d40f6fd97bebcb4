import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { DataStack } from '../../stacks/data/data-stack';
import { MonitoringStack } from '../../stacks/monitoring/monitoring-stack';
import { RegistryStack } from '../../stacks/registry/registry-stack';
import { RolloutStack } from '../../stacks/rollout/rollout-stack';
import { TrainingStack } from '../../stacks/training/training-stack';
import type { PlatformConfig } from '../../stacks/shared/config';
import { synthesize, testPlatform } from './support';

type Values = Readonly<Record<string, unknown>>;

interface Release {
  readonly chart: string;
  readonly values: readonly [string];
}

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As Helm does it: objects are merged, everything else is replaced. */
function merged(defaults: Values, values: Values): Values {
  const all = { ...defaults, ...values };
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => {
      const standard = defaults[key];
      return [key, isValues(value) && isValues(standard) ? merged(standard, value) : value];
    }),
  );
}

/** What Helm would say of a release's values, before it sends anything to the cluster. */
function faultsOf({ chart, values }: Release): readonly string[] {
  const read = (file: string) => readFileSync(join(chart, file), 'utf8');
  const defaults = existsSync(join(chart, 'values.yaml')) ? (parse(read('values.yaml')) as Values) : {};
  const validate = new Ajv({ allErrors: true, strict: false }).compile(
    JSON.parse(read('values.schema.json')) as object,
  );
  validate(merged(defaults, JSON.parse(values[0].replaceAll('$${', '${').replaceAll('%%{', '%{')) as Values));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

type Monitoring = PlatformConfig['monitoring'];

const stacks = [
  ['data', DataStack, ['bundled', 'existing']],
  ['registry', RegistryStack, ['bundled', 'existing']],
  ['monitoring', MonitoringStack, ['bundled', 'existing']],
  ['training', TrainingStack, ['bundled', 'existing']],
  ['rollout', RolloutStack, ['bundled']],
] as const;

describe.each(stacks)('stack %s', (id, Stack, monitorings) => {
  it.each<Monitoring>(monitorings)(
    'gives every chart values that match its schema, monitoring: %s',
    (monitoring) => {
      const { resource } = synthesize(Stack, id, testPlatform({ config: { monitoring } }));
      const releases = Object.entries(resource.helm_release ?? {}) as unknown as [string, Release][];
      expect(releases.length).toBeGreaterThan(0);
      expect(releases.map(([name, release]) => [name, faultsOf(release)])).toEqual(
        releases.map(([name]) => [name, []]),
      );
    },
  );
});
