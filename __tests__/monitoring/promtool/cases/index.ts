import type { Suite } from '../suite';
import { driftCases } from './drift';
import { targets } from './healthy';
import { modelCases, slowModelCases } from './models';
import { platformCases } from './platform';
import { servingCases } from './serving';

/** Every situation that the rules are tested in. */
export const suites: readonly Suite[] = [
  {
    name: 'platform',
    interval: '1m',
    evaluation: '1m',
    groups: ['platform'],
    healthy: targets('1x600'),
    cases: platformCases,
  },
  { name: 'serving', interval: '1m', evaluation: '5m', groups: ['slo'], healthy: {}, cases: servingCases },
  { name: 'models', interval: '1m', evaluation: '1m', groups: ['models'], healthy: {}, cases: modelCases },
  {
    name: 'slow-models',
    interval: '5m',
    evaluation: '5m',
    groups: ['served-rows', 'models'],
    healthy: {},
    cases: slowModelCases,
  },
  // Rates over five minutes need two values in 315 s.
  {
    name: 'drift',
    interval: '5m',
    evaluation: '5m',
    groups: ['served-rows', 'drift'],
    healthy: {},
    cases: driftCases,
  },
];
