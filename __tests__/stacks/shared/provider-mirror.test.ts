import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TerraformProviderLock } from '@cdktf/cli-core/src/lib/terraform-provider-lock';
import { ProviderConstraint } from '@cdktf/cli-core/src/lib/dependencies/dependency-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { useProviderMirror } from '../../../stacks/shared/provider-mirror';
import { PACKAGES, UPSTREAM } from '../support';

const packages = {
  image: String,
  grafana: undefined,
  source: 'packages' as const,
  commit: '0123abc',
  providers: PACKAGES,
  providerMirror: '/cache/providers',
};
const upstream = {
  ...packages,
  source: 'upstream' as const,
  providers: UPSTREAM,
  providerMirror: undefined,
};

let stack: string;
beforeEach(() => {
  stack = mkdtempSync(join(tmpdir(), 'stack-'));
  requires(['kubernetes', 'helm']);
});
afterEach(() => {
  rmSync(stack, { recursive: true });
});

/** Writes the part of a synthesized stack that names its providers. */
function requires(names: readonly (keyof typeof PACKAGES)[]): void {
  const providers = names.map((name) => [
    name,
    { source: `registry.terraform.io/hashicorp/${name}`, version: PACKAGES[name] },
  ]);
  const terraform = { required_providers: Object.fromEntries(providers) as unknown };
  writeFileSync(join(stack, 'cdk.tf.json'), JSON.stringify({ terraform }));
}

const plugins = () => join(stack, 'terraform.d/plugins');
const lock = () => join(stack, '.terraform.lock.hcl');

describe('useProviderMirror', () => {
  it('puts the mirror where Terraform looks first', () => {
    useProviderMirror(stack, packages);
    expect(readlinkSync(plugins())).toBe('/cache/providers');
  });

  it('locks versions without checksums', () => {
    useProviderMirror(stack, packages);
    expect(readFileSync(lock(), 'utf8')).toMatchInlineSnapshot(`
      "provider "registry.terraform.io/hashicorp/kubernetes" {
        version     = "1.13.4"
        constraints = "1.13.4"
      }

      provider "registry.terraform.io/hashicorp/helm" {
        version     = "1.3.2"
        constraints = "1.3.2"
      }
      "
    `);
  });

  it.each(Object.entries(PACKAGES))('makes cdktf see no need to lock %s itself', async (name, version) => {
    useProviderMirror(stack, packages);
    const constraint = new ProviderConstraint(`registry.terraform.io/hashicorp/${name}`, version);
    expect(await new TerraformProviderLock(stack).hasMatchingProvider(constraint)).toBe(true);
  });

  it('locks nothing that the stack does not use', () => {
    requires([]);
    useProviderMirror(stack, packages);
    expect(existsSync(lock())).toBe(false);
  });

  it('keeps the checksums that Terraform added for this mirror', () => {
    useProviderMirror(stack, packages);
    appendFileSync(lock(), '# checksums');
    useProviderMirror(stack, packages);
    expect(readFileSync(lock(), 'utf8')).toContain('# checksums');
  });

  it('drops the checksums of another mirror', () => {
    useProviderMirror(stack, packages);
    appendFileSync(lock(), '# checksums');
    useProviderMirror(stack, { ...packages, providerMirror: '/other' });
    expect(readFileSync(lock(), 'utf8')).not.toContain('# checksums');
  });

  it('can be repeated', () => {
    useProviderMirror(stack, packages);
    useProviderMirror(stack, { ...packages, providerMirror: '/other' });
    expect(readlinkSync(plugins())).toBe('/other');
  });

  it('removes mirror and lock when the source becomes upstream', () => {
    useProviderMirror(stack, packages);
    useProviderMirror(stack, upstream);
    expect([existsSync(plugins()), existsSync(lock())]).toEqual([false, false]);
  });

  it('leaves an upstream lock alone', () => {
    useProviderMirror(stack, upstream);
    expect(existsSync(join(stack, 'terraform.d'))).toBe(false);
  });
});
