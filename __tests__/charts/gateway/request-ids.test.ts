import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../contracts/repository';
import { fraud, listOf, startPlatform, type TestPlatform } from './support/platform';
import { describeWithNginx } from './support/when-nginx';

const { pattern, accepted, replaced } = JSON.parse(
  readFileSync(join(ROOT, 'contracts/request-ids.json'), 'utf8'),
) as { pattern: string; accepted: readonly string[]; replaced: readonly string[] };

it('has the rule of the contract', () => {
  expect(readFileSync(join(ROOT, 'charts/gateway/templates/_nginx.tpl'), 'utf8')).toContain(
    `"~${pattern}" $http_x_request_id;`,
  );
});

describeWithNginx('x-request-id', (program) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 100], ['1', 0])));
  }, 30_000);
  afterAll(() => platform.stop());

  const echoed = async (id: string) => {
    // As bytes: a client that checks headers would refuse some of these.
    const text = await platform.gateway.raw(
      `POST /v2/models/fraud/infer HTTP/1.1\r\nHost: g\r\nConnection: close\r\nx-request-id: ${id}\r\nContent-Length: 2\r\n\r\n{}`,
    );
    return /^x-request-id: (.*)\r$/im.exec(text)?.[1];
  };

  it.each(accepted)('keeps %j', async (id) => {
    expect(await echoed(id)).toBe(id);
  });

  it.each(replaced)('replaces %j', async (id) => {
    expect(await echoed(id)).toMatch(/^[0-9a-f]{32}$/);
  });
});
