import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tar, tarMembers, type TarEntry } from '../../toolchain/tar';

const LONG = `platform/${'a'.repeat(90)}/${'b'.repeat(95)}`;
const ENTRIES: readonly TarEntry[] = [
  { path: 'platform/', mode: 0o755 },
  { path: 'platform/empty', mode: 0o644, content: Buffer.alloc(0) },
  { path: 'platform/program', mode: 0o755, content: Buffer.from('#!/bin/sh\n'), mtime: 7 },
  { path: 'platform/block', mode: 0o644, content: Buffer.alloc(512, 'x') },
  { path: 'platform/link', mode: 0o777, link: '../program' },
  { path: LONG, mode: 0o644, content: Buffer.from('a long way') },
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tar-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function written(entries = ENTRIES): string {
  const file = join(folder, 'archive.tar');
  writeFileSync(file, tar(entries));
  return file;
}

describe('an archive', () => {
  it('is read by tar as it was meant', () => {
    execFileSync('tar', ['--extract', '--file', written(), '--directory', folder]);
    const at = (path: string) => join(folder, path);
    expect(readFileSync(at('platform/program'), 'utf8')).toBe('#!/bin/sh\n');
    expect(lstatSync(at('platform/program')).mode & 0o777).toBe(0o755);
    expect(lstatSync(at('platform/program')).mtimeMs).toBe(7_000);
    expect(lstatSync(at('platform/empty')).size).toBe(0);
    expect(lstatSync(at('platform/empty')).mtimeMs).toBe(0);
    expect(readFileSync(at('platform/block'), 'utf8')).toBe('x'.repeat(512));
    expect(readlinkSync(at('platform/link'))).toBe('../program');
    expect(readFileSync(at(LONG), 'utf8')).toBe('a long way');
  });

  it('gives its files by name', () => {
    const members = tarMembers(written());
    expect([...members.keys()].slice(0, 3)).toEqual(['platform/empty', 'platform/program', 'platform/block']);
    expect(members.get('platform/program')?.read().toString()).toBe('#!/bin/sh\n');
    expect(members.get('platform/block')?.size).toBe(512);
  });

  it.each(['--format=ustar', '--format=gnu', '--format=pax'])(
    'is also read where tar wrote it: %s',
    (format) => {
      writeFileSync(join(folder, 'manifest.json'), '[]');
      writeFileSync(join(folder, 'layer'), Buffer.alloc(3 * 512 + 1, 'y'));
      const file = join(folder, 'other.tar');
      execFileSync('tar', [
        '--create',
        format,
        '--file',
        file,
        '--directory',
        folder,
        'layer',
        'manifest.json',
      ]);
      const members = tarMembers(file);
      expect(members.get('layer')?.size).toBe(3 * 512 + 1);
      expect(members.get('manifest.json')?.read().toString()).toBe('[]');
    },
  );

  it.each([
    ['p'.repeat(101), 'a name of more than 100 bytes'],
    [`${'p'.repeat(160)}/name`, 'folders of more than 155 bytes'],
  ])('is refused for a path that it cannot hold', (path) => {
    expect(() => tar([{ path, mode: 0o644, content: Buffer.alloc(0) }])).toThrow(
      'is too long for an archive',
    );
  });
});
