import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from '../../../contracts/repository';
import { REQUEST_ID, requestId } from '../../../model-server/src/http/request-id';

/** The gateway is tested with the same table. */
const { pattern, accepted, replaced } = JSON.parse(
  readFileSync(join(ROOT, 'contracts/request-ids.json'), 'utf8'),
) as { pattern: string; accepted: readonly string[]; replaced: readonly string[] };

it('has the rule of the contract', () => {
  expect(REQUEST_ID.source.replaceAll('\\/', '/')).toBe(pattern);
});

it.each(accepted)('keeps %j', (id) => {
  expect(requestId({ headers: { 'x-request-id': id } })).toBe(id);
});

it.each(replaced)('replaces %j', (id) => {
  expect(requestId({ headers: { 'x-request-id': id } })).toMatch(/^[0-9a-f-]{36}$/);
});
