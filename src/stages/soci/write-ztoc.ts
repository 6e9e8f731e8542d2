import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { hasCode } from '../../content/error.ts';
import { type Digest, digestFrom } from '../../content/image/digest.ts';
import { writeAt } from '../../content/store/file.ts';
import { onDisk } from '../../content/store/io-error.ts';
import { encodeZtoc } from './encode.ts';
import { unindexable } from './entry.ts';
import type { EntryList } from './entry-list.ts';
import type { LayerContents } from './layer-contents.ts';
import type { LayerSpans } from './spans.ts';

/** What one read of a layer tells. */
export interface LayerFacts {
  readonly compressedBytes: number;
  /** Of the tar up to its end blocks. */
  readonly uncompressedBytes: number;
  /** Of the whole tar. */
  readonly unpackedBytes: number;
  readonly entries: EntryList;
  readonly spans: LayerSpans;
}

/** A layer's zTOC, in the file that was asked for. */
export interface WrittenZtoc {
  readonly digest: Digest;
  readonly size: number;
  readonly spans: number;
  readonly files: number;
  /** Of the whole tar. */
  readonly unpackedBytes: number;
  /** A span goes on from one gzip member into the next, which only snapshotters from 0.14 on read. */
  readonly crossesMembers: boolean;
}

export type LayerOutcome =
  | ({ readonly kind: 'indexed' } & WrittenZtoc)
  /** `reason` is half a sentence: `./core is a sparse file`. There is no file then. */
  | { readonly kind: 'unindexable'; readonly reason: string };

/** Makes the file, where there is nothing against it. @throws PullBudgetError `disk-full` and others of the file system */
export async function outcomeOf(
  path: string,
  contents: LayerContents,
  layer: LayerFacts,
): Promise<LayerOutcome> {
  try {
    contents.assertIndexable();
    if (layer.spans.whyNot !== undefined) throw unindexable(layer.spans.whyNot);
    return { kind: 'indexed', ...(await writeZtoc(path, layer)) };
  } catch (error) {
    if (!hasCode(error, 'unindexable')) throw error;
    await rm(path, { force: true });
    return { kind: 'unindexable', reason: (error as Error).message };
  }
}

/** Makes the file. @throws PullBudgetError `unindexable`, `disk-full` and others of the file system */
export async function writeZtoc(
  path: string,
  { compressedBytes, uncompressedBytes, unpackedBytes, entries, spans }: LayerFacts,
): Promise<WrittenZtoc> {
  const { algorithm, digests: spanDigests, checkpoints, crossesMembers } = spans;
  const hash = createHash('sha256');
  let size = 0;
  await using file = await onDisk(path, () => open(path, 'wx', 0o600));
  const parts = { compressedBytes, uncompressedBytes, entries, algorithm, spanDigests, checkpoints };
  for (const chunk of encodeZtoc(parts)) {
    hash.update(chunk);
    await writeAt(file, chunk, size, path);
    size += chunk.byteLength;
  }
  const [digest, count, files] = [digestFrom(hash), spanDigests.length, entries.count];
  return { digest, size, spans: count, files, unpackedBytes, crossesMembers };
}
