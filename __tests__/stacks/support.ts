import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Testing, type TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import type { Catalogue } from '../../stacks/shared/catalogue';
import type { PlatformConfig } from '../../stacks/shared/config';
import { loadConfig } from '../../stacks/shared/config';
import type { Platform } from '../../stacks/shared/platform';
import { userTerraform } from '../../toolchain/terraform';

Testing.setupJest();

export const ROOT = resolve(import.meta.dirname, '../..');

/** Every image that a test stack may refer to starts with this. */
export const FROM_CATALOGUE = 'catalogue/';

export const PACKAGES = { kubernetes: '1.13.4', helm: '1.3.2' };
export const UPSTREAM = { kubernetes: '2.38.0', helm: '3.1.1' };

export interface TestPlatform {
  readonly providers?: Catalogue['providers'];
  readonly config?: Partial<PlatformConfig>;
}

export function testPlatform({ providers = UPSTREAM, config = {} }: TestPlatform = {}): Platform {
  const defaults = loadConfig(resolve(ROOT, 'platform.yaml'));
  return {
    // With every part switched on.
    config: { ...defaults, monitoring: 'bundled', ci: { ...defaults.ci, enabled: true }, ...config },
    catalogue: {
      image: (name) => `${FROM_CATALOGUE}${name}:1f2e3d4c5b6a`,
      grafana: `${FROM_CATALOGUE}grafana:12`,
      source: 'upstream',
      commit: '0123abc',
      providers,
      providerMirror: undefined,
    },
  };
}

// One folder for all: cdktf would otherwise leave a new one for every app.
const OUTPUT = join(tmpdir(), 'mlops-stack-tests');
mkdirSync(OUTPUT, { recursive: true });

// cdktf's validations ask `terraform` for its version. The platform brings its own, which tests need not have.
const hasTerraform = userTerraform() === 'terraform';

type StackClass = new (scope: Construct, id: string, props: { platform: Platform }) => TerraformStack;

/** Blocks of one stack's Terraform JSON, by type and name. */
export interface Synthesized {
  readonly terraform: {
    readonly backend: Record<string, Record<string, unknown>>;
    readonly required_providers?: Record<string, { source: string; version: string }>;
  };
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
  readonly data?: Record<string, Record<string, Record<string, unknown>>>;
  readonly locals?: Record<string, unknown>;
}

export function synthesize(Stack: StackClass, id: string, platform = testPlatform()): Synthesized {
  const stack = new Stack(Testing.app({ outdir: OUTPUT }), id, { platform });
  return JSON.parse(Testing.synth(stack, hasTerraform)) as Synthesized;
}

/** As cdktf's matchers take a stack. */
export function asText(synthesized: Synthesized): string {
  return JSON.stringify(synthesized);
}

/** For snapshots: without this machine's folders, and without what changes with every chart. */
export function portable(synthesized: Synthesized): Synthesized {
  const text = asText(synthesized)
    .replaceAll(ROOT, '<root>')
    .replaceAll(/(chartHash[^0-9a-f]{1,12})[0-9a-f]{12}/g, '$1<hash>');
  return JSON.parse(text) as Synthesized;
}

/** The values of a Helm release that are known at synthesis. */
export function valuesOf(synthesized: Synthesized, release: string): Record<string, unknown> {
  const values = synthesized.resource.helm_release?.[release]?.values as [string] | undefined;
  if (values === undefined) throw new Error(`no release ${release}`);
  return JSON.parse(values[0]) as Record<string, unknown>;
}
