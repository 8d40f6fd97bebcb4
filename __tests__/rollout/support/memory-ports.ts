import type { Release } from '../../../contracts/release-list';
import type { RolloutEvent } from '../../../rollout/events';
import type { Command } from '../../../rollout/engine';
import type { ClaimRecord, Holder, Liveness, Ports } from '../../../rollout/ports';
import type { ReplayPorts } from '../../../rollout/replay/ports';
import { noReleases, stateOf, type ModelState, type Releases } from '../../../rollout/releases';

export const MODEL = 'fraud';
export const image = (version: string) =>
  `registry.mlops:5000/models/fraud@sha256:${version.repeat(64).slice(0, 64)}`;

/** The clock starts here; commands are given at this moment. */
export const START = new Date('2026-01-01T12:00:00.000Z');

export const release = (version: string, weight: number): Release => ({
  version,
  image: image(version),
  weight,
});

/** A state in which the versions were deployed one after another; the last one serves, two are kept. */
export function deployed(...versions: string[]): ModelState {
  const entries = versions.map((version, index) => ({
    at: new Date(START.getTime() - (versions.length - index) * 60_000).toISOString(),
    by: 'ada@laptop',
    action: 'deploy' as const,
    model: MODEL,
    version,
    from: versions[index - 1] ?? null,
    image: image(version),
    note: '',
  }));
  const [current, former] = [versions.at(-1), versions.at(-2)];
  return {
    versions: [
      ...(current === undefined ? [] : [release(current, 100)]),
      ...(former === undefined ? [] : [release(former, 0)]),
    ],
    entries,
  };
}

export function stored(state: ModelState, model = MODEL): Releases {
  return {
    list: { schema: 1, models: { [model]: { versions: state.versions } } },
    history: { schema: 1, entries: state.entries },
  };
}

/** Versions and weights, most traffic first. */
export const shape = ({ versions }: ModelState) =>
  [...versions]
    .sort((a, b) => b.weight - a.weight)
    .map(({ version, weight }) => `${version}:${weight}`)
    .join(' ');

/** A platform in memory that several commands share: what is stored, what runs and where requests go. */
export class MemoryPlatform {
  releases: Releases = noReleases;
  revision = 0;
  readonly claims = new Map<string, { record: ClaimRecord; revision: number }>();
  /** Versions whose pods run, as `model@version`. */
  running = new Set<string>();
  routes: Record<string, Readonly<Record<string, number>>> = {};
  aliases: Record<string, string> = {};
  registered = ['1', '2', '3', '4'];
  now = START.getTime();
  applies = 0;
  thoroughApplies = 0;
  liveness: (holder: Holder) => Liveness = () => 'alive';
  /** Called before each operation on anything outside; throws to make it fail. */
  before: (operation: string) => void = () => undefined;
  /** The prediction log; undefined on a platform without one. */
  replay: ReplayPorts | undefined;
  /** Every list that was ever stored. */
  readonly lists: string[] = [];

  constructor(state?: ModelState) {
    if (!state) return;
    this.releases = stored(state);
    this.follow();
    this.routes = { [MODEL]: weights(state) };
    const champion = state.versions.find(({ weight }) => weight > 0)?.version;
    if (champion !== undefined) this.aliases.champion = champion;
  }

  get state(): ModelState {
    return stateOf(this.releases, MODEL);
  }

  /** Makes what runs be what the list says. */
  follow(): void {
    this.running = new Set(
      Object.entries(this.releases.list.models).flatMap(([model, { versions }]) =>
        versions.map(({ version }) => `${model}@${version}`),
      ),
    );
  }

  /** The platform as one process sees it. */
  ports(pid = 1): Ports {
    const ask = (operation: string) => {
      this.before(operation);
    };
    return {
      document: {
        read: async () => {
          ask('read');
          return Promise.resolve({ releases: this.releases, revision: String(this.revision) });
        },
        replace: async (revision, releases) => {
          ask('replace');
          if (revision !== String(this.revision)) return Promise.resolve(false);
          this.revision += 1;
          this.releases = releases;
          this.lists.push(shape(stateOf(releases, MODEL)));
          return Promise.resolve(true);
        },
      },
      claims: {
        read: async (model) => {
          ask('claims.read');
          const found = this.claims.get(model);
          return Promise.resolve(found && { record: found.record, revision: String(found.revision) });
        },
        write: async (model, revision, record) => {
          ask('claims.write');
          const found = this.claims.get(model);
          if ((found === undefined ? undefined : String(found.revision)) !== revision)
            return Promise.resolve(undefined);
          const next = (found?.revision ?? 0) + 1;
          this.claims.set(model, { record, revision: next });
          return Promise.resolve(String(next));
        },
      },
      processes: {
        self: { who: 'ada@laptop', host: 'laptop', pid, incarnation: String(pid) },
        liveness: (holder) => this.liveness(holder),
      },
      cluster: {
        apply: async ({ thorough }) => {
          ask('apply');
          this.applies += 1;
          if (thorough) this.thoroughApplies += 1;
          this.follow();
          return Promise.resolve();
        },
        proveCapacity: async () => {
          ask('proveCapacity');
          return Promise.resolve();
        },
      },
      gateway: {
        answers: async (model, version) => {
          ask('answers');
          return Promise.resolve(this.running.has(`${model}@${version}`));
        },
        proveAnswers: async (model, version) => {
          ask('proveAnswers');
          if (!this.running.has(`${model}@${version}`))
            throw new Error(`${model}@${version} does not answer`);
          return Promise.resolve();
        },
        takeUp: async (model, wanted) => {
          ask('takeUp');
          this.routes[model] = wanted;
          return Promise.resolve();
        },
      },
      registry: {
        deployable: async (model, version) => {
          ask('deployable');
          if (!this.registered.includes(version)) throw new Error(`no version ${version} of ${model}`);
          return Promise.resolve({ version, image: image(version) });
        },
        alias: async (_model, alias) => {
          ask('alias');
          return Promise.resolve(this.aliases[alias]);
        },
        setAlias: async (_model, alias, version) => {
          ask(`setAlias ${alias}`);
          this.aliases[alias] = version;
          return Promise.resolve();
        },
      },
      ...(this.replay === undefined ? {} : { replay: this.replay }),
      clock: {
        now: () => new Date((this.now += 1)),
        every: () => () => undefined,
        sleep: async (seconds) => {
          this.now += seconds * 1000;
          return Promise.resolve();
        },
      },
    };
  }
}

const weights = ({ versions }: ModelState) =>
  Object.fromEntries(versions.map(({ version, weight }) => [version, weight]));

export function command(overrides: Partial<Command> = {}): Command & { readonly events: RolloutEvent[] } {
  const events: RolloutEvent[] = [];
  return {
    model: MODEL,
    text: 'mlops test',
    by: 'ada@laptop',
    since: START,
    keep: 2,
    signal: new AbortController().signal,
    onEvent: (event) => void events.push(event),
    ...overrides,
    events,
  };
}
