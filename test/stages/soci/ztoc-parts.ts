/** A zTOC taken apart and put together again. */
import { gunzipSync } from 'node:zlib';
import { checkpointBytes, writeCheckpoint } from '../../../src/content/gzip/checkpoint.ts';
import type { TarEntry } from '../../../src/content/tar/entry.ts';
import { checkpointsHeader, plainCheckpoints } from '../../../src/stages/soci/checkpoints.ts';
import { encodeZtoc, type ZtocParts } from '../../../src/stages/soci/encode.ts';
import { EntryList } from '../../../src/stages/soci/entry-list.ts';
import type { Ztoc, ZtocEntry } from '../../../src/stages/soci/ztoc.ts';
import { scan } from '../../content/tar/scan.ts';
import { type LayerVector, layerVectors } from './vectors.ts';

export type IndexedVector = LayerVector & { readonly ztoc: Buffer };

/** Layers that the real soci made a zTOC of. */
export const indexedVectors = layerVectors.filter(
  (vector): vector is IndexedVector => vector.ztoc !== undefined,
);

export function vector(name: string): LayerVector {
  const found = layerVectors.find((one) => one.name === name);
  if (!found) throw new Error(`There is no vector ${name}`);
  return found;
}

export function tarEntries({ blob, mediaType }: LayerVector): readonly TarEntry[] {
  return scan([mediaType.endsWith('gzip') ? gunzipSync(blob) : blob]).entries;
}

export function entriesOf({ entryCount, entry }: Ztoc): ZtocEntry[] {
  return Array.from({ length: entryCount }, (_, at) => entry(at));
}

export function listOf(entries: Iterable<ZtocEntry>): EntryList {
  const list = new EntryList();
  for (const entry of entries) list.add(entry);
  return list;
}

/** The checkpoints written from spans and windows; each is lent until the next. */
export function* checkpointsOf({
  algorithm,
  spans,
  spanBytes,
  compressedBytes,
  window,
}: Ztoc): Generator<Uint8Array> {
  if (algorithm === 'uncompressed') {
    yield plainCheckpoints(spanBytes, compressedBytes);
    return;
  }
  yield checkpointsHeader(spans.length, spanBytes);
  const record = new Uint8Array(checkpointBytes);
  for (const { id, start, bits, outStart } of spans) {
    writeCheckpoint(record, { in: start + (bits > 0 ? 1 : 0), out: outStart, bits });
    record.set(window(id), 17);
    yield record;
  }
}

export function partsOf(ztoc: Ztoc): ZtocParts {
  let byteLength = 0;
  for (const part of checkpointsOf(ztoc)) byteLength += part.byteLength;
  return {
    ...ztoc,
    entries: listOf(entriesOf(ztoc)),
    spanDigests: ztoc.spans.map(({ digest }) => digest),
    checkpoints: { byteLength, read: () => checkpointsOf(ztoc) },
  };
}

export function encoded(parts: ZtocParts): Buffer {
  return Buffer.concat(Array.from(encodeZtoc(parts), (chunk) => Buffer.from(chunk)));
}

/** The zTOC of a layer with these entries, and with one span. */
export function ztocBytes(entries: readonly ZtocEntry[], parts: Partial<ZtocParts> = {}): Buffer {
  const checkpoints = Buffer.concat([checkpointsHeader(1, 4096), new Uint8Array(checkpointBytes)]);
  writeCheckpoint(checkpoints.subarray(12), { in: 10, out: 0, bits: 0 });
  const last = entries.at(-1);
  return encoded({
    compressedBytes: 1000,
    uncompressedBytes: (last ? last.offset + last.size : 0) + 1024,
    algorithm: 'gzip',
    spanDigests: [`sha256:${'0'.repeat(64)}` as ZtocParts['spanDigests'][number]],
    checkpoints: { byteLength: checkpoints.byteLength, read: () => [checkpoints] },
    entries: listOf(entries),
    ...parts,
  });
}

/** A file without content at this byte. */
export function entryAt(offset: number, changes: Partial<ZtocEntry> = {}): ZtocEntry {
  return {
    name: Buffer.from('./file'),
    type: 'reg',
    offset,
    size: 0,
    linkname: Buffer.alloc(0),
    mode: 0o644,
    uid: 0,
    gid: 0,
    uname: Buffer.from('root'),
    gname: Buffer.from('root'),
    modTime: '2024-02-29T12:00:00Z',
    devmajor: 0,
    devminor: 0,
    xattrs: [],
    ...changes,
  };
}

export function xattr(key: string, value: string): ZtocEntry['xattrs'][number] {
  return { key: Buffer.from(key), value: Buffer.from(value) };
}
