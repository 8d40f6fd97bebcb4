import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import type { Release } from '../../../contracts/release-list';
import { SERVICE } from '../../../contracts/services';
import { healthQueries } from '../../../monitoring/queries/health';
import { UserError } from '../errors';
import { Prometheus } from '../prometheus';
import { login, withEndpoint, type Session } from '../session';
import { burnOf, type Burn } from './burn';
import { driftOf, type DriftHealth } from './drift';
import { qualityOf, type Answers, type QualityHealth } from './quality';

export interface VersionHealth {
  readonly version: string;
  /** Share of the traffic in percent. */
  readonly weight: number;
  readonly quality: QualityHealth;
  readonly drift: DriftHealth;
}

export interface ModelHealth {
  /** `ok`, or why Prometheus was not asked or did not answer. */
  readonly prometheus: string;
  /** Empty unless Prometheus answered. */
  readonly versions: readonly VersionHealth[];
  readonly burn: readonly Burn[];
}

export function healthOf(answers: Answers, versions: readonly Release[]): ModelHealth {
  return {
    prometheus: 'ok',
    versions: versions.map(({ version, weight }) => ({
      version,
      weight,
      quality: qualityOf(answers, version),
      drift: driftOf(answers, version),
    })),
    burn: burnOf(answers),
  };
}

/** What Prometheus says of a model's running versions. Never throws: a broken monitoring stack is a state. */
export async function readHealth(
  session: Session,
  model: string,
  versions: readonly Release[],
): Promise<ModelHealth> {
  const { monitoring } = session.config;
  if (monitoring !== 'bundled') return unknown(notBundled(monitoring));
  try {
    const where = { name: SECRET.prometheus, namespace: NAMESPACE.monitoring };
    const password = await login(session, SERVICE.prometheus.title, where);
    const answers = await withEndpoint(session, 'prometheus', (address) =>
      new Prometheus(address, password).queries(healthQueries(model)),
    );
    return healthOf(answers, versions);
  } catch (error) {
    return unknown(inOneLine(error));
  }
}

function notBundled(monitoring: 'existing' | 'none'): string {
  return monitoring === 'none'
    ? 'not bundled (monitoring: none)'
    : 'not bundled (monitoring: existing): ask the Prometheus of the cluster';
}

function unknown(prometheus: string): ModelHealth {
  return { prometheus, versions: [], burn: [] };
}

function inOneLine(error: unknown): string {
  if (error instanceof UserError) {
    const { what, got } = error.problem;
    return got === undefined ? what : `${what.replace(/\.$/, '')}: ${got}`;
  }
  return error instanceof Error ? error.message : String(error);
}
