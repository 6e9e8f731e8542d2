/** The layers of test/fixtures/soci, and what the real soci and its snapshotter made of each. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = new URL('../../fixtures/soci/', import.meta.url).pathname;

interface CaseFile {
  readonly media_type: string;
  readonly span_size: number;
  readonly error?: string;
  readonly expected?: {
    readonly ztoc_sha256: string;
    readonly checkpoints?: readonly { readonly in: number; readonly out: number; readonly bits: number }[];
    readonly span_digests: readonly string[];
    readonly snapshotter: {
      readonly opens: boolean;
      readonly regular_files_read: number;
      readonly unreadable?: Readonly<Record<string, string>>;
    };
  };
}

export interface LayerVector {
  readonly name: string;
  readonly mediaType: string;
  readonly spanBytes: number;
  readonly blob: Buffer;
  /** Undefined where soci refused the layer. */
  readonly ztoc: Buffer | undefined;
  readonly index: Buffer | undefined;
  readonly expected: CaseFile['expected'];
}

function readVector(name: string): LayerVector {
  const file = (part: string): Buffer => readFileSync(join(folder, name, part));
  const files = readdirSync(join(folder, name));
  const known = JSON.parse(file('case.json').toString()) as CaseFile;
  return {
    name,
    mediaType: known.media_type,
    spanBytes: known.span_size,
    blob: file(files.find((one) => one.startsWith('layer.')) as string),
    ztoc: files.includes('ztoc') ? file('ztoc') : undefined,
    index: files.includes('index.json') ? file('index.json') : undefined,
    expected: known.expected,
  };
}

/** Every case of one layer. */
export const layerVectors: readonly LayerVector[] = readdirSync(folder)
  .filter((name) => /^(tar|writer|gzip|stream|plain|fail)-/.test(name))
  .sort()
  .map(readVector);
