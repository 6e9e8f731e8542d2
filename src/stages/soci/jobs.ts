import type { ByteStream } from '../../content/bytes.ts';
import { inflate } from '../../content/gzip/inflate.ts';
import { layerCompression } from '../../content/image/media-type.ts';
import { type Layer, type ReadOptions, readLayer } from '../../content/layer/read.ts';
import { Ring, type RingMemory } from '../../content/layer/ring.ts';
import { LayerContents } from './layer-contents.ts';
import { type LayerSpans, PlainSpans, SpanSpool, spooledSpans } from './spans.ts';
import { type WrittenZtoc, writeZtoc } from './write-ztoc.ts';

interface LayerInput {
  readonly layer: Layer;
  readonly spanBytes: number;
  /** The zTOC to make. */
  readonly file: string;
}

interface ContentInput extends LayerInput {
  readonly ratioLimit: number;
}

/**
 * What a thread of the indexer can do: all of a layer, or one half of it while another thread does the other one.
 * Each throws what `readLayer` and `inflate` throw, `unindexable`, and RingClosed where the other side has given up.
 */
export const jobs = { index, inflateLayer, indexInflated };
export type Jobs = typeof jobs;

/** Reads a layer's blob once and writes its zTOC. */
async function index(input: ContentInput & { readonly blob: RingMemory }): Promise<WrittenZtoc> {
  const blob = new Ring(input.blob).read();
  if (layerCompression(input.layer.descriptor.mediaType) === 'none') return indexPlain(blob, input);
  using spool = new SpanSpool(spoolOf(input), input.spanBytes);
  const decompress = async function* (bytes: ByteStream, where: string): ByteStream {
    yield* inflate(bytes, where, spool);
    spool.end();
  };
  return await readAndWrite(blob, input, {
    decompress,
    spans: () => spooledSpans(spoolOf(input), input.spanBytes),
  });
}

/** The first half: inflates the blob for another thread, and leaves the checkpoints in the spool before it ends. */
async function inflateLayer({
  blob,
  tar,
  ...input
}: LayerInput & { readonly blob: RingMemory; readonly tar: RingMemory }): Promise<void> {
  const out = new Ring(tar);
  using spool = new SpanSpool(spoolOf(input), input.spanBytes);
  const where = `layer ${input.layer.descriptor.digest}`;
  for await (const chunk of inflate(new Ring(blob).read(), where, spool)) out.writeBlocking(chunk);
  spool.end();
  out.end();
}

/** The second half: reads the tar and writes the zTOC. */
async function indexInflated({
  tar,
  ...input
}: ContentInput & { readonly tar: RingMemory }): Promise<WrittenZtoc> {
  return readAndWrite(new Ring(tar).read(), input, {
    decompress: (bytes) => bytes,
    spans: () => spooledSpans(spoolOf(input), input.spanBytes),
  });
}

function indexPlain(blob: ByteStream, input: ContentInput): Promise<WrittenZtoc> {
  const spans = new PlainSpans(input.spanBytes);
  const decompress = async function* (bytes: ByteStream): ByteStream {
    for await (const chunk of bytes) {
      spans.add(chunk);
      yield chunk;
    }
  };
  return readAndWrite(blob, input, { decompress, spans: () => spans.end() });
}

/** Beside the zTOC: the checkpoints while the layer is read. The indexer removes it. */
export function spoolOf({ file }: Pick<LayerInput, 'file'>): string {
  return `${file}.checkpoints`;
}

/** `spans` is called when all has been read. */
async function readAndWrite(
  bytes: ByteStream,
  { layer, ratioLimit, file, spanBytes }: ContentInput,
  { decompress, spans }: Required<Pick<ReadOptions, 'decompress'>> & { readonly spans: () => LayerSpans },
): Promise<WrittenZtoc> {
  const { size, mediaType } = layer.descriptor;
  const contents = new LayerContents();
  // Nobody here wants more of a layer that gets no zTOC.
  const ending = { entry: () => contents.assertIndexable() };
  const { archiveBytes, unpackedBytes } = await readLayer(bytes, layer, {
    ratioLimit,
    subscribers: [contents, ending],
    decompress,
  });
  if (layerCompression(mediaType) === 'none') contents.endPlain(unpackedBytes, spanBytes);
  contents.assertIndexable();
  return writeZtoc(file, {
    compressedBytes: size,
    uncompressedBytes: archiveBytes,
    unpackedBytes,
    entries: contents.entries,
    spans: spans(),
  });
}
