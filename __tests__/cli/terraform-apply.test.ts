import { beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Orphan } from '../../cli/src/cluster/ownership';
import { APPLIED_BY_MLOPS, Terraform, type StateGuard } from '../../cli/src/terraform';

const ORPHAN = 'Error: cannot re-use a name that is still in use\n  with helm_release.version["fraud-v2"],';

let output: string;
let log: string[];

/** A Terraform that writes down its arguments; `apply` fails until `import` was called, if it is to. */
function terraform(
  backend: string,
  options: { isOurs: boolean; fails?: boolean; hasState?: boolean },
): Terraform {
  const folder = join(output, 'stacks', 'serving');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'cdk.tf.json'),
    JSON.stringify({
      terraform: { backend: { [backend]: {} } },
      resource: { helm_release: { version: { name: '${each.key}', namespace: 'mlops-serving' } } },
    }),
  );
  writeFileSync(join(output, 'error'), ORPHAN);
  const binary = join(output, 'terraform');
  writeFileSync(
    binary,
    `#!/bin/sh
echo "$@" >>${output}/log
echo "\${${APPLIED_BY_MLOPS}-}" >${output}/applied-by-mlops
case $1 in
  import) touch ${output}/imported ;;
  destroy) if [ -e ${output}/destroy-error ]; then cat ${output}/destroy-error; ${options.fails === true ? '' : `rm ${output}/destroy-error; `}exit 1; fi ;;
  apply) [ -e ${output}/imported ] || ${options.fails === true ? `{ cat ${output}/error; exit 1; }` : 'true'} ;;
esac
`,
    { mode: 0o755 },
  );
  const guard: StateGuard = {
    hasState: () => Promise.resolve(options.hasState ?? true),
    locked: async (stack, operation, _report, work) => {
      log.push(`lock ${stack} ${operation}`);
      const result = await work();
      log.push('unlock');
      return result;
    },
    heal: ({ releases }, thorough) => {
      log.push(`heal ${JSON.stringify(releases)} ${thorough}`);
      return Promise.resolve();
    },
    isOurs: (orphan: Orphan) => {
      log.push(`asked ${orphan.namespace ?? ''}/${orphan.name}`);
      return Promise.resolve(options.isOurs);
    },
  };
  const { signal } = new AbortController();
  return new Terraform({ root: output, output, binary, env: process.env, signal, guard });
}

const commands = () =>
  existsSync(join(output, 'log')) ? readFileSync(join(output, 'log'), 'utf8').trim().split('\n') : [];

beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'mlops-terraform-'));
  log = [];
});

describe('an apply', () => {
  it('heals under its own lock before Terraform changes anything', async () => {
    await terraform('kubernetes', { isOurs: true }).apply('serving', { thorough: true });
    expect(log).toEqual(['lock serving apply', 'heal [{"namespace":"mlops-serving"}] true', 'unlock']);
    expect(commands().at(-1)).toBe('apply -auto-approve -input=false -no-color -lock=false');
  });

  it('creates a missing state before taking the lock, which Terraform needs for that', async () => {
    await terraform('kubernetes', { isOurs: true, hasState: false }).apply('serving');
    expect(commands().map((line) => line.split(' ')[0])).toEqual(['init', 'state', 'apply']);
    await terraform('kubernetes', { isOurs: true }).apply('serving');
    expect(
      commands()
        .slice(3)
        .map((line) => line.split(' ')[0]),
    ).not.toContain('state');
  });

  it('with local state leaves locking to Terraform', async () => {
    await terraform('local', { isOurs: true }).apply('serving');
    expect(log).toEqual([]);
    expect(commands().at(-1)).toContain('-lock-timeout=');
  });

  it('tells what a stack runs that mlops applies it', async () => {
    await terraform('local', { isOurs: true }).apply('serving');
    expect(readFileSync(join(output, 'applied-by-mlops'), 'utf8')).toBe('true\n');
  });

  it('adopts what the platform created but did not record', async () => {
    await terraform('kubernetes', { isOurs: true, fails: true }).apply('serving');
    expect(log).toContain('asked mlops-serving/fraud-v2');
    expect(commands().map((line) => line.split(' ')[0])).toEqual(['init', 'apply', 'import', 'apply']);
    expect(commands()[2]).toContain('helm_release.version["fraud-v2"] mlops-serving/fraud-v2');
  });

  it('refuses to adopt what somebody else created, and names it', async () => {
    const refused = terraform('kubernetes', { isOurs: false, fails: true }).apply('serving');
    await expect(refused).rejects.toMatchObject({
      exitCode: 6,
      problem: {
        what: 'Stack serving needs an object that already exists and was not created by this platform.',
        got: 'helm_release.version["fraud-v2"]: mlops-serving/fraud-v2',
      },
    });
    expect(commands().some((line) => line.startsWith('import'))).toBe(false);
  });
});

describe('a destroy', () => {
  const failsWith = (text: string) => {
    writeFileSync(join(output, 'destroy-error'), text);
  };
  const destroys = () => commands().filter((line) => line.startsWith('destroy')).length;

  it.each(['Error: manifest-2\n', '╷\n│ Error: manifest-11\n│ \n╵\n'])(
    'goes on after a release that is gone, its volume kept (%j)',
    async (kept) => {
      failsWith(kept);
      await terraform('kubernetes', { isOurs: true }).destroy('serving');
      expect(destroys()).toBe(2);
    },
  );

  it('fails at once for any other reason, and in the end if it never gets further', async () => {
    failsWith('Error: the server is away\n');
    const away = terraform('kubernetes', { isOurs: true, fails: true }).destroy('serving');
    await expect(away).rejects.toMatchObject({ exitCode: 1 });
    expect(destroys()).toBe(1);
    failsWith('Error: manifest-2\n');
    const stuck = terraform('kubernetes', { isOurs: true, fails: true }).destroy('serving');
    await expect(stuck).rejects.toMatchObject({ exitCode: 1 });
    expect(destroys()).toBe(1 + 9);
  });
});
