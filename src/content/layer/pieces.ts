import { type FileHandle, open, statfs } from 'node:fs/promises';
import type { ByteStream } from '../bytes.ts';
import { infrastructureError, inputError } from '../error.ts';
import { inflateSpan } from '../gzip/inflate.ts';
import type { Compression } from '../image/media-type.ts';
import { decompress } from '../store/decompress.ts';
import { readAt, writeAt } from '../store/file.ts';
import { onDisk } from '../store/io-error.ts';
import { openSpool } from '../store/spool.ts';
import { CheckpointFile } from './checkpoint-spool.ts';

/** A layer whose blob lies in a file. */
export interface LayerFile {
  /** For messages: `layer sha256:…`. */
  readonly where: string;
  /** Path of the blob, which was verified when it was written. */
  readonly blob: string;
  readonly compression: Compression;
  /** Of the uncompressed tar. */
  readonly unpackedBytes: number;
  /** Path of the CheckpointSpool of an earlier read: a gzip layer without is decompressed to the disk. */
  readonly checkpoints?: string;
}

/** Some bytes of a layer's tar that can be had without those before them. */
export interface Piece {
  readonly id: number;
  /** Of the tar; `end` not included. */
  readonly start: number;
  readonly end: number;
}

/** A layer's tar in pieces. */
export interface Pieces extends AsyncDisposable {
  readonly kind: 'plain' | 'gzip';
  /** The piece that a byte is in. */
  at(position: number): Piece;
  /** Its content; less where the file was cut off. @throws (while iterating) PullBudgetError `bad-layer` */
  read(piece: Piece): ByteStream;
}

/** Of an uncompressed tar: small enough to be read for one small file, large enough for few reads. */
const plainPieceBytes = 256 * 1024;
/** A deflate block may be as long as its layer: one whose blocks are longer than this is read as one without checkpoints. */
export const mostPieceBytes = 16 * 1024 * 1024;

/**
 * What a layer can be read by: an uncompressed one as it is, gzip from its checkpoints on. What can only be read from its
 * beginning is decompressed into a file in the folder `scratch`, which has no name any more.
 * @throws PullBudgetError `disk-full`, `bad-layer`
 */
export async function openPieces(layer: LayerFile, scratch: string): Promise<Pieces> {
  if (layer.compression === 'none') {
    return new PlainPieces(await onDisk(layer.blob, () => open(layer.blob)), layer.blob, layer.unpackedBytes);
  }
  const spans = layer.compression === 'gzip' ? spansOf(layer) : undefined;
  if (!spans) return unpacked(layer, scratch);
  return new GzipPieces(await onDisk(layer.blob, () => open(layer.blob)), layer, spans);
}

class PlainPieces implements Pieces {
  readonly kind = 'plain';
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #bytes: number;

  constructor(file: FileHandle, path: string, bytes: number) {
    this.#file = file;
    this.#path = path;
    this.#bytes = bytes;
  }

  at(position: number): Piece {
    const id = Math.floor(position / plainPieceBytes);
    return { id, start: id * plainPieceBytes, end: Math.min((id + 1) * plainPieceBytes, this.#bytes) };
  }

  read({ start, end }: Piece): ByteStream {
    return readAt(this.#file, start, end, this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** Checkpoints by columns, each with one more that ends the last: bytes of blob and tar, bits of a shared byte. */
interface Spans {
  readonly file: CheckpointFile;
  readonly in: Float64Array;
  readonly out: Float64Array;
  readonly bits: Uint8Array;
}

/** Undefined where there are none, or where one is too long to be held. */
function spansOf({ unpackedBytes, checkpoints }: LayerFile): Spans | undefined {
  if (checkpoints === undefined) return undefined;
  const file = new CheckpointFile(checkpoints);
  const { count } = file;
  const spans = {
    file,
    in: new Float64Array(count + 1),
    out: new Float64Array(count + 1),
    bits: new Uint8Array(count),
  };
  for (let at = 0; at < count; at++) {
    const place = file.place(at);
    spans.in[at] = place.in;
    spans.out[at] = place.out;
    spans.bits[at] = place.bits;
  }
  spans.in[count] = Number.POSITIVE_INFINITY;
  spans.out[count] = unpackedBytes;
  if (spans.out.every((end, at) => at === 0 || end - (spans.out[at - 1] as number) <= mostPieceBytes))
    return spans;
  file[Symbol.dispose]();
  return undefined;
}

class GzipPieces implements Pieces {
  readonly kind = 'gzip';
  readonly #blob: FileHandle;
  readonly #layer: LayerFile;
  readonly #spans: Spans;

  constructor(blob: FileHandle, layer: LayerFile, spans: Spans) {
    this.#blob = blob;
    this.#layer = layer;
    this.#spans = spans;
  }

  at(position: number): Piece {
    const { out, file } = this.#spans;
    let [low, high] = [0, file.count];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((out[middle] as number) <= position) low = middle;
      else high = middle;
    }
    return { id: low, start: out[low] as number, end: out[low + 1] as number };
  }

  async *read({ id, start, end }: Piece): ByteStream {
    const { blob, where } = this.#layer;
    const bits = this.#spans.bits[id] as number;
    const from = (this.#spans.in[id] as number) - (bits > 0 ? 1 : 0);
    const { size } = await onDisk(blob, () => this.#blob.stat());
    const compressed = readAt(this.#blob, from, Math.min(this.#spans.in[id + 1] as number, size), blob);
    const window = this.#spans.file.window(id);
    yield* inflateSpan(
      compressed,
      { bits, window, length: end - start },
      `${where}, from its byte ${from} on,`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#spans.file[Symbol.dispose]();
    await this.#blob.close();
  }
}

async function unpacked(layer: LayerFile, scratch: string): Promise<Pieces> {
  const { blob, where, compression, unpackedBytes } = layer;
  await assertRoom(layer, scratch);
  await using compressed = await onDisk(blob, () => open(blob));
  const { size } = await onDisk(blob, () => compressed.stat());
  const { file, path } = await openSpool(scratch);
  try {
    let written = 0;
    for await (const chunk of decompress[compression](readAt(compressed, 0, size, blob), where)) {
      if (written + chunk.byteLength > unpackedBytes) throw otherSize(layer, written + chunk.byteLength);
      await writeAt(file, chunk, written, path);
      written += chunk.byteLength;
    }
    if (written !== unpackedBytes) throw otherSize(layer, written);
    return new PlainPieces(file, path, unpackedBytes);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function assertRoom({ where, unpackedBytes }: LayerFile, scratch: string): Promise<void> {
  const { bavail, bsize } = await onDisk(scratch, () => statfs(scratch));
  const room = bavail * bsize;
  if (room >= unpackedBytes) return;
  throw infrastructureError(
    'disk-full',
    `${where} unpacks to ${unpackedBytes} bytes, and the disk that holds ${scratch} has room for ${room}`,
    { hint: 'Free some space there or choose another folder, and run again.' },
  );
}

function otherSize({ where, blob, unpackedBytes }: LayerFile, bytes: number): Error {
  const got = bytes > unpackedBytes ? 'more than' : `${bytes} of`;
  return inputError('bad-layer', `${where} unpacks to ${got} the ${unpackedBytes} bytes that it had before`, {
    hint: `Its file ${blob} was changed while it was in use; run again.`,
  });
}
