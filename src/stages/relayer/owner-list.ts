import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { inputError } from '../../content/error.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import { classes, type Owner, type Owners } from './owners.ts';

/** Whose files a layer's rows were when the layer was read. */
export interface OwnerList {
  owner(row: number): Owner | undefined;
  /** Of its JSON: what it takes of memory is about as much. */
  readonly bytes: number;
}

/** Of a million rows that each have another owner than the one before some 15 MB. */
const mostBytes = 64 * 1024 * 1024;
const mostRows = 2 ** 32 - 1;
// As owners/claims.ts makes names: of paths, each byte of which may be written in four characters.
const name = z
  .string()
  .max(20_000)
  .refine((text) => !/\p{Cc}/u.test(text));

/** Compressed JSON: few owners, and long runs of rows that one of them has. */
const document = z.object({
  schemaVersion: z.literal(1),
  diffId: z.string(),
  owners: z
    .array(
      z.object({
        name,
        version: name.optional(),
        class: z.enum(classes),
        pinned: z.array(name).max(10_000).readonly().optional(),
      }),
    )
    .max(70_000),
  /** Number of an owner, counted from 1 (0: nobody's that is known), and so many rows, by turns. */
  runs: z.array(z.number().int().nonnegative().max(mostRows)),
});
type Document = z.infer<typeof document>;

/**
 * Of each of the tree's layers, by diffID, and row: the index of its owner; -1 of rows that the tree does not show. A
 * layer that is there twice has one list.
 */
export function ownersByRow(tree: Tree, owners: Owners): ReadonlyMap<Digest, Int32Array> {
  const lists = new Map(tree.tables.map(({ diffId, rows }) => [diffId, new Int32Array(rows).fill(-1)]));
  const byLayer = tree.tables.map(({ diffId }) => lists.get(diffId) as Int32Array);
  for (let node = 0; node < tree.size; node++) {
    const row = tree.row(node);
    if (row >= 0) (byLayer[tree.layer(node)] as Int32Array)[row] = owners.of[node] as number;
  }
  return lists;
}

/** @param of the owners of a layer's rows */
export function encodeOwners(diffId: Digest, of: Int32Array, { owners }: Owners): Promise<Uint8Array> {
  const numbers = new Map<number, number>([[-1, 0]]);
  const runs: number[] = [];
  let before: number | undefined;
  for (const owner of of) {
    if (!numbers.has(owner)) numbers.set(owner, numbers.size);
    if (owner !== before) runs.push(numbers.get(owner) as number, 0);
    runs[runs.length - 1] = (runs.at(-1) as number) + 1;
    before = owner;
  }
  const listed = [...numbers.keys()].slice(1).map((owner) => owners[owner] as Owner);
  const list: Document = { schemaVersion: 1, diffId, owners: listed, runs };
  return promisify(zstdCompress)(Buffer.from(JSON.stringify(list)));
}

/**
 * @param bytes from anywhere: what a layer does not have is not believed
 * @param most bytes that it may unpack to
 * @throws PullBudgetError `bad-owner-list`
 */
export async function decodeOwners(
  bytes: Uint8Array,
  diffId: Digest,
  where: string,
  most = mostBytes,
): Promise<OwnerList> {
  try {
    const unpacked = await promisify(zstdDecompress)(bytes, { maxOutputLength: Math.min(most, mostBytes) });
    const list = document.parse(JSON.parse(unpacked.toString()));
    if (list.diffId !== diffId) throw new Error(`it is of another layer, ${list.diffId.slice(0, 80)}`);
    return { owner: ownerIn(list), bytes: unpacked.byteLength };
  } catch (cause) {
    const { message } = cause as Error;
    throw inputError('bad-owner-list', `${where} cannot be read: ${message.slice(0, 300)}`, { cause });
  }
}

function ownerIn({ owners, runs }: Document): OwnerList['owner'] {
  const ends: number[] = [];
  let end = 0;
  for (let at = 1; at < runs.length; at += 2) {
    end += runs[at] as number;
    ends.push(end);
  }
  return (row) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] as number) <= row) low = middle + 1;
      else high = middle;
    }
    const owner = low < ends.length ? (runs[low * 2] as number) : 0;
    return owners[owner - 1] as Owner | undefined;
  };
}
