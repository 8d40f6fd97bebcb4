import { serving, stateOf } from '../../../rollout/releases';
import { readReleases } from '../../../rollout/kubernetes/release-document';
import { progress } from '../../support/within';
import { api } from './cluster';
import { mlopsSucceeds } from './platform';
import { registerSpoilt } from './spoilt-version';

/** A version that starts, with Terraform and a node that pulls its image. */
const DEPLOY_SECONDS = 420;

/** Two versions that run, of which the second has the traffic. The first had it before. */
export interface TwoVersions {
  readonly first: string;
  readonly second: string;
}

/** Deploys a version like the one that serves, after it. */
export async function withSecondVersion(): Promise<TwoVersions> {
  const { version: first } = serving(stateOf(await readReleases(api()), 'fraud')) ?? {};
  if (first === undefined) throw new Error('no version serves; the release list gives none a weight');
  const second = await registerSpoilt('fraud', first, 'none');
  await mlopsSucceeds(['deploy', `fraud@${second}`], { seconds: DEPLOY_SECONDS });
  progress(`version ${second} serves, version ${first} is its standby`);
  return { first, second };
}
