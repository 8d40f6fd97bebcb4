import { setTimeout as sleep } from 'node:timers/promises';

import { RawConnection } from '../../../model-server/testing/raw-connection';
import { GOOD, LARGEST, REQUESTS, announced } from './requests';
import type { Sent } from './requests';

/** Numbers from 0 to 1 that a seed determines. */
export type Random = () => number;

/** What went wrong; undefined for nothing. */
export type Outcome = string | undefined;

type Case = (port: number, random: Random) => Promise<Outcome>;

/** The kinds of cases, with how often each comes. */
const KINDS: readonly (readonly [weight: number, run: Case])[] = [
  [10, pipeline],
  [2, heldBody],
  [2, slowReader],
  [2, nonsense],
  [1, cutOff],
];

/** One generated case. */
export function generated(port: number, random: Random): Promise<Outcome> {
  const total = KINDS.reduce((sum, [weight]) => sum + weight, 0);
  let left = random() * total;
  const [, run] = KINDS.find(([weight]) => (left -= weight) < 0) ?? KINDS[0] ?? [1, pipeline];
  return run(port, random);
}

function pick<T>(list: readonly T[], random: Random): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new RangeError('nothing to pick from');
  return found;
}

/** Whether the statuses are those of the requests, up to the first that ends the connection. */
function compare(
  connection: RawConnection,
  requests: readonly Sent[],
  more: readonly number[] = [],
): Outcome {
  const end = requests.findIndex(({ ends = false }) => ends);
  const answered = end === -1 ? requests : requests.slice(0, end + 1);
  const expected = [...answered.map(({ status }) => status), ...(end === -1 ? more : [])].join(' ');
  const got = connection.answers.map(({ status }) => status).join(' ');
  const asked = requests.map(({ text }) => JSON.stringify(text.slice(0, 150))).join(' ');
  return got === expected
    ? undefined
    : `got ${got || 'nothing'}, expected ${expected}, ${connection.ended ? 'and the end' : 'and no end'}, of ${asked}`;
}

/** Requests behind one another, in pieces or at once, with the client's side closed after them or not. */
async function pipeline(port: number, random: Random): Promise<Outcome> {
  const requests = Array.from({ length: 1 + Math.floor(random() * 12) }, () => pick(REQUESTS, random));
  const bytes = Buffer.from(requests.map(({ text }) => text).join(''), 'latin1');
  const connection = new RawConnection(port);
  const pieces = random() < 0.5 ? 1 : 1 + Math.floor(random() * 8);
  for (let piece = 0; piece < pieces; piece++) {
    connection.write(bytes.subarray((bytes.length * piece) / pieces, (bytes.length * (piece + 1)) / pieces));
    if (pieces > 1) await sleep(random() * 4);
  }
  if (random() < 0.3) connection.socket.end();
  await connection.read(requests.length, 20_000);
  const outcome = compare(connection, requests);
  connection.destroy();
  return outcome;
}

/** A body that comes late, in part, or never. */
async function heldBody(port: number, random: Random): Promise<Outcome> {
  const connection = new RawConnection(port);
  const size = random() < 0.2 ? LARGEST : 1 + Math.floor(random() * 50_000);
  const part = Math.floor(size * random());
  connection.write(announced(size) + ' '.repeat(part));
  await sleep(random() * 40);
  const end = random();
  let outcome: Outcome;
  if (end < 0.4) {
    connection.write(' '.repeat(size - part));
    await connection.read(1, 20_000);
    // Given up where others hold more: as right as the refusal of blanks.
    outcome = compare(connection, [{ text: '', status: connection.answers[0]?.status === 503 ? 503 : 400 }]);
  } else if (end < 0.6) {
    connection.socket.end();
    await connection.read(1, 20_000);
    if (connection.answers[0]?.status !== 503) outcome = compare(connection, [{ text: '', status: 400 }]);
  }
  connection.destroy();
  return outcome;
}

/** Answers that wait to be read: then they are read to the end, or never. */
async function slowReader(port: number, random: Random): Promise<Outcome> {
  const connection = new RawConnection(port, { reads: false });
  const request = pick(
    REQUESTS.filter(({ status }) => status === 200),
    random,
  );
  connection.write(Buffer.from(request.text.repeat(1 + Math.floor(random() * 30)), 'latin1'));
  await sleep(random() * 60);
  connection.destroy();
  return Promise.resolve(undefined);
}

/** Good requests, then bytes that are none: answered in order, and refused. */
async function nonsense(port: number, random: Random): Promise<Outcome> {
  const before = Array.from({ length: Math.floor(random() * 4) }, () => GOOD);
  const bytes = Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 95) + 32);
  const connection = new RawConnection(port);
  connection.write(
    `${before.map(({ text }) => text).join('')}\u0001${String.fromCharCode(...bytes)}\r\n\r\n`,
  );
  await connection.read(before.length + 1, 20_000);
  const outcome = compare(connection, before, [400]);
  connection.destroy();
  return outcome;
}

/** A connection that breaks anywhere. */
async function cutOff(port: number, random: Random): Promise<Outcome> {
  const { text } = pick(REQUESTS, random);
  const connection = new RawConnection(port);
  connection.write(Buffer.from(text.slice(0, Math.floor(text.length * random())), 'latin1'));
  await sleep(random() * 5);
  if (random() < 0.5) connection.socket.resetAndDestroy();
  else connection.destroy();
  return Promise.resolve(undefined);
}
