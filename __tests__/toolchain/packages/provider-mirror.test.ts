import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { providerMirror } from '../../../toolchain/packages/provider-mirror';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mirror-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('each provider is where the stacks say, whether Terraform or OpenTofu reads them', async () => {
  const mirror = join(folder, 'mirror');
  mkdirSync(mirror);
  await providerMirror.build({
    folder: mirror,
    input: (recipe) => {
      const place = join(folder, recipe.id);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, recipe.id.replace('go-', '')), recipe.id);
      return place;
    },
    report: () => undefined,
    signal: new AbortController().signal,
  });
  const files = readdirSync(mirror, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(mirror.length + 1))
    .sort();
  expect(files).toMatchInlineSnapshot(`
    [
      "registry.terraform.io/hashicorp/helm/1.3.2/linux_amd64/terraform-provider-helm_v1.3.2",
      "registry.terraform.io/hashicorp/kubernetes/1.13.4/linux_amd64/terraform-provider-kubernetes_v1.13.4",
    ]
  `);
  expect(readFileSync(join(mirror, files[0] ?? ''), 'utf8')).toMatch(/^go-provider-/);
});
