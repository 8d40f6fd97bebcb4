import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepLogin } from '../../../cli/src/cluster/registry-login';
import { basicAuth, type Login } from '../../../cli/src/login';
import { login, withEndpoint } from '../../../cli/src/session';
import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { runCommand } from '../../../toolchain/command';
import { crane } from '../../../toolchain/index';
import { progress, within } from '../../support/within';
import { platform } from './cluster';
import { exampleRequest, root } from './platform';

/** What is wrong with a version; `none`: nothing, it only is another version. */
export type Fault = 'none' | 'errors' | 'slow' | 'constant' | 'alarms' | 'hang' | 'crash';

/** How long an answer of a part of the platform may take, and a program that sends a few kilobytes to it. */
const ANSWER_SECONDS = 60;
const PROGRAM_SECONDS = 120;

interface Registered {
  readonly source: string;
  readonly run_id?: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/**
 * Registers a version that is a packaged one with a fault of its server.
 * @returns the new version
 */
export async function registerSpoilt(model: string, from: string, fault: Fault): Promise<string> {
  progress(`registers version ${from} of ${model} again, spoilt: ${fault}`);
  const former = (
    (await mlflow('GET', `model-versions/get?name=${model}&version=${from}`)) as { model_version: Registered }
  ).model_version;
  const tags = Object.fromEntries(former.tags.map(({ key, value }) => [key, value]));
  const created = (await mlflow('POST', 'model-versions/create', {
    name: model,
    source: former.source,
    ...(former.run_id === undefined ? {} : { run_id: former.run_id }),
    description: `version ${from}, spoilt by a test: ${fault}`,
  })) as { model_version: { version: string } };
  const { version } = created.model_version;
  progress(`adds the fault to ${tags.image_digest ?? 'no image'}, as version ${version}`);
  const digest = await pushSpoilt(model, tags.image_digest ?? '', version, fault);
  const image = (tags.image ?? '').replace(/@.*$/, `@${digest}`);
  // image_digest comes last: it makes the version deployable.
  for (const [key, value] of [
    ['image', image],
    ['image_digest', digest],
  ])
    await mlflow('POST', 'model-versions/set-tag', { name: model, version, key, value });
  progress(`version ${version} is registered: ${digest}`);
  return version;
}

/** Adds the fault as a layer, without touching what is below. @returns the digest */
async function pushSpoilt(model: string, digest: string, version: string, fault: Fault): Promise<string> {
  const session = platform();
  const password = await credentials('The OCI registry', SECRET.ociRegistryPush);
  const folder = mkdtempSync(join(tmpdir(), 'spoilt-'));
  try {
    mkdirSync(join(folder, 'spoilt'));
    copyFileSync(join(root, '__tests__/e2e/support/spoilt/hook.mjs'), join(folder, 'spoilt/hook.mjs'));
    writeFileSync(join(folder, 'spoilt/request.json'), JSON.stringify(sameRows()));
    const layer = join(folder, 'layer.tar');
    const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mode=a+rX'];
    await program('tar', [...owner, '--create', '--file', layer, '--directory', folder, 'spoilt']);
    // Not synchronously: where the registry is reached by a forwarded port, this process forwards.
    return await withEndpoint(session, 'ociRegistry', async (address) => {
      const host = address.replace('http://', '');
      const env = keepLogin(session.config, host, password);
      const spoils =
        fault === 'none'
          ? []
          : ['--env', 'NODE_OPTIONS=--import=/spoilt/hook.mjs', '--env', `SPOILT=${fault}`];
      const run = (...args: string[]) => program(crane(session.source.source), args, env);
      await run(
        ...['mutate', '--append', layer, ...spoils, '--label', `spoilt=${fault}-${version}`],
        ...['--tag', `${host}/models/${model}:${version}`, `${host}/models/${model}@${digest}`],
      );
      return run('digest', `${host}/models/${model}:${version}`);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The example request with its first row throughout: rows that differ get scores that do. */
function sameRows(): object {
  const example = JSON.parse(readFileSync(exampleRequest, 'utf8')) as {
    readonly inputs: readonly { readonly data: readonly unknown[] }[];
  };
  const inputs = example.inputs.map((input) => ({ ...input, data: input.data.map(() => input.data[0]) }));
  return { ...example, inputs };
}

/** Runs a program to its end. @returns what it printed */
async function program(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const lines: string[] = [];
  const { stdout } = await within(
    PROGRAM_SECONDS,
    `the end of ${[file, ...args].join(' ')}`,
    (signal) =>
      runCommand(file, args, { env, signal, onAbort: 'terminate', onLine: (line) => lines.push(line) }),
    () => lines.slice(-5).join('\n') || 'no output',
  );
  return stdout.trim();
}

function credentials(title: string, name: string): Promise<Login> {
  return within(ANSWER_SECONDS, `Secret ${NAMESPACE.registry}/${name}`, () =>
    login(platform(), title, { name, namespace: NAMESPACE.registry }),
  );
}

async function mlflow(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const who = await credentials('MLflow', SECRET.mlflow);
  return withEndpoint(platform(), 'mlflow', (address) =>
    within(ANSWER_SECONDS, `MLflow's answer to ${method} ${path}`, async (signal) => {
      const response = await fetch(`${address}/api/2.0/mlflow/${path}`, {
        method,
        headers: { authorization: basicAuth(who), 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal,
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`HTTP ${String(response.status)}: ${text.slice(0, 300)}`);
      return JSON.parse(text) as unknown;
    }),
  );
}
