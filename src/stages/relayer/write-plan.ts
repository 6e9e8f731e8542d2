import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestHex, digestOf } from '../../content/image/digest.ts';
import { formatPlatform } from '../../content/image/platform.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import { encodeTable } from '../../content/rootfs/table-codec.ts';
import { onDisk } from '../../content/store/io-error.ts';
import { encodeOwners, ownersByRow } from './owner-list.ts';
import { planDocument } from './plan-artifact.ts';
import type { MadeLayer, PlannedImage } from './relayer-platform.ts';

/** A blob that goes along with a plan. */
export interface KeptFile {
  readonly digest: Digest;
  readonly size: number;
  readonly path: string;
}

/** A plan as it travels, and the tables and lists that it names, in files of `folder`. */
export async function writePlan(
  { input, tree, owners, tables, knownOwners }: PlannedImage,
  { layers, compressor }: { readonly layers: readonly MadeLayer[]; readonly compressor: string | undefined },
  folder: string,
): Promise<{ readonly plan: Uint8Array; readonly files: readonly KeptFile[] }> {
  const files = new Map<Digest, KeptFile>();
  const keep = async (bytes: Uint8Array) => {
    const [digest, size] = [digestOf(bytes), bytes.byteLength];
    const path = join(folder, `${digestHex(digest)}.kept`);
    if (!files.has(digest)) await onDisk(path, () => writeFile(path, bytes, { mode: 0o600 }));
    files.set(digest, { digest, size, path });
    return { digest, size };
  };
  const kept = new Map<Digest, { readonly digest: Digest; readonly size: number }>();
  const tableOf = async (table: FileTable) => {
    const known = kept.get(table.diffId) ?? (await keep(await encodeTable(table)));
    kept.set(table.diffId, known);
    return known;
  };
  const plan = {
    schemaVersion: 1,
    platform: formatPlatform(input.platform),
    ...(compressor === undefined ? {} : { compressor }),
  } as const;
  const planned = [];
  for (const { diffId, descriptor, table, title } of layers) {
    const { digest, size: bytes } = descriptor;
    const { unpackedBytes } = table;
    planned.push({ diffId, digest, bytes, unpackedBytes, title, table: await tableOf(table) });
  }
  const rows = ownersByRow(tree, owners);
  const built = [];
  for (const [at, table] of tables.entries()) {
    // What was found when a layer was read is better than what it is now taken for.
    const known = knownOwners[at]?.bytes;
    const list = known ?? (await encodeOwners(table.diffId, rows.get(table.diffId) as Int32Array, owners));
    built.push({ diffId: table.diffId, table: await tableOf(table), owners: await keep(list) });
  }
  return { plan: planDocument({ ...plan, layers: planned, input: built }), files: [...files.values()] };
}
