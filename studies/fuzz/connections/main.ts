/**
 * What clients do to connections, against the bundled model server: generated cases of pipelining, half-closes, held
 * bodies, slow readers and nonsense, each with its right answers; then every attack at once beside honest requests, straight
 * and, where NGINX_ROOT or the machine has the gateway's nginx, through the gateway. Full runs are recorded in
 * docs/results/hardening.{json,md}. The server runs as in its image.
 * usage: [CONNECTION_CASES=5000] [ATTACK_SECONDS=300] [ATTACK_KINDS=bytes,unread] [FUZZ_SEED=number] main.ts
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { BUNDLE, bundle } from '../../../model-server/build';
import { readFixture, writePackage } from '../../../model-server/testing/package';
import { spawnServer } from '../../../model-server/testing/server-process';
import type { ServerProcess } from '../../../model-server/testing/server-process';
import { proofOf } from '../../../model-server/testing/trees/proof';
import { nodeProgram } from '../../../toolchain/index';
import { openStore } from '../../../toolchain/store';
import { nodeBinary } from '../../bench/servers/node';
import { recordHardening } from '../../recorder/hardening';
import { NGINX_MISSING, findNginx } from '../../gateway/nginx-program';
import { ATTACKS } from './attacks';
import { generated } from './cases';
import type { Random } from './cases';
import { startGateway } from './gateway';
import { honestClients } from './honest';

const FULL_CASES = 5_000;
const FULL_SECONDS = 300;
const LANES = 16;
const HONEST_PER_SECOND = 200;
const SETTLING_MILLISECONDS = 15_000;

const cases = Number(process.env.CONNECTION_CASES ?? FULL_CASES);
const seconds = Number(process.env.ATTACK_SECONDS ?? FULL_SECONDS);
/** All unless named. */
const kinds = (process.env.ATTACK_KINDS ?? '').split(',').filter((kind) => kind !== '');
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Seeded numbers from 0 to 1: a Weyl sequence, mixed as in MurmurHash 3. */
function randomOf(start: number): Random {
  let state = start;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

function peakMib({ pid }: ServerProcess): number {
  const [, kib = 'NaN'] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

async function metricsOf(port: number): Promise<string | undefined> {
  return fetch(`http://127.0.0.1:${port}/metrics`)
    .then((answer) => answer.text())
    .catch(() => undefined);
}

/** Gauges of work under way that are not zero once nobody asks; the scrape itself is one request. */
async function gaugesNotZero(port: number): Promise<readonly string[]> {
  const deadline = performance.now() + SETTLING_MILLISECONDS;
  for (;;) {
    const text = await metricsOf(port);
    // At first the attack's connections still take all the room that there is for unread answers.
    const off =
      text === undefined
        ? ['no answer to /metrics']
        : [
            ...text.matchAll(
              /^(model_server_(?:requests_in_flight|held_bytes|batch_waiting_requests))\{[^}]*\} (\d+)$/gm,
            ),
          ]
            .map(
              ([, name = '', value]) => [name, Number(value) - (name.endsWith('in_flight') ? 1 : 0)] as const,
            )
            .filter(([, value]) => value !== 0)
            .map(([name, value]) => `${name} ${value}`);
    if (off.length === 0 || performance.now() > deadline) return off;
    await sleep(200);
  }
}

/** The Node that the model server's image has. */
async function imageNode(): Promise<string> {
  const report = (line: string) => {
    console.log(line);
  };
  return nodeBinary(await openStore().make(nodeProgram, { report, signal: new AbortController().signal }));
}

async function withServer<Result>(
  run: (server: ServerProcess, port: number) => Promise<Result>,
  env: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const modelDir = await writePackage({ proof: await proofOf(await readFixture('tiny.onnx'), 4) });
  const server = spawnServer(BUNDLE, { MODEL_DIR: modelDir, LOG_LEVEL: 'info', ...env }, node);
  try {
    const { port } = await server.ready;
    return await Promise.race([
      run(server, port),
      server.exit.then((code) => {
        throw new Error(`the server ended with ${code}: ${JSON.stringify(server.log.slice(-3))}`);
      }),
    ]);
  } finally {
    server.kill('SIGKILL');
    rmSync(modelDir, { recursive: true, force: true });
  }
}

async function fuzz(): Promise<Readonly<Record<string, number>>> {
  return withServer(async (server, port) => {
    const wrong: string[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let number = next++; number < cases; number = next++) {
        const outcome = await generated(port, randomOf(seed + number));
        if (outcome !== undefined) wrong.push(`FUZZ_SEED=${seed + number}: ${outcome}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const gauges = await gaugesNotZero(port);
    const errors = server.log.filter(({ level }) => level === 'error' || level === 'fatal');
    for (const line of [...wrong, ...gauges, ...errors.map((each) => JSON.stringify(each))].slice(0, 20))
      console.log(line);
    return {
      connection_cases: cases,
      connection_cases_wrong: wrong.length + errors.length,
      connection_peak_mib: peakMib(server),
      gauges_not_zero: gauges.length,
    };
  });
}

/** What honest clients saw while every attack ran. */
interface Attacked {
  readonly requests: number;
  readonly failures: number;
  readonly healthP99Ms: number;
}

async function attacked(port: number): Promise<Attacked> {
  const attacker = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('attacker.ts', import.meta.url)), String(port), '2', ...kinds],
    { stdio: 'inherit' },
  );
  const { requests, failures, health } = await honestClients(port, HONEST_PER_SECOND, seconds);
  attacker.kill('SIGKILL');
  for (const line of failures.slice(0, 20)) console.log(line);
  const sorted = [...health].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  console.log(`health p50 ${at(0.5).toFixed(1)} ms, largest ${at(1).toFixed(1)} ms`);
  return { requests, failures: failures.length, healthP99Ms: at(0.99) };
}

async function attack(): Promise<Readonly<Record<string, number>>> {
  return withServer(async (server, port) => {
    const { requests, failures, healthP99Ms } = await attacked(port);
    const gauges = await gaugesNotZero(port);
    for (const line of gauges) console.log(line);
    return {
      attack_minutes: seconds / 60,
      attack_kinds: kinds.length > 0 ? kinds.length : Object.keys(ATTACKS).length,
      attack_honest_requests: requests,
      attack_honest_failures: failures,
      server_peak_mib: peakMib(server),
      health_p99_ms_under_attack: healthP99Ms,
      attack_gauges_not_zero: gauges.length,
    };
  });
}

async function attackThroughGateway(): Promise<Readonly<Record<string, number>>> {
  const nginx = findNginx();
  if (nginx === undefined) {
    console.log(NGINX_MISSING);
    return {};
  }
  return withServer(
    async (server, port) => {
      const gateway = await startGateway(nginx, port, 'tiny', '/v2/models/tiny/ready');
      try {
        const { requests, failures, healthP99Ms } = await attacked(gateway.port);
        const gauges = await gaugesNotZero(port);
        for (const line of gauges) console.log(line);
        return {
          gateway_honest_requests: requests,
          gateway_honest_failures: failures,
          gateway_peak_mib: gateway.peakMib(),
          gateway_server_peak_mib: peakMib(server),
          gateway_health_p99_ms: healthP99Ms,
          gateway_gauges_not_zero: gauges.length,
        };
      } finally {
        await gateway.stop();
      }
    },
    // As the gateway's chart is rendered for its tests.
    { MODEL_VERSION: '2' },
  );
}

await bundle();
const node = await imageNode();
const found = {
  ...(cases > 0 ? await fuzz() : {}),
  ...(seconds > 0 ? await attack() : {}),
  ...(seconds > 0 ? await attackThroughGateway() : {}),
};
console.log(`seed ${seed}`, found);
const isFull = (cases >= FULL_CASES || cases === 0) && (seconds >= FULL_SECONDS || seconds === 0);
if (isFull && kinds.length === 0) recordHardening(found, 'make fuzz');
const bad = [
  'connection_cases_wrong',
  'gauges_not_zero',
  'attack_honest_failures',
  'attack_gauges_not_zero',
  'gateway_honest_failures',
  'gateway_gauges_not_zero',
] as const;
if (bad.some((key) => ((found as Record<string, number>)[key] ?? 0) > 0)) process.exitCode = 1;
