import fc from 'fast-check';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import { paddingAfter } from '../../../src/content/tar/header.ts';
import { endOfArchive, fileHeader, folderHeader } from '../../../src/content/tar/writer.ts';

interface Read {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

/** Headers as another implementation reads them, without the data. */
async function readHeaders(...blocks: readonly Uint8Array[]): Promise<Read[]> {
  const found: Read[] = [];
  const archive = extract();
  archive.on('entry', ({ name, size = 0, type = '' }, stream, next) => {
    found.push({ name, size, type: type ?? '' });
    stream.resume();
    next();
  });
  const ended = new Promise<void>((resolve, reject) => archive.on('finish', resolve).on('error', reject));
  archive.end(Buffer.concat(blocks));
  await ended;
  return found;
}

test('files and folders are read by others as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.stringMatching(/^[a-z0-9./_-]{0,150}[a-z]$/),
      fc.nat({ max: 3000 }),
      async (name, size) => {
        const content = Buffer.alloc(size + paddingAfter(size));
        expect(
          await readHeaders(folderHeader('blobs'), fileHeader(name, size), content, endOfArchive),
        ).toEqual([
          { name: 'blobs/', size: 0, type: 'directory' },
          { name, size, type: 'file' },
        ]);
      },
    ),
    { numRuns: 50 },
  );
});

test.each([8 * 2 ** 30 - 1, 8 * 2 ** 30, 52 * 10 ** 9, 2 ** 50])(
  'a file of %d bytes keeps its size',
  async (size) => {
    const sizes: (number | undefined)[] = [];
    const archive = extract();
    archive.on('entry', (header) => sizes.push(header.size));
    archive.write(fileHeader('blob', size));
    // The header is all that is looked at: nobody writes the data.
    await new Promise((resolve) => setImmediate(resolve));
    expect(sizes).toEqual([size]);
    archive.destroy();
  },
);

test('the same names and sizes give the same bytes', () => {
  expect(fileHeader('index.json', 12)).toEqual(fileHeader('index.json', 12));
  expect(fileHeader('a', 1).byteLength).toBe(512);
});
