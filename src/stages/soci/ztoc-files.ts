import { type FileHandle, open } from 'node:fs/promises';
import type { ByteStream } from '../../content/bytes.ts';
import { checkpointBytes, checkpointPlaceBytes } from '../../content/gzip/checkpoint.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import { layerCompression } from '../../content/image/media-type.ts';
import { readAt } from '../../content/store/file.ts';
import { onDisk } from '../../content/store/io-error.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { verified } from '../../content/store/verify.ts';
import { problemsOf } from './check.ts';
import { checkpointsHeaderBytes } from './checkpoints.ts';
import { decodeZtoc, findCheckpoints } from './decode.ts';
import type { KnownZtoc } from './reuse.ts';
import type { WrittenZtoc } from './write-ztoc.ts';
import { type Ztoc, ztocMediaType } from './ztoc.ts';

/** A zTOC in a file of this run. */
export interface ZtocFile {
  readonly layer: Descriptor;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly path: string;
  readonly spans: number;
  /** Entries of every kind. */
  readonly files: number;
  /** For people: where it was taken over from, if it was made before. */
  readonly reused?: string;
  /** The source that it was taken over from. */
  readonly origin?: ImageSource | undefined;
}

/** One that was made outside of indexing, of a layer that is to be indexed. `from`: for people. */
export function ztocInFile(path: string, { digest, size }: WrittenZtoc, from: string): KnownZtoc {
  const read = async function* (): ByteStream {
    await using file = await onDisk(path, () => open(path));
    yield* readAt(file, 0, size, path);
  };
  const descriptor = { mediaType: ztocMediaType, digest, size };
  return { digest, size, from, source: undefined, read: () => verified(read(), descriptor, path, 'at rest') };
}

/** The spans' digests, which are before the checkpoints, of a layer of 200 GB. */
const frontBytes = 4 * 1024 * 1024;

/**
 * Reads a zTOC, but for the windows of its spans, 32 KiB each, if it is a large one: some 180 bytes an entry and one
 * page of memory a span. @throws PullBudgetError `bad-ztoc`, and what the file system has to say
 */
export async function readZtoc(path: string, layer: Descriptor): Promise<Ztoc> {
  const where = `zTOC of layer ${layer.digest}`;
  await using file = await onDisk(path, () => open(path));
  const { size } = await onDisk(path, () => file.stat());
  // Zeros that nobody has written to are no memory yet.
  const bytes = Buffer.alloc(size);
  const read = (start: number, end: number): Promise<void> =>
    onDisk(path, () => fill(file, bytes, start, Math.min(end, size)));
  await read(0, frontBytes);
  const checkpoints = size > frontBytes ? findCheckpoints(bytes, where) : undefined;
  if (checkpoints === undefined) await read(frontBytes, size);
  else {
    const { at, count } = checkpoints;
    await read(at, at + checkpointsHeaderBytes);
    for (let place = at + checkpointsHeaderBytes; place < at + count; place += checkpointBytes) {
      await read(place, Math.min(place + checkpointPlaceBytes, at + count));
    }
    await read(at + count, size);
  }
  return decodeZtoc(bytes, where, checkpoints);
}

async function fill(file: FileHandle, into: Buffer, start: number, end: number): Promise<void> {
  for (let at = start; at < end; ) {
    const { bytesRead } = await file.read(into, at, end - at, at);
    if (bytesRead === 0) throw new Error('it ends too soon');
    at += bytesRead;
  }
}

/**
 * Why a zTOC must not be used for a layer: it is not one of this layer, or a snapshotter would not take it. Half a
 * sentence. That it tells the truth about the layer's content only a read of the layer could show.
 */
export function whyUnfit(ztoc: Ztoc, layer: Descriptor): string | undefined {
  const algorithm = layerCompression(layer.mediaType) === 'none' ? 'uncompressed' : 'gzip';
  if (ztoc.algorithm !== algorithm)
    return `it is one of a layer that is ${ztoc.algorithm}, this one is ${algorithm}`;
  const what = problemsOf(ztoc, layer.size)[0]?.what;
  return what && what.charAt(0).toLowerCase() + what.slice(1);
}
