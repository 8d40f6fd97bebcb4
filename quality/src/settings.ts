import { isMeasure } from './models';
import type { QualityModel } from './models';

/** Everything that can be set from outside. */
export interface Settings {
  /** QUALITY_DATABASE_URL: `postgres://…`; what it leaves out comes from PGPASSWORD, PGSSLMODE and their kin. Required. */
  readonly databaseUrl: string;
  /** QUALITY_MODELS: JSON, see {@link QualityModel}; labels of no other model are taken. Required. */
  readonly models: readonly QualityModel[];
  /** LABELS_TOKEN: what callers of the labels service send as bearer token. Required, at least 16 characters. */
  readonly labelsToken: string;
  /** PORT: port to listen on; 0 lets the system choose. @default 8080 */
  readonly port: number;
  /** QUALITY_CYCLE_SECONDS: pause between two cycles. @default 60 */
  readonly cycleSeconds: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An error of a setting: what, the value got, what was expected, how to fix it. */
export class SettingError extends Error {
  constructor(name: string, got: string, expected: string) {
    super(
      `environment variable ${name} cannot be used: got ${got}, expected ${expected}. ` +
        `Set ${name} in the container's environment.`,
    );
    this.name = 'SettingError';
  }
}

const HIDDEN = 'a value that is not shown, since it may hold a secret';
const LEAST_TOKEN = 16;

export function readSettings(env: Environment): Settings {
  return {
    databaseUrl: databaseUrl(env),
    models: models(env),
    labelsToken: labelsToken(env),
    port: integer(env, 'PORT', 8080, 0, 65_535),
    cycleSeconds: integer(env, 'QUALITY_CYCLE_SECONDS', 60, 1, 3_600),
  };
}

/** Also all that a migration needs. */
export function databaseUrl(env: Environment): string {
  const url = env.QUALITY_DATABASE_URL ?? '';
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return url;
  const got = url === '' ? 'nothing' : HIDDEN;
  throw new SettingError('QUALITY_DATABASE_URL', got, 'postgres://user@host:port/database');
}

function labelsToken(env: Environment): string {
  const token = env.LABELS_TOKEN ?? '';
  if (token.length >= LEAST_TOKEN) return token;
  const got = `${token.length} characters`;
  throw new SettingError('LABELS_TOKEN', got, `at least ${LEAST_TOKEN} characters`);
}

function models(env: Environment): QualityModel[] {
  const text = env.QUALITY_MODELS ?? '';
  const refused = (): SettingError =>
    new SettingError(
      'QUALITY_MODELS',
      text === '' ? 'nothing' : text,
      'JSON such as [{"name":"fraud","labelDays":7,"gates":{"average_precision":0.45}}]',
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused();
  }
  if (!Array.isArray(value) || value.length === 0) throw refused();
  return value.map((each: unknown) => {
    if (typeof each !== 'object' || each === null) throw refused();
    const { name, labelDays, gates = {} } = each as Readonly<Record<string, unknown>>;
    if (typeof name !== 'string' || name === '') throw refused();
    if (typeof labelDays !== 'number' || !Number.isInteger(labelDays) || labelDays < 0) throw refused();
    if (typeof gates !== 'object' || gates === null) throw refused();
    return { name, labelDays, gates: gatesOf(gates, refused) };
  });
}

/** Gates on metrics of the model's own are left out: they are computed from more than scores and labels. */
function gatesOf(gates: object, refused: () => SettingError): QualityModel['gates'] {
  const known: QualityModel['gates'] = {};
  for (const [measure, least] of Object.entries(gates)) {
    if (typeof least !== 'number') throw refused();
    if (isMeasure(measure)) Object.assign(known, { [measure]: least });
  }
  return known;
}

function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new SettingError(name, JSON.stringify(text), `a whole number from ${min} to ${max}`);
}
