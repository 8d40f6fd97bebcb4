import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from './platform';

/** What the synthesized stacks are made from. */
const INPUTS = [
  'main.ts',
  'cdktf.json',
  'package-lock.json',
  'stacks',
  'charts',
  'contracts',
  'toolchain',
  'images',
  'models',
];

const IGNORED = new Set(['node_modules', '__pycache__', '__snapshot__']);

/**
 * Synthesizes the stacks unless they already are what the sources say: a rollback must not wait for a compiler.
 * The key stands beside the output, so removing either one is enough to start over.
 */
export async function currentStacks(platform: Platform): Promise<void> {
  const { root } = platform.config.paths;
  const hash = createHash('sha256').update(JSON.stringify([platform.config, platform.source.source]));
  for (const input of INPUTS) addTree(hash, root, input);
  const key = hash.digest('hex');
  const keyFile = join(platform.terraform.output, 'inputs.sha256');
  const known = existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key;
  if (known && platform.terraform.isSynthesized) return;
  await platform.terraform.synthesize();
  writeFileSync(keyFile, key);
}

function addTree(hash: ReturnType<typeof createHash>, root: string, relative: string): void {
  const path = join(root, relative);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) hash.update(relative).update(readFileSync(path));
  if (!stats?.isDirectory()) return;
  const entries = readdirSync(path, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    if (!IGNORED.has(entry.name)) addTree(hash, root, join(relative, entry.name));
  }
}
