import { rm } from 'node:fs/promises';
import type { ByteStream } from '../../content/bytes.ts';
import { hasCode } from '../../content/error.ts';
import { type CompressedFacts, compressMembers } from '../../content/gzip/writer.ts';
import type { TarEntry } from '../../content/tar/entry.ts';
import { TarScanner, type TarSubscriber } from '../../content/tar/scanner.ts';
import type { EntryList } from './entry-list.ts';
import { spoolOf } from './jobs.ts';
import { LayerContents } from './layer-contents.ts';
import type { LayerOutcome } from './layer-indexer.ts';
import { CheckpointSpool, spooledSpans } from './spans.ts';
import { type LayerFacts, writeZtoc } from './write-ztoc.ts';

export interface LayerToCompress {
  /** Its content. */
  readonly tar: ByteStream;
  /** For messages: what the layer is made of. */
  readonly where: string;
  readonly spanBytes: number;
  /** 1 (fast) to 9 (small). */
  readonly level?: number;
  /** Path of a file to make: the zTOC. Beside it there is a temporary file while the layer is compressed. */
  readonly file: string;
  /** Takes the compressed layer. */
  readonly write: (blob: ByteStream) => Promise<void>;
}

export interface CompressedLayer extends CompressedFacts {
  readonly outcome: LayerOutcome;
}

/**
 * Compresses a layer and makes its zTOC on the way, the one that an indexer would make of the blob: members hold a byte
 * more than a span, so that each of them is one.
 * @throws PullBudgetError `bad-tar`, `disk-full`; errors of `tar` and `write` as they are. Nothing is left of `file` then.
 */
export async function compressLayer(input: LayerToCompress): Promise<CompressedLayer> {
  try {
    return await compress(input);
  } catch (error) {
    await rm(input.file, { force: true });
    throw error;
  } finally {
    await rm(spoolOf(input), { force: true });
  }
}

async function compress(input: LayerToCompress): Promise<CompressedLayer> {
  const { tar, where, spanBytes, level, write } = input;
  const contents = new LenientContents();
  const scanner = new TarScanner(where, [contents]);
  using spool = new CheckpointSpool(spoolOf(input), spanBytes);
  let facts: CompressedFacts | undefined;
  const blob = compressMembers(
    scanned(tar, scanner),
    { memberBytes: spanBytes + 1, ...(level !== undefined && { level }) },
    {
      compressed: (part) => spool.compressed(part),
      boundary: (at, window) => spool.boundary(at, window),
      end: (all) => {
        facts = all;
      },
    },
  );
  await write(blob);
  if (!facts) throw new Error(`${where} was not written to its end`);
  spool.end();
  if (contents.reason !== undefined)
    return { ...facts, outcome: { kind: 'unindexable', reason: contents.reason } };
  const outcome = await outcomeOf(input.file, {
    compressedBytes: facts.compressedBytes,
    uncompressedBytes: scanner.position,
    unpackedBytes: facts.uncompressedBytes,
    entries: contents.entries,
    spans: spooledSpans(spoolOf(input), spanBytes),
  });
  return { ...facts, outcome };
}

async function outcomeOf(file: string, layer: LayerFacts): Promise<LayerOutcome> {
  try {
    return { kind: 'indexed', ...(await writeZtoc(file, layer)) };
  } catch (error) {
    if (!hasCode(error, 'unindexable')) throw error;
    await rm(file, { force: true });
    return { kind: 'unindexable', reason: (error as Error).message };
  }
}

/** Passes a tar on and looks at it. @throws (while iterating) PullBudgetError `bad-tar` */
async function* scanned(tar: ByteStream, scanner: TarScanner): ByteStream {
  for await (const chunk of tar) {
    scanner.push(chunk);
    yield chunk;
  }
  scanner.end();
}

/** A layer that gets no zTOC is a layer all the same. */
class LenientContents implements TarSubscriber {
  readonly #contents = new LayerContents();
  #reason: string | undefined;

  get entries(): EntryList {
    return this.#contents.entries;
  }

  /** Why there can be no zTOC. */
  get reason(): string | undefined {
    return this.#reason;
  }

  entry(entry: TarEntry): void {
    if (this.#reason !== undefined) return;
    try {
      this.#contents.entry(entry);
    } catch (error) {
      if (!hasCode(error, 'unindexable')) throw error;
      this.#reason = (error as Error).message;
    }
  }
}
