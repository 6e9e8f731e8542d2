import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkpointBytes, writeCheckpoint } from '../../../src/content/gzip/checkpoint.ts';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import { problemsOf } from '../../../src/stages/soci/check.ts';
import { checkpointsHeader } from '../../../src/stages/soci/checkpoints.ts';
import { decodeZtoc, findCheckpoints } from '../../../src/stages/soci/decode.ts';
import { readZtoc } from '../../../src/stages/soci/ztoc-files.ts';
import { entriesOf, entryAt, indexedVectors, ztocBytes } from './ztoc-parts.ts';

const spanBytes = 4096;

/** A zTOC of so many spans, each with a window of 0xbb. */
function ztocOf(spans: number): Buffer {
  const checkpoint = (at: number): Buffer => {
    const record = Buffer.alloc(checkpointBytes, 0xbb);
    writeCheckpoint(record, { in: 10 + 100 * at, out: (spanBytes + 1) * at, bits: at % 8 });
    return record;
  };
  const checkpoints = Buffer.concat([
    checkpointsHeader(spans, spanBytes),
    ...Array.from({ length: spans }, (_, at) => checkpoint(at)),
  ]);
  const entries = Array.from({ length: 30 }, (_, at) =>
    entryAt(512 * (at + 1), { name: Buffer.from(`file-${at}`) }),
  );
  return ztocBytes(entries, {
    compressedBytes: 10 + 100 * spans,
    uncompressedBytes: (spanBytes + 1) * spans,
    spanDigests: Array.from(
      { length: spans },
      (_, at) => `sha256:${at.toString(16).padStart(64, '0')}` as Digest,
    ),
    checkpoints: { byteLength: checkpoints.byteLength, read: () => [checkpoints] },
  });
}

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'ztoc-files-')), 'ztoc');
});
afterEach(() => rm(join(path, '..'), { recursive: true }));

async function read(bytes: Buffer) {
  await writeFile(path, bytes);
  return readZtoc(path, describeBytes('application/vnd.oci.image.layer.v1.tar+gzip', bytes));
}

describe('a zTOC in a file', () => {
  test.each([
    ['a small one', 5],
    ['a large one', 300],
  ])('is read as what it is: %s', async (_, spans) => {
    const bytes = ztocOf(spans);
    const whole = decodeZtoc(bytes, 'whole');
    const ztoc = await read(bytes);
    expect(ztoc).toMatchObject({ spans: whole.spans, spanBytes, compressedBytes: whole.compressedBytes });
    expect(ztoc.spans).toHaveLength(spans);
    expect(entriesOf(ztoc)).toEqual(entriesOf(whole));
    expect(problemsOf(ztoc, ztoc.compressedBytes)).toEqual([]);
  });

  test('has windows only if it is small: nothing that is read from files needs them', async () => {
    expect((await read(ztocOf(5))).window(4)).toEqual(Buffer.alloc(32_768, 0xbb));
    const large = await read(ztocOf(300));
    expect(() => large.window(4)).toThrow('The window of span 4 was not read');
  });

  test.each([1, 4 * 1024 * 1024 + 1000, 9_000_000])(
    'is refused where it is cut off at byte %i',
    async (size) => {
      await expect(read(ztocOf(300).subarray(0, size))).rejects.toMatchObject({ code: 'bad-ztoc' });
    },
  );
});

describe('the checkpoints of a zTOC', () => {
  test.each(indexedVectors)('are found in what is before them: $name', ({ ztoc, mediaType }) => {
    const found = findCheckpoints(ztoc, 'zTOC');
    if (!mediaType.endsWith('gzip')) return expect(found).toBeUndefined();
    const { at = 0, count = 0 } = found ?? {};
    const { spans } = decodeZtoc(ztoc, 'zTOC');
    expect(count).toBe(12 + spans.length * checkpointBytes);
    const rest = Buffer.from(ztoc).fill(0, at);
    expect(findCheckpoints(rest, 'zTOC')).toEqual(found);
  });

  test('are not where anything else is that was not read', () => {
    const bytes = ztocOf(5);
    const { at = 0 } = findCheckpoints(bytes, 'zTOC') ?? {};
    const allBehind = { at, count: bytes.byteLength - at };
    expect(() => decodeZtoc(bytes, 'zTOC', allBehind)).toThrow(/byte \d+ lies among its checkpoints/);
  });
});
