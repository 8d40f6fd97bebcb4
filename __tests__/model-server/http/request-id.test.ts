import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from '../../../contracts/repository';
import { requestId } from '../../../model-server/src/http/request-id';

/** The gateway is tested with the same table. */
const { accepted, replaced } = JSON.parse(
  readFileSync(join(ROOT, 'contracts/request-ids.json'), 'utf8'),
) as Record<'accepted' | 'replaced', readonly string[]>;

it.each(accepted)('keeps %j', (id) => {
  expect(requestId({ headers: { 'x-request-id': id } })).toBe(id);
});

it.each(replaced)('replaces %j', (id) => {
  expect(requestId({ headers: { 'x-request-id': id } })).toMatch(/^[0-9a-f-]{36}$/);
});

it.each(['r-1/0', 'a/b/17'])('%j could be a row of a batch and is replaced', (id) => {
  expect(requestId({ headers: { 'x-request-id': id } })).toMatch(/^[0-9a-f-]{36}$/);
});

it.each(['a/b', '1/x', 'r/1.0'])('%j could not, and is kept', (id) => {
  expect(requestId({ headers: { 'x-request-id': id } })).toBe(id);
});
