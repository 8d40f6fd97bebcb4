import type { Canary, GateRecord, Verdict } from './canary';
import { NAMESPACE } from './namespaces';

/** The ConfigMap with the running versions, their traffic split, and the history. */
export const RELEASE_LIST = {
  namespace: NAMESPACE.serving,
  name: 'release-list',
  /** Key that holds a {@link ReleaseList}. */
  releases: 'releases.json',
  /** Key that holds a {@link History}. */
  history: 'history.json',
} as const;

/** One running version of a model. */
export interface Release {
  readonly version: string;
  /** Immutable image reference, `registry/repository@sha256:…`. */
  readonly image: string;
  /** Share of the traffic in percent; 0 is a standby. */
  readonly weight: number;
}

export interface ModelReleases {
  readonly versions: readonly Release[];
  /** While a canary takes part of the traffic, or is in probation. */
  readonly canary?: Canary;
}

export interface ReleaseList {
  readonly schema: 1;
  readonly models: Readonly<Record<string, ModelReleases>>;
}

export interface HistoryEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `user@host`, or the CI build that did it. */
  readonly by: string;
  /** `canary`: it began. `step`: its weight was raised. Only the others change which version serves. */
  readonly action: 'deploy' | 'rollback' | 'canary' | 'step';
  readonly model: string;
  readonly version: string;
  /** The version that served before, if any. */
  readonly from: string | null;
  readonly image: string;
  readonly note: string;
  /** Why a canary went on or ended, one of a few words. */
  readonly reason?: string;
  readonly verdict?: Verdict;
  /** What the verdict rests on. */
  readonly evidence?: readonly GateRecord[];
}

export interface History {
  readonly schema: 1;
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
}

export const emptyReleaseList: ReleaseList = { schema: 1, models: {} };
export const emptyHistory: History = { schema: 1, entries: [] };

/**
 * JSON Schema (draft 7) of {@link ReleaseList}. What a schema cannot say is checked in code: that a model lists each
 * version once, that its weights add up to 100, or to 0 while a first version starts, and that both versions of a canary are
 * listed and its lease is a time.
 */
export const releaseListSchema = {
  type: 'object',
  required: ['schema', 'models'],
  properties: {
    schema: { const: 1 },
    models: {
      type: 'object',
      propertyNames: { pattern: '^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$' },
      additionalProperties: {
        type: 'object',
        required: ['versions'],
        properties: {
          versions: {
            type: 'array',
            items: {
              type: 'object',
              required: ['version', 'image', 'weight'],
              properties: {
                version: { type: 'string', pattern: '^[1-9][0-9]*$' },
                image: { type: 'string', pattern: '@sha256:[0-9a-f]{64}$' },
                weight: { type: 'integer', minimum: 0, maximum: 100 },
              },
            },
          },
          canary: {
            type: 'object',
            required: ['version', 'champion', 'phase', 'step', 'by', 'plan', 'past'],
            properties: {
              version: { type: 'string', pattern: '^[1-9][0-9]*$' },
              champion: { type: 'string', pattern: '^[1-9][0-9]*$' },
              phase: { enum: ['canary', 'probation'] },
              step: { type: 'integer', minimum: 0 },
              since: { type: 'string' },
              until: { type: 'string' },
              by: { type: 'string' },
              plan: {
                type: 'object',
                required: [
                  'steps',
                  'leastRequests',
                  'margins',
                  'risk',
                  'stepMinutes',
                  'withoutEvidence',
                  'probationMinutes',
                ],
              },
              replay: { type: 'object', required: ['at', 'tallies', 'why'] },
              past: { type: 'array' },
            },
          },
        },
      },
    },
  },
} as const;

/** Name of the Helm release, Deployment and Service of a version. */
export function releaseName(model: string, version: string): string {
  return `${model}-v${version}`;
}

/**
 * The list as Terraform expressions, each without `${}`.
 * @param document expression of the text under {@link RELEASE_LIST}.releases
 */
export function terraformReleaseList(document: string) {
  // No try(): a list that cannot be read must fail the plan, not look like one without versions.
  const models = `jsondecode(${document}).models`;
  const name = releaseName('${model}', '${v.version}');
  return {
    /** Map of release name to {model, version, image}, for `for_each`. */
    versions:
      `{ for entry in flatten([for model, spec in ${models} : [for v in spec.versions :` +
      ` { key = "${name}", model = model, version = v.version, image = v.image }]]) : entry.key => entry }`,
    /** Map of model to {versions: [{version, service}]}. Weights are no values: the gateway reads the list itself. */
    routes:
      `{ for model, spec in ${models} : model => { versions = [for v in spec.versions :` +
      ` { version = v.version, service = "${name}" }] } }`,
  };
}
