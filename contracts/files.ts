import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** `0755`, `0644` or `link`: what git would keep, whatever the umask. */
  readonly mode: string;
  readonly content: Buffer;
}

/** What tools leave in source folders, such as bundles; never part of a build. */
const IGNORED = /^(__pycache__|node_modules|dist|\.(pytest|ruff|mypy)_cache|\.DS_Store|.*\.pyc|.*\.swp)$/;

/** Files at or below a path, sorted, without tool leftovers. */
export function listFiles(root: string, path: string): readonly SourceFile[] {
  const absolute = join(root, path);
  const status = lstatSync(absolute);
  if (status.isSymbolicLink()) return [{ path, mode: 'link', content: Buffer.from(readlinkSync(absolute)) }];
  if (!status.isDirectory()) {
    const mode = (status.mode & 0o100) === 0 ? '0644' : '0755';
    return [{ path, mode, content: readFileSync(absolute) }];
  }
  return readdirSync(absolute)
    .filter((name) => !IGNORED.test(name))
    .sort()
    .flatMap((name) => listFiles(root, `${path}/${name}`));
}

/** Hexadecimal digits of a digest: short enough for a tag, long enough to avoid collisions. */
const DIGITS = 12;

/** A content hash, equal on every machine for equal content. */
export class ContentHash {
  private readonly hash = createHash('sha256');

  /** Each part is hashed with its length, so that boundaries between parts matter. */
  add(...parts: readonly (string | Buffer)[]): this {
    for (const part of parts) this.hash.update(`${part.length}:`).update(part);
    return this;
  }

  /** Names, modes and content of all files at or below a path. */
  addFiles(files: readonly SourceFile[]): this {
    for (const { path, mode, content } of files) this.add('file', path, mode, content);
    return this;
  }

  /** Twelve hexadecimal digits. */
  digest(): string {
    return this.hash.digest('hex').slice(0, DIGITS);
  }
}
