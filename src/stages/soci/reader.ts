import type { ByteRange, ByteStream } from '../../content/bytes.ts';
import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { plain } from '../../facts/plain.ts';
import { BlobCursor, contentOf, holdSpan } from './held-span.ts';
import { differenceFrom, HeaderReader, headerStart } from './tar-header.ts';
import type { Span, Ztoc } from './ztoc.ts';

/** A layer that is read through its zTOC: of its blob only the spans that hold what is asked for are fetched. */
export interface LazyLayer {
  readonly source: Pick<ImageSource, 'readBlob' | 'location'>;
  readonly descriptor: Descriptor;
  readonly ztoc: Ztoc;
  /** Told of each ranged read before it begins. */
  readonly onFetch?: (spans: number, bytes: number) => void;
}

/** Headers of an entry: a long name, a long link and PAX records of 1 MiB each at most, and some blocks. */
const mostHeaderBytes = 4 * 1024 * 1024;

/**
 * The content of a regular file, `at` being its place in the zTOC. Its tar header is read first and must be what the
 * zTOC says, as the snapshotter has it at a file's first read (fs/reader/reader.go, Verify).
 * @throws (while iterating) PullBudgetError `span-mismatch`, `header-mismatch`, `bad-ztoc`, `bad-layer`, and what the
 * source throws
 */
export async function* readFile(layer: LazyLayer, at: number): ByteStream {
  const { ztoc } = layer;
  const entry = ztoc.entry(at);
  const start = headerStart(ztoc, at);
  const name = JSON.stringify(entry.name.toString());
  const where = `${whereOf(layer)}: ${name}`;
  const length = entry.offset - start;
  if (entry.type !== 'reg' || length <= 0 || length > mostHeaderBytes || entry.size < 0) {
    throw badZtoc(`${whereOf(layer)}: its zTOC has no file ${name} that can be read`);
  }
  const header = new HeaderReader(length, where);
  let isChecked = false;
  for await (const chunk of readTar(layer, { start, end: entry.offset + entry.size })) {
    const data = header.push(chunk);
    if (!isChecked && header.isWhole) {
      const difference = header.entry ? differenceFrom(header.entry, entry) : 'header';
      if (difference !== undefined) throw headerMismatch(where, difference);
      isChecked = true;
    }
    if (data.byteLength > 0) yield data;
  }
}

/**
 * Bytes `start` to `end` of a layer's uncompressed tar. The spans that hold them are fetched in one ranged read and
 * used one after the other, each once its digest is known to be right.
 * @throws (while iterating) PullBudgetError `span-mismatch`, `bad-ztoc`, `bad-layer`, and what the source throws
 */
export async function* readTar(layer: LazyLayer, { start, end }: ByteRange): ByteStream {
  if (start >= end) return;
  const where = whereOf(layer);
  const spans = spansOf(layer, start, end);
  const { ztoc, source, descriptor } = layer;
  const range = { start: (spans[0] as Span).start, end: (spans.at(-1) as Span).end };
  layer.onFetch?.(spans.length, range.end - range.start);
  await using blob = new BlobCursor(source.readBlob(descriptor, range), range.start);
  for (const span of spans) {
    const whereSpan = `${where}: span ${span.id}`;
    await using held = await holdSpan(blob, span);
    if (held.digest !== span.digest) throw spanMismatch(whereSpan, span, held.digest);
    const until = Math.min(span.outEnd, end);
    const content = {
      algorithm: ztoc.algorithm,
      bits: span.bits,
      window: ztoc.algorithm === 'gzip' ? ztoc.window(span.id) : new Uint8Array(0),
      length: until - span.outStart,
    };
    let at = span.outStart;
    for await (const chunk of contentOf(held, content, whereSpan)) {
      const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, until - at));
      at += chunk.byteLength;
      if (piece.byteLength > 0) yield piece;
    }
    if (at < until) throw badZtoc(`${whereSpan} holds ${until - at} bytes less than its zTOC says`);
  }
}

/** The spans that hold bytes `start` to `end`, in order and without a gap. */
function spansOf(layer: LazyLayer, start: number, end: number): readonly Span[] {
  const { spans } = layer.ztoc;
  const first = spans.findIndex((span) => span.outEnd > start);
  const last = spans.findLastIndex((span) => span.outStart < end);
  const found = first < 0 ? [] : spans.slice(first, last + 1);
  const isSound = found.every(
    (span, at) =>
      span.start < span.end &&
      span.outStart <= span.outEnd &&
      span.outStart === (found[at - 1]?.outEnd ?? span.outStart),
  );
  if (isSound && (found[0]?.outStart ?? end) <= start && (found.at(-1)?.outEnd ?? 0) >= end) return found;
  throw badZtoc(`${whereOf(layer)}: the spans of its zTOC do not hold bytes ${start} to ${end}`);
}

const whereOf = ({ source, descriptor }: LazyLayer): string =>
  `${source.location}: layer ${descriptor.digest}`;

const hint =
  'Run "pull-budget verify" on the image: where it fails, index the image again; where it passes, the bytes were damaged on their way.';

function spanMismatch(where: string, span: Span, digest: string): Error {
  return inputError('span-mismatch', `${where}: its bytes are ${digest}, its zTOC says ${span.digest}`, {
    hint,
  });
}

function headerMismatch(where: string, what: string): Error {
  return inputError('header-mismatch', `${plain(where)}: its ${what} is not what the layer's tar says`, {
    hint: 'A node that loads the image lazily fails to read the file (EIO): index the image again.',
  });
}

function badZtoc(what: string): Error {
  return inputError('bad-ztoc', plain(what), { hint });
}
