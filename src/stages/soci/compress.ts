import { rm } from 'node:fs/promises';
import type { ByteStream } from '../../content/bytes.ts';
import type { BoundarySubscriber } from '../../content/gzip/boundary.ts';
import { type CompressedFacts, compressMembers, usualLevel } from '../../content/gzip/writer.ts';
import { scanned } from '../../content/layer/read.ts';
import { TarScanner, type TarSubscriber } from '../../content/tar/scanner.ts';
import { spoolOf } from './jobs.ts';
import { LayerContents } from './layer-contents.ts';
import { SpanSpool, spooledSpans } from './spans.ts';
import { type LayerOutcome, outcomeOf } from './write-ztoc.ts';

export interface LayerToCompress {
  /** Its content. */
  readonly tar: ByteStream;
  /** For messages: what the layer is made of. */
  readonly where: string;
  readonly spanBytes: number;
  /** 1 (fast) to 9 (small). */
  readonly level?: number;
  /**
   * Path of a file to make: the zTOC. Beside it there is a temporary file while the layer is compressed. Where none is
   * given there is no zTOC; the blob is the same.
   */
  readonly file?: string;
  /** Who else wants something from the tar, in the order that they are told. */
  readonly subscribers?: readonly TarSubscriber[];
  /** Takes the compressed layer. */
  readonly write: (blob: ByteStream) => Promise<void>;
}

/** What decides, beside the content, on the bytes of a blob: one line. */
export function compressorOf({ spanBytes, level }: Pick<LayerToCompress, 'spanBytes' | 'level'>): string {
  return `gzip by zlib ${process.versions.zlib}, level ${level ?? usualLevel}, members of ${spanBytes + 1} bytes`;
}

export interface CompressedLayer extends CompressedFacts {
  /** Of the zTOC, where one was asked for. */
  readonly outcome: LayerOutcome | undefined;
}

/**
 * Compresses a layer and makes its zTOC on the way, the one that an indexer would make of the blob: members hold a byte
 * more than a span, so that each of them is one.
 * @throws PullBudgetError `bad-tar`, `disk-full`; errors of `tar`, `subscribers` and `write` as they are. Nothing is
 * left of `file` then.
 */
export async function compressLayer(input: LayerToCompress): Promise<CompressedLayer> {
  const { file } = input;
  if (file === undefined) return { ...(await compress(input, {})).facts, outcome: undefined };
  try {
    return await compressAndIndex(input, file);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await rm(spoolOf({ file }), { force: true });
  }
}

async function compressAndIndex(input: LayerToCompress, file: string): Promise<CompressedLayer> {
  const { spanBytes, subscribers = [] } = input;
  const contents = new LayerContents();
  using spool = new SpanSpool(spoolOf({ file }), spanBytes, true);
  const { facts, archiveBytes } = await compress(
    { ...input, subscribers: [contents, ...subscribers] },
    {
      compressed: (part) => spool.compressed(part),
      boundary: (at, window) => spool.boundary(at, window),
    },
  );
  spool.end();
  const outcome = await outcomeOf(file, contents, {
    compressedBytes: facts.compressedBytes,
    uncompressedBytes: archiveBytes,
    unpackedBytes: facts.uncompressedBytes,
    entries: contents.entries,
    spans: spooledSpans(spoolOf({ file }), spanBytes),
  });
  return { ...facts, outcome };
}

/** `archiveBytes`: of the tar up to its end blocks. */
async function compress(
  { tar, where, spanBytes, level, subscribers = [], write }: LayerToCompress,
  boundaries: BoundarySubscriber,
): Promise<{ readonly facts: CompressedFacts; readonly archiveBytes: number }> {
  const scanner = new TarScanner(where, subscribers);
  let facts: CompressedFacts | undefined;
  const end = (all: CompressedFacts): void => {
    facts = all;
  };
  const members = { memberBytes: spanBytes + 1, ...(level !== undefined && { level }) };
  await write(compressMembers(scanned(tar, scanner), members, { ...boundaries, end }));
  if (!facts) throw new Error(`${where} was not written to its end`);
  return { facts, archiveBytes: scanner.position };
}
