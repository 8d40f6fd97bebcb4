import { expect, test } from '@jest/globals';
import { ignoredTerraform, userTerraform } from '../../toolchain/terraform';

const host = (versions: Record<string, string>) => ({
  ask: (file: string) => {
    const output = versions[file];
    return output === undefined ? undefined : { ok: true, output };
  },
  isRoot: false,
  status: '',
});

test('a Terraform that the pinned providers do not work with is not used, and named', () => {
  const tooNew = host({ terraform: 'Terraform v1.14.2\non linux_amd64' });
  expect(userTerraform(tooNew)).toBeUndefined();
  expect(ignoredTerraform(tooNew)).toBe('Terraform v1.14.2');
});

test('nothing is said where another one on PATH is used', () => {
  const both = host({ terraform: 'Terraform v1.14.2', tofu: 'OpenTofu v1.10.7' });
  expect(userTerraform(both)).toBe('tofu');
  expect(ignoredTerraform(both)).toBeUndefined();
});

test('nothing is said where there is none', () => {
  expect(ignoredTerraform(host({}))).toBeUndefined();
});
