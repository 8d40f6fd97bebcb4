import { describe, expect, it } from '@jest/globals';
import { byTime, isWanted, parseLine, type LogLine } from '../../../cli/src/logs/line';
import { describeLine } from '../../../cli/src/render/log-line';

const GATEWAY =
  '2026-11-26T06:12:15.1Z {"time":"2026-11-26T06:12:15+00:00","level":"info","request_id":"r-1","trace_id":"","method":"POST","path":"/v2/models/fraud/infer","status":200,"seconds":0.004,"model":"fraud","version":"2","pod":"10.244.0.9:8080","attempts":"200","bytes":180}';

function line(raw: string, pod = 'gateway-1'): LogLine {
  const parsed = parseLine(pod, raw);
  if (parsed === undefined) throw new Error(`no line: ${raw}`);
  return parsed;
}

describe('a line of a log', () => {
  it('is read behind the time that kubelet gives it', () => {
    expect(line(GATEWAY)).toMatchObject({
      at: '2026-11-26T06:12:15.100000000Z',
      pod: 'gateway-1',
      fields: { request_id: 'r-1', status: 200 },
    });
  });

  it.each(['2026-11-26T06:12:15Z nginx: [emerg] no', '2026-11-26T06:12:15Z {not json'])(
    'is kept as it is where it is no JSON: %s',
    (raw) => {
      expect(line(raw).fields).toBeUndefined();
      expect(describeLine(line(raw))).toBe(
        `2026-11-26 06:12:15.000  gateway-1  ${raw.slice('2026-11-26T06:12:15Z '.length)}`,
      );
    },
  );

  it.each(['', '2026-11-26T06:12:15Z ', 'unable to retrieve container logs'])('is none: %j', (raw) => {
    expect(parseLine('pod', raw)).toBeUndefined();
  });

  it('sorts by time, however many digits kubelet gives', () => {
    const times = ['15.12Z', '15Z', '15.1Z', '15.100000001Z'];
    const sorted = times.map((time) => line(`2026-11-26T06:12:${time} x`)).toSorted(byTime);
    expect(sorted.map(({ at }) => at.slice(17))).toEqual([
      '15.000000000Z',
      '15.100000000Z',
      '15.100000001Z',
      '15.120000000Z',
    ]);
  });

  it('is readable: what was asked, what was answered, then the rest', () => {
    expect(describeLine(line(GATEWAY))).toBe(
      '2026-11-26 06:12:15.100  gateway-1  info  POST /v2/models/fraud/infer 200 4 ms request_id=r-1 model=fraud version=2 pod=10.244.0.9:8080 attempts=200 bytes=180',
    );
  });

  it('shows the stack of an error on lines of its own', () => {
    const raw =
      '{"level":"error","requestId":"r-1","err":{"message":"no","stack":"Error: no\\n at x"},"msg":"request failed"}';
    expect(describeLine(line(`2026-11-26T06:12:15Z ${raw}`))).toBe(
      '2026-11-26 06:12:15.000  gateway-1  error request failed requestId=r-1\n    Error: no\n     at x',
    );
  });
});

describe('a filter', () => {
  const server = line(
    '2026-11-26T06:12:15Z {"level":"warn","requestId":"r-1","traceId":"t-1","msg":"refused"}',
  );
  const draining = line('2026-11-26T06:12:15Z {"level":"info","msg":"draining"}');
  const gateway = line(GATEWAY);

  it.each(['r-1', 'r-1/0', 'r-1/17'])('finds a request on the gateway and the server by %s', (request) => {
    expect([gateway, server, draining].map((each) => isWanted(each, { request }))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('finds a request by its trace, and whole ids only', () => {
    expect(isWanted(server, { request: 't-1' })).toBe(true);
    expect(isWanted(server, { request: 'r' })).toBe(false);
    expect(isWanted(server, { request: 'r-11' })).toBe(false);
  });

  it('finds a request in text', () => {
    expect(isWanted(line('2026-11-26T06:12:15Z [error] r-1 timed out'), { request: 'r-1' })).toBe(true);
  });

  it('leaves out other models, and keeps what names none', () => {
    expect([gateway, server].map((each) => isWanted(each, { model: 'churn' }))).toEqual([false, true]);
    expect(isWanted(gateway, { model: 'fraud' })).toBe(true);
  });
});
