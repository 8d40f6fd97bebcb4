import { Agent, request } from 'node:http';

import { inferRequest } from '../../../model-server/testing/app';

const BODY = JSON.stringify(inferRequest());

export interface Served {
  readonly requests: number;
  readonly failures: readonly string[];
  /** Milliseconds of each health answer. */
  readonly health: readonly number[];
}

/** Sends single rows at a steady rate and asks for health twenty times a second, for so many seconds. */
export async function honestClients(port: number, perSecond: number, seconds: number): Promise<Served> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const failures: string[] = [];
  const health: number[] = [];
  const waiting: Promise<void>[] = [];
  let requests = 0;
  const ask = async (method: string, path: string, body?: string): Promise<void> => {
    const started = performance.now();
    const status = await statusOf(agent, port, method, path, body).catch(String);
    if (path.endsWith('/live')) health.push(performance.now() - started);
    if (status !== 200) failures.push(`${path}: ${status}`);
  };
  const started = performance.now();
  for (let due = 0, last = 0; due < seconds; due = (performance.now() - started) / 1000) {
    for (; requests < due * perSecond; requests++) waiting.push(ask('POST', '/v2/models/tiny/infer', BODY));
    if (due - last >= 0.05) {
      last = due;
      waiting.push(ask('GET', '/v2/health/live'));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(waiting);
  agent.destroy();
  return { requests, failures, health };
}

function statusOf(
  agent: Agent,
  port: number,
  method: string,
  path: string,
  body = '',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request({ host: '127.0.0.1', port, method, path, agent, headers }, (response) => {
      response.resume().once('error', reject);
      response.once('end', () => {
        resolve(response.statusCode);
      });
    });
    sent.once('error', reject).end(body);
  });
}
