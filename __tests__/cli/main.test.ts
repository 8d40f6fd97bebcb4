import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { main } from '../../cli/src/main';
import { restoreEnv, stubEnv } from '../support/env';

const running = new AbortController().signal;
let printed: string[];

beforeEach(() => {
  printed = [];
  const keep = (...parts: unknown[]) => void printed.push(parts.map(String).join(' '));
  jest.spyOn(console, 'log').mockImplementation(keep);
  jest.spyOn(console, 'error').mockImplementation(keep);
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    keep(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    keep(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  restoreEnv();
});

function withConfig(text: string): void {
  const file = join(mkdtempSync(join(tmpdir(), 'mlops-')), 'platform.yaml');
  writeFileSync(file, text);
  stubEnv({ MLOPS_CONFIG: file });
}

describe('the command line', () => {
  it('exits with 0 for help, and lists every command', async () => {
    expect(await main(['--help'], running)).toBe(0);
    for (const command of [
      'up',
      'down',
      'status',
      'open',
      'train',
      'deploy',
      'rollback',
      'history',
      'logs',
      'trace',
      'traffic',
    ]) {
      expect(printed.join('\n')).toContain(`\n  ${command} `);
    }
  });

  it.each([
    [['launch'], 'unknown command'],
    [['deploy'], 'missing required argument'],
    [['status', '--yaml'], 'unknown option'],
    [['traffic', 'fraud', '--rate', '501'], 'Expected a number from 0.1 to 500.'],
    [['traffic', 'fraud', '--seconds', '3601'], 'Expected a number from 1 to 3600.'],
    [['traffic', 'fraud', '--days', '1.5'], 'Expected a whole number from 1 to 92.'],
    [['traffic', 'fraud', '--change-at', '2026-02-30'], 'Expected a day such as 2026-03-01.'],
  ])('ends with 2 for %j', async (args, message) => {
    expect(await main(args, running)).toBe(2);
    expect(printed.join('\n')).toContain(message);
  });

  it('exits with 2 for a malformed model version', async () => {
    expect(await main(['deploy', 'fraud:2'], running)).toBe(2);
    expect(printed.join('\n')).toContain('The argument is not of the form MODEL@VERSION.');
  });

  it('exits with 2 for an invalid platform.yaml, and names the key', async () => {
    withConfig('models: {fraud: {path: models/fraud}}\nprots: {gateway: 80}\n');
    expect(await main(['status'], running)).toBe(2);
    expect(printed.join('\n')).toContain('prots');
  });

  it('exits with 4 for a model that is not in platform.yaml', async () => {
    withConfig(
      'cluster: {name: nowhere}\nimages: {source: packages}\nmodels: {fraud: {path: models/fraud}}\n',
    );
    expect(await main(['rollback', 'churn'], running)).toBe(4);
    expect(printed.join('\n')).toContain('one of: fraud');
  });

  it('exits with 5 if there is no platform', async () => {
    withConfig(
      'cluster: {name: nowhere}\nimages: {source: packages}\nmodels: {fraud: {path: models/fraud}}\n',
    );
    expect(await main(['history', 'fraud'], running)).toBe(5);
    expect(printed.join('\n')).toContain('There is no running platform called nowhere.');
  });
});
