import { createHash } from 'node:crypto';
import type { ByteStream } from '../../content/bytes.ts';
import { windowBytes } from '../../content/gzip/boundary.ts';
import { digestAlgorithm, digestFrom } from '../../content/image/digest.ts';
import type { Layer } from '../../content/layer/read.ts';
import { type Problem, problemsOf } from './check.ts';
import { Findings, problemFrom } from './findings.ts';
import { headerLength, mostHeaderBytes, whyGoRefuses } from './gzip-header.ts';
import { BlobCursor, contentOf, type HeldSpan, holdSpan } from './held-span.ts';
import { TarCheck } from './tar-check.ts';
import type { Span, Ztoc } from './ztoc.ts';

/**
 * Holds a layer against its zTOC: what the snapshotter checks, and beyond that that each span is what the blob has
 * there and inflates by itself, and that each entry is where the zTOC says. `bytes` is the whole blob, unverified, and
 * is read once; nothing larger than a span is kept.
 * @throws what `bytes` throws, and PullBudgetError `disk-full`
 */
export async function verifyLayer(bytes: ByteStream, layer: Layer, ztoc: Ztoc): Promise<Findings> {
  const findings = new Findings();
  const { descriptor } = layer;
  for (const problem of problemsOf(ztoc, descriptor.size)) findings.add(problem);
  if (!canBeCut(ztoc)) {
    findings.add({ what: 'Its spans do not follow each other: nothing in them was checked' });
    return findings;
  }
  const algorithm = digestAlgorithm(descriptor.digest);
  const hash = createHash(algorithm);
  const hashed = async function* (): ByteStream {
    for await (const chunk of bytes) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await using blob = new BlobCursor(hashed(), 0);
  await checkStart(blob, ztoc, findings);
  const tar = new TarCheck(layer, ztoc, findings);
  for (const span of ztoc.spans) {
    await using held = await holdSpan(blob, span);
    if (held.byteLength < span.end - span.start) {
      findings.addSpan(ztoc, span, 'The layer ends before the span does');
      tar.skip();
      break;
    }
    if (held.digest !== span.digest) {
      findings.addSpan(ztoc, span, `Its bytes are ${held.digest}, the zTOC says ${span.digest}`);
    }
    await checkContent(span, held, { ztoc, tar, findings });
  }
  for await (const _ of blob.take(blob.position, Number.MAX_SAFE_INTEGER));
  const digest = digestFrom(hash, algorithm);
  if (digest !== descriptor.digest) findings.add({ what: `The layer's bytes are ${digest}` });
  tar.end();
  return findings;
}

/** Whether the blob can be cut at the spans: they follow each other, and hold as much as they say. */
function canBeCut({ spans }: Ztoc): boolean {
  let before: Span | undefined;
  for (const span of spans) {
    const follows = before
      ? span.outStart === before.outEnd && span.start === before.end - (span.bits > 0 ? 1 : 0)
      : span.start >= 0;
    if (!follows || span.end <= span.start || span.outEnd < span.outStart) return false;
    before = span;
  }
  return spans.length > 0;
}

/** What stands before the first span: of gzip its header, the whole of it and nothing else. */
async function checkStart(blob: BlobCursor, ztoc: Ztoc, findings: Findings): Promise<void> {
  const length = ztoc.spans[0]?.start ?? 0;
  const pieces: Uint8Array[] = [];
  for await (const piece of blob.take(0, length)) {
    if (length <= mostHeaderBytes) pieces.push(Uint8Array.from(piece));
  }
  if (ztoc.algorithm === 'uncompressed') {
    if (length > 0) findings.add({ what: `Its first span begins at byte ${length}` });
    return;
  }
  const header = Buffer.concat(pieces);
  const refused = headerLength(header) === length ? whyGoRefuses(header) : 'its first span begins elsewhere';
  if (refused) findings.add({ what: `No gzip header ends at byte ${length}: ${refused}`, span: 0 });
}

interface Checking {
  readonly ztoc: Ztoc;
  readonly tar: TarCheck;
  readonly findings: Findings;
}

/** Inflates a span by itself, as a node would that reads a file of it, and passes on what it holds. */
async function checkContent(span: Span, held: HeldSpan, { ztoc, tar, findings }: Checking): Promise<void> {
  const where = `span ${span.id}`;
  const { algorithm } = ztoc;
  const isPlain = algorithm === 'uncompressed';
  const isLast = span.id === ztoc.spans.length - 1;
  // What follows the tar's end the zTOC does not count.
  const length = isLast ? Number.POSITIVE_INFINITY : span.outEnd - span.outStart;
  const inflated = (window: Uint8Array): ByteStream =>
    contentOf(held, { algorithm, bits: span.bits, window, length }, where);
  let window = isPlain ? new Uint8Array(0) : ztoc.window(span.id);
  const before = isPlain ? undefined : tar.window;
  if (before && !before.equals(window) && (await differ(inflated(window), inflated(before)))) {
    findings.addSpan(ztoc, span, `Its window is not the ${windowBytes} bytes of the tar before it`);
    // What comes after it can still be checked.
    window = before;
  }
  const problem = await passOn(inflated(window), tar);
  if (problem) findings.addSpan(ztoc, span, problem.what);
}

/** @returns what kept the span from being read; what was read of it is then of no use */
async function passOn(content: ByteStream, tar: TarCheck): Promise<Problem | undefined> {
  try {
    for await (const chunk of content) tar.take(chunk);
    return undefined;
  } catch (error) {
    tar.skip();
    return problemFrom(error);
  }
}

async function differ(a: ByteStream, b: ByteStream): Promise<boolean> {
  const [one, other] = [await sumOf(a), await sumOf(b)];
  return one === undefined || one !== other;
}

async function sumOf(bytes: ByteStream): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of bytes) hash.update(chunk);
    return hash.digest('hex');
  } catch (error) {
    problemFrom(error);
    return undefined;
  }
}
