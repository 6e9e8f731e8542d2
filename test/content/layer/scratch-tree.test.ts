import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PullBudgetError } from '../../../src/content/error.ts';
import { ScratchTree } from '../../../src/content/layer/scratch-tree.ts';
import { TarScanner } from '../../../src/content/tar/scanner.ts';
import { gather, tarOf } from './made-layer.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scratch-tree-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function unpack(tar: Buffer): ScratchTree {
  using tree = new ScratchTree(root);
  const scanner = new TarScanner('test.tar', [tree]);
  scanner.push(tar);
  scanner.end();
  return tree;
}

async function archive(
  entries: readonly (Parameters<ReturnType<typeof pack>['entry']>[0] & { content?: string })[],
) {
  const packing = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) packing.entry(header);
    else packing.entry(header, content);
  }
  packing.finalize();
  return gather(packing);
}

/** Every path below the root, with what it is. */
const listing = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((path) => {
        const stat = lstatSync(join(root, path));
        if (stat.isDirectory()) return [path, 'folder'];
        if (stat.isSymbolicLink()) return [path, `-> ${readlinkSync(join(root, path))}`];
        return [
          path,
          readFileSync(join(root, path), 'utf8') + (stat.nlink > 1 ? ` (${stat.nlink} links)` : ''),
        ];
      }),
  );

describe('a scratch tree', () => {
  it('has as many files, folders and links as the layer, all under numbers', async () => {
    const tree = unpack(
      await archive([
        { name: 'early', content: 'first' },
        { name: 'usr/', type: 'directory' },
        { name: 'usr/bin/', type: 'directory' },
        { name: 'usr/bin/python3.12', content: 'elf', mode: 0o4755 },
        { name: 'usr/bin/python3', type: 'symlink', linkname: 'python3.12' },
        { name: 'usr/bin/python', type: 'link', linkname: 'usr/bin/python3.12' },
        { name: 'usr/.wh.local', content: '' },
        { name: 'usr/null', type: 'character-device', devmajor: 1, devminor: 3 },
        { name: 'usr/pipe', type: 'fifo' },
      ]),
    );
    expect(listing()).toEqual({
      f0: 'first',
      d0: 'folder',
      d1: 'folder',
      'd1/f0': 'elf (2 links)',
      'd1/f1': `-> ${'x'.repeat('python3.12'.length)}`,
      'd1/f2': 'elf (2 links)',
      'd1/f3': '',
      'd1/f4': '',
      'd1/f5': '',
    });
    expect(tree.files).toBe(9);
    expect(tree.bytes).toBe('first'.length + 'elf'.length);
    expect(tree.seconds).toBeGreaterThan(0);
  });

  it('uses no path and no mode of a hostile layer', async () => {
    unpack(
      await archive([
        { name: '../../escape', content: 'x', mode: 0o6777 },
        { name: '/etc/passwd', content: 'x' },
        { name: 'link', type: 'symlink', linkname: '/etc' },
        { name: 'link/shadow', content: 'x' },
        { name: 'hard', type: 'link', linkname: '/etc/passwd' },
        { name: '..', type: 'directory' },
        { name: 'after', content: 'x' },
      ]),
    );
    expect(Object.keys(listing())).toEqual(['d0', 'd0/f0', 'f0', 'f1', 'f2', 'f3', 'f4']);
    expect(lstatSync(join(root, 'f0')).mode & 0o7777).toBe(0o600);
    expect(readlinkSync(join(root, 'f2'))).toBe('xxxx');
  });

  it('makes a hard link without an earlier file an empty file', async () => {
    unpack(await archive([{ name: 'a', type: 'link', linkname: 'b' }]));
    expect(listing()).toEqual({ f0: '' });
  });

  it('goes on in another folder when one is full', () => {
    unpack(tarOf(Object.fromEntries(Array.from({ length: 4100 }, (_, at) => [`${at}`, Buffer.alloc(0)]))));
    expect(Object.keys(listing()).filter((path) => path.startsWith('d0/'))).toHaveLength(4);
  });

  it('writes of a sparse file what the layer holds of it', () => {
    const tar = gunzipSync(readFileSync(join(import.meta.dirname, '../../fixtures/tar/sparse-gnu.tar.gz')));
    expect(unpack(tar).bytes).toBe(30 * 4096 + 'after\n'.length);
  });

  it('says that the disk refused', async () => {
    const tar = await archive([{ name: 'd/', type: 'directory' }]);
    rmSync(root, { recursive: true });
    expect(() => unpack(tar)).toThrow(PullBudgetError);
    expect(() => unpack(tar)).toThrow(root);
  });
});
