import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../../contracts/repository';
import { unexpected } from './unexpected';

const POLL_SECONDS = 15;

interface Part {
  readonly name: string;
  readonly address: string;
  readonly username?: string;
  readonly password?: string;
}

/** The alerts of the platform that runs here, as its Prometheus sees them, for so many minutes. */
export async function watch(
  minutes: number,
  report: (line: string) => void,
): Promise<{ readonly minutes: number; readonly alerts: readonly Readonly<Record<string, string>>[] }> {
  // The command line knows addresses and passwords, wherever the platform is.
  const printed = execFileSync(join(ROOT, 'mlops'), ['open', '--json'], { cwd: ROOT, encoding: 'utf8' });
  const part = (JSON.parse(printed) as readonly Part[]).find(({ name }) => name === 'prometheus');
  if (part === undefined)
    throw new Error('mlops open lists no Prometheus: platform.yaml says monitoring other than bundled');
  const login = Buffer.from(`${part.username ?? ''}:${part.password ?? ''}`).toString('base64');
  const start = performance.now();
  const seen = new Map<string, Readonly<Record<string, string>>>();
  let looks = 0;
  let isAlive = true;
  while (performance.now() - start < minutes * 60_000) {
    const response = await fetch(`${part.address}/api/v1/alerts`, {
      headers: { authorization: `Basic ${login}` },
    });
    if (!response.ok) throw new Error(`GET ${part.address}/api/v1/alerts: status ${response.status}`);
    const { data } = (await response.json()) as {
      data: { alerts: readonly { labels: Readonly<Record<string, string>>; state: string }[] };
    };
    const firing = data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
    // Without it nothing is evaluated, and silence says nothing.
    isAlive &&= firing.some(({ alertname }) => alertname === 'Watchdog');
    for (const labels of unexpected(firing)) {
      const key = JSON.stringify(labels);
      if (!seen.has(key)) report(`fires: ${key}`);
      seen.set(key, labels);
    }
    looks += 1;
    await sleep(POLL_SECONDS * 1_000);
  }
  if (!isAlive || looks === 0)
    throw new Error('Watchdog did not fire at every look: the rules are not evaluated');
  return { minutes: (performance.now() - start) / 60_000, alerts: [...seen.values()] };
}
