import { closeSync, openSync, readSync } from 'node:fs';

/** Archives in the format ustar. Source: POSIX.1-2017, pax, "ustar Interchange Format". */

const BLOCK = 512;

export interface TarEntry {
  /** Relative, with forward slashes; ends with one for a folder. At most 255 bytes, and 100 after some slash. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Text of a file; undefined for a folder or a link. */
  readonly content?: Buffer;
  /** Where a symbolic link leads. */
  readonly link?: string;
  /** Seconds since the epoch. @default 0, so that equal files are equal archives */
  readonly mtime?: number;
}

/** An archive whose files belong to root. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => [header(entry), ...padded(entry.content)]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function padded(content: Buffer = Buffer.alloc(0)): Buffer[] {
  return [content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

function header({ path, mode, content, link, mtime = 0 }: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK);
  const number = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  const [prefix, name] = splitPath(path);
  block.write(name, 0);
  number(mode, 100, 8);
  number(0, 108, 8);
  number(0, 116, 8);
  number(content?.length ?? 0, 124, 12);
  number(mtime, 136, 12);
  block.write(link !== undefined ? '2' : path.endsWith('/') ? '5' : '0', 156);
  if (Buffer.byteLength(link ?? '') > 100)
    throw new Error(`the target of ${path} is too long for an archive`);
  block.write(link ?? '', 157);
  block.write('ustar\x0000', 257);
  block.write(prefix, 345);
  // The checksum counts its own field as spaces.
  block.write(' '.repeat(8), 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Prefix and name, between which a reader puts a slash. */
function splitPath(path: string): readonly [string, string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (name !== '' && Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155)
      return [prefix, name];
  }
  throw new Error(`${path} is too long for an archive`);
}

/** A file in an archive. */
export interface TarMember {
  /** Bytes. */
  readonly size: number;
  read(): Buffer;
}

/** The files of an archive by name, without reading them. Names of up to 100 bytes, which container engines write. */
export function tarMembers(archive: string): ReadonlyMap<string, TarMember> {
  const found = new Map<string, TarMember>();
  const file = openSync(archive, 'r');
  try {
    const block = Buffer.alloc(BLOCK);
    for (let at = 0; readSync(file, block, 0, BLOCK, at) === BLOCK && block[0] !== 0;) {
      const text = (from: number, to: number) => block.toString('utf8', from, to).replace(/\0.*$/s, '');
      const size = sizeOf(block);
      const start = at + BLOCK;
      if (['', '0'].includes(text(156, 157)))
        found.set(text(0, 100), { size, read: () => readAt(archive, start, size) });
      at = start + Math.ceil(size / BLOCK) * BLOCK;
    }
  } finally {
    closeSync(file);
  }
  return found;
}

/** Octal digits, or, from 8 GiB on, a binary number whose first bit is set. */
function sizeOf(block: Buffer): number {
  return ((block[124] ?? 0) & 0x80) === 0
    ? Number.parseInt(block.toString('ascii', 124, 136), 8)
    : block.readUIntBE(130, 6);
}

function readAt(archive: string, start: number, size: number): Buffer {
  const file = openSync(archive, 'r');
  try {
    const content = Buffer.alloc(size);
    readSync(file, content, 0, size, start);
    return content;
  } finally {
    closeSync(file);
  }
}
