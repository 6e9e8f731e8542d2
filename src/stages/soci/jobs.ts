import type { ByteStream } from '../../content/bytes.ts';
import { inflate } from '../../content/gzip/inflate.ts';
import { layerCompression } from '../../content/image/media-type.ts';
import { type Layer, type ReadLayer, type ReadOptions, readLayer } from '../../content/layer/read.ts';
import { Ring, type RingMemory } from '../../content/layer/ring.ts';
import type { TarSubscriber } from '../../content/tar/scanner.ts';
import { LayerContents } from './layer-contents.ts';
import { type LayerSpans, PlainSpans, SpanSpool, spooledSpans } from './spans.ts';
import { type LayerOutcome, outcomeOf } from './write-ztoc.ts';

interface LayerInput {
  readonly layer: Layer;
  readonly spanBytes: number;
  /** The zTOC to make. */
  readonly file: string;
}

interface ContentInput extends LayerInput {
  readonly ratioLimit: number;
}

/** Who else wants something of the layers that are indexed, and what they found in one. */
export interface Along<Found> {
  readonly subscribers: readonly TarSubscriber[];
  found(read: ReadLayer): Found;
}

/** Of one read of a layer. */
export interface IndexedAlong<Found> {
  readonly outcome: LayerOutcome;
  readonly found: Found;
}

/**
 * What a thread of the indexer can do: all of a layer, or one half of it while another thread does the other one.
 * Each throws what `readLayer` and `inflate` throw, and RingClosed where the other side has given up. A layer that gets
 * no zTOC is read to its end only where somebody comes along; else `unindexable` is thrown.
 */
export function indexJobs<Found = undefined>(along?: (layer: Layer) => Along<Found>) {
  /** Reads a layer's blob once and writes its zTOC. */
  async function index(input: ContentInput & { readonly blob: RingMemory }): Promise<IndexedAlong<Found>> {
    const blob = new Ring(input.blob).read();
    switch (layerCompression(input.layer.descriptor.mediaType)) {
      case 'none':
        return indexPlain(blob, input);
      case 'gzip':
        return indexGzip(blob, input);
      default:
        return readAndWrite(blob, input, { spans: () => noSpans });
    }
  }

  async function indexGzip(blob: ByteStream, input: ContentInput): Promise<IndexedAlong<Found>> {
    using spool = new SpanSpool(spoolOf(input), input.spanBytes, along !== undefined);
    const decompress = async function* (bytes: ByteStream, where: string): ByteStream {
      yield* inflate(bytes, where, spool);
      spool.end();
    };
    return await readAndWrite(blob, input, {
      decompress,
      spans: () => spooledSpans(spoolOf(input), input.spanBytes),
    });
  }

  function indexPlain(blob: ByteStream, input: ContentInput): Promise<IndexedAlong<Found>> {
    const spans = new PlainSpans(input.spanBytes);
    const decompress = async function* (bytes: ByteStream): ByteStream {
      for await (const chunk of bytes) {
        spans.add(chunk);
        yield chunk;
      }
    };
    return readAndWrite(blob, input, { decompress, spans: () => spans.end() });
  }

  /** The first half: inflates the blob for another thread, and leaves the checkpoints in the spool before it ends. */
  async function inflateLayer({
    blob,
    tar,
    ...input
  }: LayerInput & { readonly blob: RingMemory; readonly tar: RingMemory }): Promise<void> {
    const out = new Ring(tar);
    using spool = new SpanSpool(spoolOf(input), input.spanBytes, along !== undefined);
    const where = `layer ${input.layer.descriptor.digest}`;
    for await (const chunk of inflate(new Ring(blob).read(), where, spool)) out.writeBlocking(chunk);
    spool.end();
    out.end();
  }

  /** The second half: reads the tar and writes the zTOC. */
  async function indexInflated({
    tar,
    ...input
  }: ContentInput & { readonly tar: RingMemory }): Promise<IndexedAlong<Found>> {
    return readAndWrite(new Ring(tar).read(), input, {
      decompress: (bytes) => bytes,
      spans: () => spooledSpans(spoolOf(input), input.spanBytes),
    });
  }

  /** `spans` is called when all has been read. */
  async function readAndWrite(
    bytes: ByteStream,
    { layer, ratioLimit, file, spanBytes }: ContentInput,
    { decompress, spans }: Pick<ReadOptions, 'decompress'> & { readonly spans: () => LayerSpans },
  ): Promise<IndexedAlong<Found>> {
    const { size, mediaType } = layer.descriptor;
    const contents = new LayerContents();
    const other = along?.(layer);
    // Where nobody else comes along, nobody wants more of a layer that gets no zTOC.
    const others = other?.subscribers ?? [{ entry: () => contents.assertIndexable() }];
    const read = await readLayer(bytes, layer, {
      ratioLimit,
      subscribers: [contents, ...others],
      ...(decompress && { decompress }),
    });
    if (layerCompression(mediaType) === 'none') contents.endPlain(read.unpackedBytes, spanBytes);
    const outcome = await outcomeOf(file, contents, {
      compressedBytes: size,
      uncompressedBytes: read.archiveBytes,
      unpackedBytes: read.unpackedBytes,
      entries: contents.entries,
      spans: spans(),
    });
    return { outcome, found: other?.found(read) as Found };
  }

  return { index, inflateLayer, indexInflated };
}

export type IndexJobs<Found> = ReturnType<typeof indexJobs<Found>>;

/** Beside the zTOC: the checkpoints of a gzip layer while it is read. The indexer removes it, if it is not to be kept. */
export function spoolOf({ file }: Pick<LayerInput, 'file'>): string {
  return `${file}.checkpoints`;
}

const noSpans: LayerSpans = {
  whyNot: 'compressed in a way that SOCI cannot index',
  algorithm: 'gzip',
  digests: [],
  checkpoints: { byteLength: 0, read: () => [] },
  crossesMembers: false,
};
