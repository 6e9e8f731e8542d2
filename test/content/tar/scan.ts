import type { TarEntry } from '../../../src/content/tar/entry.ts';
import { TarScanner } from '../../../src/content/tar/scanner.ts';

export interface Scanned {
  readonly entries: readonly TarEntry[];
  /** Data by entry, in the entries' order. */
  readonly contents: readonly Buffer[];
  readonly archiveBytes: number;
}

/** Everything in an archive, pushed in these chunks. */
export function scan(chunks: Iterable<Uint8Array>): Scanned {
  const entries: TarEntry[] = [];
  const parts: Buffer[][] = [];
  const scanner = new TarScanner('test.tar', [
    {
      entry: (entry) => {
        entries.push(entry);
        parts.push([]);
      },
      data: (part) => parts.at(-1)?.push(Buffer.from(part)),
    },
  ]);
  for (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  return { entries, contents: parts.map((part) => Buffer.concat(part)), archiveBytes: scanner.position };
}
