/** New layers of random images, read again by the rules that containerd mounts layers by. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { changesBetween, differences } from '../../../src/content/rootfs/differences.ts';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import type { FileTable } from '../../../src/content/rootfs/table.ts';
import type { Tree } from '../../../src/content/rootfs/tree.ts';
import { layerTar, type ReadContent } from '../../../src/stages/relayer/write.ts';
import { tableOfTar } from '../../content/rootfs/made-table.ts';
import { tarOfRows } from '../../content/rootfs/row-tar.ts';
import { relatedStacks, type Stack, stacks } from '../../content/rootfs/stacks.ts';

const where = (layer: number) => `layer ${layer}`;
const archiveEnd = 1024;

interface Image {
  readonly tree: Tree;
  readonly read: ReadContent;
}

function imageOf(stack: Stack): Image {
  const tars = stack.map(tarOfRows);
  return {
    tree: mergeLayers(tars.map(tableOf), where),
    read: async function* (layer, start, bytes) {
      yield (tars[layer] as Buffer).subarray(start, start + bytes);
    },
  };
}

function tableOf(tar: Buffer): FileTable {
  return tableOfTar([tar.subarray(0, -archiveEnd)]);
}

async function tarOf(
  { tree, read }: Image,
  nodes: Iterable<number>,
  whiteouts: readonly Buffer[] = [],
): Promise<Buffer> {
  const layer = { kind: 'new', nodes: Uint32Array.from(nodes), whiteouts, title: '', reason: '' } as const;
  return gather(layerTar(tree, layer, read));
}

/** All bytes of a stream, whose chunks are lent. */
async function gather(stream: ByteStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const found = (one: Tree, other: Tree) =>
  [...differences(one, other, { mtime: 'compared' })].map(({ a, b, aspects }) => [
    String(a === undefined ? other.path(b as number) : one.path(a)),
    ...aspects,
  ]);

test('all of an image in one layer is that image, and the same bytes each time', async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (stack) => {
      const image = imageOf(stack);
      const tar = await tarOf(image, Array(image.tree.size).keys());
      expect(found(image.tree, mergeLayers([tableOf(tar)], where))).toEqual([]);
      expect((await tarOf(imageOf(stack), Array(image.tree.size).keys())).equals(tar)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('what changed between two images, on top of the first, is the second', async () => {
  await fc.assert(
    fc.asyncProperty(relatedStacks, async ([before, after]) => {
      const [old, image] = [imageOf(before), imageOf(after)];
      const { emit, remove } = changesBetween(old.tree, image.tree);
      const nodes = new Set<number>(emit);
      const withFoldersAbove = (start: number | undefined) => {
        for (let node = start ?? 0; node > 0; node = image.tree.parent(node)) nodes.add(node);
      };
      for (const node of emit) withFoldersAbove(node);
      for (const node of remove) withFoldersAbove(image.tree.find(old.tree.path(old.tree.parent(node))));
      const tar = await tarOf(
        image,
        [...nodes].sort((a, b) => a - b),
        Array.from(remove, (node) => old.tree.path(node)),
      );
      const result = mergeLayers([...old.tree.tables, tableOf(tar)], where);
      expect(found(image.tree, result)).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
