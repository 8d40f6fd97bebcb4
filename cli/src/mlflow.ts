import { reasonOf } from './cluster/kubernetes';
import { errors } from './errors';
import { basicAuth, type Login } from './login';

export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly runId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
}

interface RawVersion {
  name: string;
  version: string;
  creation_timestamp: number;
  run_id?: string;
  tags?: { key: string; value: string }[];
  aliases?: string[];
}

/** The part of MLflow's REST API that deployments need. Source: MLflow REST API 2.0, model registry. */
export class Mlflow {
  constructor(
    private readonly address: string,
    private readonly credentials: Login,
  ) {}

  /** All versions of a model, newest first; empty when MLflow does not know the model. */
  async versions(model: string): Promise<readonly ModelVersion[]> {
    const query = new URLSearchParams({ filter: `name='${model}'`, max_results: '1000' });
    const { model_versions: raw = [] } = (await this.call(
      'GET',
      `model-versions/search?${query.toString()}`,
    )) as { model_versions?: RawVersion[] };
    const aliases = await this.aliases(model);
    return raw.map((each) => fromRaw(each, aliases)).sort((a, b) => Number(b.version) - Number(a.version));
  }

  /** Alias → version. The search call does not return aliases, so they are read from the model. */
  async aliases(model: string): Promise<Readonly<Record<string, string>>> {
    const answer = (await this.call(
      'GET',
      `registered-models/get?${new URLSearchParams({ name: model }).toString()}`,
      undefined,
      true,
    )) as { registered_model?: { aliases?: { alias: string; version: string }[] } } | undefined;
    const found = answer?.registered_model?.aliases ?? [];
    return Object.fromEntries(found.map(({ alias, version }) => [alias, version]));
  }

  async setAlias(model: string, alias: string, version: string): Promise<void> {
    await this.call('POST', 'registered-models/alias', { name: model, alias, version });
  }

  /** Metrics of a run, by name. */
  async metrics(runId: string): Promise<Readonly<Record<string, number>>> {
    const answer = (await this.call(
      'GET',
      `runs/get?${new URLSearchParams({ run_id: runId }).toString()}`,
    )) as {
      run?: { data?: { metrics?: { key: string; value: number }[] } };
    };
    return Object.fromEntries((answer.run?.data?.metrics ?? []).map(({ key, value }) => [key, value]));
  }

  private async call(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    missingIsUndefined = false,
  ): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${this.address}/api/2.0/mlflow/${path}`, {
        method,
        headers: {
          authorization: basicAuth(this.credentials),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(15_000),
      });
    } catch (error) {
      throw errors.unavailable('MLflow', this.address, reasonOf(error));
    }
    const text = await response.text();
    if (response.ok) return text === '' ? {} : JSON.parse(text);
    if (missingIsUndefined && text.includes('RESOURCE_DOES_NOT_EXIST')) return undefined;
    // MLflow answers 500 while its database is unavailable.
    throw errors.unavailable(
      'MLflow',
      this.address,
      `HTTP ${String(response.status)}: ${text.slice(0, 300)}`,
    );
  }
}

function fromRaw(raw: RawVersion, aliases: Readonly<Record<string, string>>): ModelVersion {
  return {
    name: raw.name,
    version: raw.version,
    createdAt: new Date(raw.creation_timestamp).toISOString(),
    runId: raw.run_id ?? '',
    tags: Object.fromEntries((raw.tags ?? []).map(({ key, value }) => [key, value])),
    aliases: Object.keys(aliases).filter((alias) => aliases[alias] === raw.version),
  };
}
