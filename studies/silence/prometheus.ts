import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** One series of an answer: labels, and pairs of a time in seconds and a value as text. */
export interface RangeSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

const START_SECONDS = 300;
/** It ends itself then, whatever becomes of this program. */
const LIFETIME_SECONDS = 6 * 3_600;
/** Prometheus answers no more than 11,000 points a series. */
const MOST_POINTS = 10_000;

/** A Prometheus that scrapes nothing and shows the blocks of a folder. */
export class Prometheus {
  private process: ChildProcess | undefined;
  private readonly end = (): void => {
    this.process?.kill();
  };

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  static async over(program: string, folder: string): Promise<Prometheus> {
    mkdirSync(blocksOf(folder), { recursive: true });
    writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n');
    const prometheus = new Prometheus(program, folder, await freePort());
    await prometheus.start();
    return prometheus;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sees blocks that were written since it started. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    const running = this.process;
    this.process = undefined;
    process.removeListener('exit', this.end);
    if (running?.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  }

  private async start(): Promise<void> {
    const { program, folder, port } = this;
    this.process = spawn(
      'timeout',
      [
        String(LIFETIME_SECONDS),
        program,
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${blocksOf(folder)}`,
        '--storage.tsdb.retention.time=100y',
        // Merging what was written would cost more than reading it as it is.
        '--storage.tsdb.min-block-duration=2h',
        '--storage.tsdb.max-block-duration=2h',
        '--no-storage.tsdb.allow-overlapping-compaction',
        `--web.listen-address=127.0.0.1:${port}`,
        '--query.timeout=30m',
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const running = this.process;
    process.once('exit', this.end);
    const deadline = Date.now() + 1_000 * START_SECONDS;
    while (!(await this.isReady())) {
      if (running.exitCode !== null) throw new Error(`Prometheus ended with ${running.exitCode}: see above`);
      if (Date.now() > deadline) throw new Error(`Prometheus was not ready after ${START_SECONDS} s`);
      await sleep(200);
    }
  }

  private async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/-/ready`)).ok;
    } catch {
      return false;
    }
  }

  /** Every value of an expression in [from, to], `step` seconds apart. */
  async range(query: string, from: number, to: number, step: number): Promise<RangeSeries[]> {
    const all = new Map<string, { metric: RangeSeries['metric']; values: (readonly [number, string])[] }>();
    for (let start = from; start <= to; start += MOST_POINTS * step) {
      const end = Math.min(to, start + (MOST_POINTS - 1) * step);
      for (const { metric, values } of await this.ask(query, start, end, step)) {
        const key = JSON.stringify(Object.entries(metric).toSorted());
        const known = all.get(key);
        if (known === undefined) all.set(key, { metric, values: [...values] });
        else known.values.push(...values);
      }
    }
    return [...all.values()];
  }

  private async ask(
    query: string,
    start: number,
    end: number,
    step: number,
  ): Promise<readonly RangeSeries[]> {
    const form = { query, start: String(start), end: String(end), step: String(step) };
    const response = await fetch(`${this.url}/api/v1/query_range`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const body = (await response.json()) as {
      status: string;
      error?: string;
      data: { result: readonly RangeSeries[] };
    };
    if (body.status !== 'success') throw new Error(`${body.error ?? response.statusText} of ${query}`);
    return body.data.result;
  }
}

/** Where blocks of a store lie. */
export function blocksOf(folder: string): string {
  return join(folder, 'blocks');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
