import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../contracts/repository';
import { chart } from './chart';
import { aimedFigures, serverFigures } from './figures';
import type { Figure, Measured, ServerFigures } from './figures';
import type { Plan } from './plan';
import { report } from './report';
import { peers } from './servers/index';
import type { PeerId } from './servers/peer';
import { significant, spread } from './statistics';
import { recordHardening } from '../recorder/hardening';
import type { Origin } from '../recorder/origin';
import { RESULTS, writeResult } from '../recorder/results';

/** What the figures depend on besides the commit. */
export interface Conditions {
  readonly rotations: number;
  /** SHA-256 of the model file. */
  readonly model: string;
  /** Version. */
  readonly onnxruntime: string;
  readonly load_generator: string;
  /** Largest difference of a score from ONNX Runtime's, over all servers and forms. */
  readonly largest_score_difference: number;
  /** Median over all slices of the share of the server's core that other work had. */
  readonly other_work_share: number;
}

type Recorded = Figure & Origin;

/** The content of docs/results/model-server.json. */
export interface Results extends Origin {
  readonly conditions: Conditions;
  readonly ratios: Readonly<Record<string, Recorded>>;
  readonly rss_mb_after_1m: Recorded;
  readonly cold_start_ms: Recorded;
  /** Medians and ranges that the ratios come from. */
  readonly servers: Readonly<Record<PeerId, ServerFigures & { readonly title: string }>>;
}

export function results(
  measured: Measured,
  origin: Origin,
  conditions: Omit<Conditions, 'other_work_share'>,
): Results {
  const aimed = aimedFigures(measured);
  const other = spread(measured.slices.map(({ otherShare }) => otherShare));
  return {
    ...origin,
    conditions: { ...conditions, other_work_share: significant(other.median) },
    ratios: Object.fromEntries(
      Object.entries(aimed.ratios).map(([name, value]) => [name, { ...value, ...origin }]),
    ),
    rss_mb_after_1m: { ...aimed.rss_mb_after_1m, ...origin },
    cold_start_ms: { ...aimed.cold_start_ms, ...origin },
    servers: Object.fromEntries(
      peers.map(({ id, title }) => [id, { title, ...serverFigures(measured, id) }]),
    ) as Results['servers'],
  };
}

/**
 * Writes model-server.{json,md,svg}, and memory and start among the figures of hardening; quick runs are kept apart from
 * what is published. Returns the folder.
 */
export function writeResults(found: Results, { quick }: Plan): string {
  const folder = quick ? join(ROOT, '.mlops/bench/quick') : RESULTS;
  writeResult('model-server', found, report(found), folder);
  writeFileSync(join(folder, 'model-server.svg'), chart(found));
  const { rss_mb_after_1m, cold_start_ms } = found;
  const figures = { rss_mb_after_1m: rss_mb_after_1m.value, cold_start_ms: cold_start_ms.value };
  if (!quick) recordHardening(figures, found.command);
  return folder;
}
