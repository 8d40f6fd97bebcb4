import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { resolveSource } from '../../toolchain/probe';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'probe-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const never = (): never => {
  throw new Error('must not ask the network');
};

describe('the source is', () => {
  test('what the configuration says, without asking the network', () => {
    expect(resolveSource('packages', { folder, ask: never })).toEqual({
      source: 'packages',
      why: 'as platform.yaml says',
    });
  });

  test('upstream when every registry answers', () => {
    expect(resolveSource('auto', { folder, ask: () => true })).toEqual({
      source: 'upstream',
      why: 'its registries answer',
    });
  });

  test('packages when the container registry does not answer', () => {
    const ask = (address: string) => !address.includes('docker.io');
    expect(resolveSource('auto', { folder, ask })).toEqual({
      source: 'packages',
      why: 'no answer from a registry of container images',
    });
  });

  test('packages when nothing answers, named in full', () => {
    expect(resolveSource('auto', { folder, ask: () => false }).why).toBe(
      'no answer from a registry of container images and Terraform providers',
    );
  });

  test('the one chosen before, without asking again', () => {
    const first = resolveSource('auto', { folder, ask: () => false });
    expect(resolveSource('auto', { folder, ask: never })).toEqual(first);
  });

  test('chosen again when the cached choice is damaged', () => {
    writeFileSync(join(folder, 'source.json'), '{"source":');
    expect(resolveSource('auto', { folder, ask: () => true }).source).toBe('upstream');
  });
});

test('a configured source is not remembered', () => {
  resolveSource('upstream', { folder, ask: never });
  expect(existsSync(join(folder, 'source.json'))).toBe(false);
});
