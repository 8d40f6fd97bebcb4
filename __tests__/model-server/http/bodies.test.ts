import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';

import { inferRequest } from '../../../model-server/testing/app';
import { startListening } from '../../../model-server/testing/listening';
import { RawConnection, rawRequest } from '../../../model-server/testing/raw-connection';
import { waitFor } from '../../support/wait-for';

// Megabytes go over sockets here, on machines that do other work.
jest.setTimeout(60_000);

const PATH = '/v2/models/tiny/infer';
const SPELT_OTHERWISE = '/v2/models/%74iny/infer';
const BODY = JSON.stringify(inferRequest());
const LIMIT = 1_000_000;

const server = await startListening({
  env: { MAX_BODY_BYTES: String(LIMIT), MAX_HELD_BYTES: String(4 * LIMIT) },
});
const opened: RawConnection[] = [];

function open(options?: { reads: boolean }): RawConnection {
  const connection = new RawConnection(server.port, options);
  opened.push(connection);
  return connection;
}

async function ask(text: string | Uint8Array): Promise<readonly (readonly [number, string])[]> {
  const connection = open();
  connection.write(text);
  await connection.read(1);
  return connection.answers.map(({ status, body }) => [status, body]);
}

afterEach(async () => {
  for (const connection of opened.splice(0)) connection.destroy();
  await server.atRest();
});

afterAll(() => server.app.close());

/** A client library that writes the whole body before it reads anything. */
const PYTHON = `
import http.client, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
connection.request("POST", sys.argv[2], b"x" * int(sys.argv[3]))
answer = connection.getresponse()
print(answer.status, len(answer.read()) > 0)
`;

describe('a body that is refused before it is read', () => {
  it.each([
    [PATH, 413],
    [SPELT_OTHERWISE, 413],
    ['/nowhere', 404],
    ['/v2/models/other/infer', 404],
    ['/metrics', 405],
  ])('at %s shows a client that sends all of it first the answer %i', async (path, status) => {
    const run = promisify(execFile);
    const { stdout } = await run('python3', ['-c', PYTHON, String(server.port), path, String(20_000_000)]);
    expect(stdout.trim()).toBe(`${status} True`);
  });

  it.each([
    ['too large', PATH, { 'content-length': String(LIMIT + 1) }, 413],
    ['too large', SPELT_OTHERWISE, { 'content-length': String(LIMIT + 1) }, 413],
    ['in an unknown coding', PATH, { 'content-length': '10', 'content-encoding': 'br' }, 415],
    ['to an unknown address', '/nowhere', { 'content-length': '10' }, 404],
    ['to another model', '/v2/models/other/infer', { 'content-length': '10' }, 404],
    ['with a wrong method', '/v2', { 'content-length': '10' }, 405],
  ])('%s, at %s, is not asked for with 100 Continue', async (_what, path, headers, status) => {
    const connection = open();
    connection.write(rawRequest('POST', path, '', { ...headers, expect: '100-continue' }));
    await connection.read(1);
    expect(connection.answers.map((answer) => answer.status)).toEqual([status]);
  });
});

describe('a body in a coding', () => {
  const bytes = Buffer.from(BODY);
  it.each([
    ['Identity', bytes],
    ['', bytes],
    ['gzip', gzipSync(bytes)],
    ['GZip', gzipSync(bytes)],
    ['x-gzip', gzipSync(bytes)],
    ['identity, gzip', gzipSync(bytes)],
    ['deflate', deflateSync(bytes)],
    ['deflate', deflateRawSync(bytes)],
  ])('%s is read', async (coding, body) => {
    const answers = await ask(
      Buffer.from(rawRequest('POST', PATH, body, { 'content-encoding': coding }), 'latin1'),
    );
    expect(answers).toEqual([[200, expect.stringContaining('"outputs"')]]);
  });

  it('that inflates to more than the limit is refused', async () => {
    const body = gzipSync(Buffer.alloc(20 * LIMIT));
    const [answer] = await ask(
      Buffer.from(rawRequest('POST', PATH, body, { 'content-encoding': 'gzip' }), 'latin1'),
    );
    expect(answer).toEqual([413, expect.stringContaining(`expected at most ${LIMIT} bytes`)]);
  });

  it('that it is not in is refused in these words', async () => {
    const [answer] = await ask(rawRequest('POST', PATH, BODY, { 'content-encoding': 'gzip' }));
    expect(answer).toEqual([400, expect.stringContaining('is not gzip, as its content-encoding says')]);
  });

  it.each(['br', 'gzip, gzip', 'compress'])('%s is refused', async (coding) => {
    const [answer] = await ask(rawRequest('POST', PATH, BODY, { 'content-encoding': coding }));
    expect(answer).toEqual([415, expect.stringContaining('expected identity, or one of gzip and deflate')]);
  });
});

describe('a byte order mark', () => {
  it.each([PATH, '/v1/models/tiny/predict'])('is skipped at %s', async (path) => {
    const record = { records: [{ amount: 1, hour: 2, channel: 'web', average: null }] };
    const body = path === PATH ? BODY : JSON.stringify(record);
    const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(body)]);
    const [answer] = await ask(Buffer.from(rawRequest('POST', path, bytes), 'latin1'));
    expect(answer?.[0]).toBe(200);
  });

  it('of UTF-16 is named for what it is', async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(BODY, 'utf16le')]);
    const [answer] = await ask(Buffer.from(rawRequest('POST', PATH, bytes), 'latin1'));
    expect(answer).toEqual([400, expect.stringContaining('bytes that are not UTF-8')]);
  });
});

describe('bodies that are held', () => {
  it('are given up, the largest first, while small requests are answered', async () => {
    const holders = Array.from({ length: 20 }, () => open());
    const part = 'x'.repeat(0.9 * LIMIT);
    for (const holder of holders)
      holder.write(rawRequest('POST', PATH, '', { 'content-length': String(LIMIT) }) + part);
    await waitFor(
      () => {
        const refused = holders.filter(({ answers }) => answers.some(({ status }) => status === 503));
        expect(refused.length).toBeGreaterThanOrEqual(15);
      },
      { timeout: 10_000, interval: 20 },
    );
    const [refusal] = holders.flatMap(({ answers }) => answers);
    expect(refusal?.body).toContain('more bytes in all requests than it keeps');
    expect(await ask(rawRequest('POST', PATH, BODY))).toEqual([[200, expect.any(String)]]);
  });

  it('sent by the byte are refused, and leave nothing in flight', async () => {
    const connection = open();
    connection.write(rawRequest('POST', PATH, '', { 'transfer-encoding': 'chunked' }));
    connection.write('1\r\n \r\n'.repeat(300_000));
    await connection.read(1);
    expect(connection.answers.map(({ status, body }) => [status, body])).toEqual([
      [
        400,
        expect.stringMatching(/too many pieces: got 4097 bytes in 4097 pieces, expected pieces of 64 bytes/),
      ],
    ]);
    await server.atRest();
  });

  it('in chunks of a byte are joined', async () => {
    const connection = open();
    connection.write(rawRequest('POST', PATH, '', { 'transfer-encoding': 'chunked' }));
    for (const byte of BODY) connection.write(`1\r\n${byte}\r\n`);
    connection.write(`32\r\n${' '.repeat(50)}\r\n`.repeat(400));
    connection.write(`0\r\n\r\n`);
    await connection.read(1);
    expect(connection.answers[0]?.status).toBe(200);
  });
});
