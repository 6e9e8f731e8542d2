import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { readLayer } from '../../../src/content/layer/read.ts';
import { tableOf } from '../../../src/content/rootfs/table-builder.ts';
import { KeptShelf } from '../../../src/stages/relayer/kept.ts';
import { layerScan } from '../../../src/stages/relayer/scan.ts';
import { file } from '../../content/rootfs/merged.ts';
import { layer } from './releases.ts';

const nameOf = (at: number): Digest => digestOf(Buffer.from(`layer ${at}`));
const filesOf = (bytes: number) => new Map([[0, new Uint8Array(bytes)]]);

test('no more is kept of all layers than fits, the largest goes first, and layers come in any order', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.nat()), (bytes, random) => {
      const heldAfter = (order: readonly number[]) => {
        const shelf = new KeptShelf(100);
        for (const at of order) shelf.put(nameOf(at), filesOf(bytes[at] as number));
        return bytes.flatMap((_, at) => (shelf.of(nameOf(at)) ? [at] : []));
      };
      const order = bytes.map((_, at) => at);
      const held = heldAfter(order);
      expect(held.reduce((sum, at) => sum + (bytes[at] as number), 0)).toBeLessThanOrEqual(100);
      const shuffled = order
        .map((at) => ({ at, key: random.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ at }) => at);
      expect(heldAfter(shuffled)).toEqual(held);
      const smallestLeft = Math.min(
        ...order.filter((at) => !held.includes(at)).map((at) => bytes[at] as number),
      );
      for (const at of held) expect(bytes[at]).toBeLessThanOrEqual(smallestLeft);
    }),
  );
});

test('what is no longer wanted makes room', () => {
  const shelf = new KeptShelf(100);
  shelf.put(nameOf(1), filesOf(90));
  shelf.retain(new Set([nameOf(2)]));
  shelf.put(nameOf(2), filesOf(90));
  expect([shelf.of(nameOf(1)), shelf.of(nameOf(2))?.size]).toEqual([undefined, 1]);
});

test('of one layer no more than 32 MiB are kept', async () => {
  const zeros = Buffer.alloc(15 * 2 ** 20);
  const made = layer(...[1, 2, 3].map((at) => file(`opt/conda-meta/p${at}.json`, zeros)));
  const { subscribers, found } = layerScan(made);
  const open = async function* () {
    yield made.bytes;
  };
  const { kept, columns } = found(await readLayer(open(), made, { ratioLimit: 2000, subscribers }));
  expect([kept.size, tableOf(columns).rows]).toEqual([2, 3]);
});
