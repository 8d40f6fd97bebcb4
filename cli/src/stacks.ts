import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContentHash, listFiles } from '../../contracts/files';
import type { Session } from './session';

/** What the synthesized stacks are made from. */
const INPUTS = [
  'main.ts',
  'cdktf.json',
  'package-lock.json',
  'stacks',
  'monitoring',
  'charts',
  'contracts',
  'toolchain',
  'images',
  'models',
  'pipeline/model.schema.json',
];

/**
 * Synthesizes the stacks unless they are up to date: a rollback must not wait for a compiler.
 * The key is kept in the output folder: removing either forces a new synthesis.
 */
export async function currentStacks(session: Session): Promise<void> {
  const { root } = session.config.paths;
  const hash = new ContentHash().add(JSON.stringify([session.config, session.source.source]));
  const models = Object.values(session.config.models).map(({ path }) => path);
  for (const input of [...INPUTS, ...models]) hash.addFiles(listFiles(root, input));
  const key = hash.digest();
  const keyFile = join(session.terraform.output, 'inputs.sha256');
  const known = existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key;
  if (known && session.terraform.isSynthesized) return;
  await session.terraform.synthesize();
  writeFileSync(keyFile, key);
}
