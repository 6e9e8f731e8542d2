import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/content/image/digest.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import { openOciArchive, writeOciArchive } from '../../../src/content/store/oci-archive.ts';
import { newMark } from '../../../src/content/store/owner.ts';
import { collect } from '../../../src/content/store/verify.ts';
import { fileHeader } from '../../../src/content/tar/writer.ts';
import {
  digestsOf,
  put,
  readAll,
  type SampleImage,
  sampleImage,
  sampleIndex,
  scratch,
  streamOf,
  tarOf,
} from './sample-image.ts';

const run = promisify(execFile);

async function archiveOf(image: SampleImage, ...tags: readonly string[]): Promise<string> {
  const path = join(await scratch(), 'image.tar');
  const sink = await writeOciArchive(path);
  await put(sink, image, ...tags);
  await sink.close();
  return path;
}

describe('writing', () => {
  test('what was written is read back, and the system’s tar lists it', async () => {
    const image = sampleIndex([{ image: await sampleImage() }, { image: await sampleImage() }]);
    const path = await archiveOf(image, 'v1', 'v2');
    const source = await openOciArchive(path);
    expect(await source.tags()).toEqual(['v1', 'v2']);
    expect(await readAll(source, await source.resolve('v1'))).toEqual(digestsOf(image));
    await source.close();
    const { stdout } = await run('tar', ['-tf', path]);
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['oci-layout', 'index.json', 'blobs/sha256/']));
  });

  test('unpacked it is a layout', async () => {
    const image = await sampleImage();
    const path = await archiveOf(image, 'v1');
    const folder = await scratch();
    await run('tar', ['-xf', path, '-C', folder]);
    const layout = await openLayout(folder);
    expect(await readAll(layout, await layout.resolve('v1'))).toEqual(digestsOf(image));
  });

  test('one without a tag holds the one image; blobs of sha512 are kept', async () => {
    const bytes = Buffer.from('content');
    const image = await sampleImage();
    const path = await archiveOf({
      ...image,
      blobs: new Map([...image.blobs, [digestOf(bytes, 'sha512'), bytes]]),
    });
    const source = await openOciArchive(path);
    expect(await source.resolve()).toEqual(image.top.descriptor);
    const blob = { mediaType: 'any', digest: digestOf(bytes, 'sha512'), size: bytes.byteLength };
    expect(await collect(source.readBlob(blob, { start: 2, end: 4 }), 10, '')).toEqual(Buffer.from('nt'));
    await source.close();
  });

  test('nothing has the name before close; an archive that was there is replaced', async () => {
    const path = join(await scratch(), 'image.tar');
    await writeFile(path, 'before');
    const image = await sampleImage();
    const sink = await writeOciArchive(path);
    await put(sink, image, 'v1');
    expect(await readFile(path, 'utf8')).toBe('before');
    await sink.close();
    const source = await openOciArchive(path);
    expect(await source.tags()).toEqual(['v1']);
    await source.close();
  });

  test('abort leaves nothing', async () => {
    const folder = await scratch();
    const sink = await writeOciArchive(join(folder, 'image.tar'));
    await put(sink, await sampleImage(), 'v1');
    await sink.abort();
    expect(await readdir(folder)).toEqual([]);
  });

  test('a blob that fails is cut off again, and can be written anew', async () => {
    const path = join(await scratch(), 'image.tar');
    const image = await sampleImage();
    const [digest, bytes] = [...image.blobs][0] as [never, Uint8Array];
    const blob = { mediaType: 'any', digest, size: bytes.byteLength };
    const sink = await writeOciArchive(path);
    for (const wrong of [
      bytes.subarray(100),
      Buffer.alloc(bytes.byteLength),
      Buffer.concat([bytes, bytes]),
    ]) {
      await expect(sink.writeBlob(blob, () => streamOf(wrong))).rejects.toMatchObject({
        code: expect.stringMatching('mismatch'),
      });
    }
    await put(sink, image, 'v1');
    expect(await sink.writeBlob(blob, () => streamOf())).toBe('existed');
    await sink.close();
    const source = await openOciArchive(path);
    expect(await readAll(source, await source.resolve('v1'))).toEqual(digestsOf(image));
    await source.close();
    const { stdout } = await run('tar', ['-tf', path]);
    expect(stdout.match(/blobs\/sha256\/\w/g)).toHaveLength(digestsOf(image).size);
  });

  test('blobs that are written at once do not mix', async () => {
    const image = await sampleImage({ layers: 8 });
    const path = join(await scratch(), 'image.tar');
    const sink = await writeOciArchive(path);
    await Promise.all(
      [...image.blobs].map(([digest, bytes]) =>
        sink.writeBlob({ mediaType: 'any', digest, size: bytes.byteLength }, () =>
          streamOf(bytes.subarray(0, 99), bytes.subarray(99)),
        ),
      ),
    );
    await put(sink, image, 'v1');
    await sink.close();
    const source = await openOciArchive(path);
    expect(await readAll(source, await source.resolve('v1'))).toEqual(digestsOf(image));
    await source.close();
  });

  test('what killed writers left is removed, a living one’s is not', async () => {
    const folder = await scratch();
    const mine = newMark();
    const dead = mine.replace(/-\d+-/, '-4194305-');
    for (const mark of [mine, dead]) await writeFile(join(folder, `image.tar.tmp-${mark}`), '');
    await (await writeOciArchive(join(folder, 'image.tar'))).abort();
    expect(await readdir(folder)).toEqual([`image.tar.tmp-${mine}`]);
  });

  test('through a symbolic link the file that it leads to is replaced, and the link stays', async () => {
    const [folder, elsewhere] = [await scratch(), await scratch()];
    const [link, file] = [join(folder, 'image.tar'), join(elsewhere, 'real.tar')];
    await writeFile(file, 'before');
    await symlink(file, link);
    const sink = await writeOciArchive(link);
    await put(sink, await sampleImage(), 'v1');
    await sink.close();
    expect(await readlink(link)).toBe(file);
    expect(await readdir(folder)).toEqual(['image.tar']);
    expect(await readdir(elsewhere)).toEqual(['real.tar']);
    const source = await openOciArchive(file);
    expect(await source.tags()).toEqual(['v1']);
    await source.close();
  });

  test.each([
    ['a pipe', (path: string) => run('mkfifo', [path]), 'pipe'],
    ['a folder', (path: string) => mkdir(path), 'folder'],
    // Through a link, whose rename would be the only harm if the refusal failed.
    ['a link to a device', (path: string) => symlink('/dev/null', path), 'device'],
    ['a link to nothing', (path: string) => symlink('none.tar', path), 'leads to nothing'],
  ])('%s is refused before anything is written, and stays', async (_, make, said) => {
    const folder = await scratch();
    const path = join(folder, 'image.tar');
    await make(path);
    const before = await lstat(path);
    await expect(writeOciArchive(path)).rejects.toMatchObject({
      kind: 'input',
      code: 'not-a-file',
      message: expect.stringContaining(said),
      hint: expect.stringContaining('Name a file'),
    });
    expect(await readdir(folder)).toEqual(['image.tar']);
    expect({ ...(await lstat(path)), atimeMs: 0, atime: 0 }).toEqual({ ...before, atimeMs: 0, atime: 0 });
  });

  test('the standard output is refused with the way to a file of that name', async () => {
    await expect(writeOciArchive('-')).rejects.toMatchObject({
      code: 'not-a-file',
      hint: expect.stringContaining('./-'),
    });
  });

  test('a folder that is not there is said', async () => {
    const path = join(await scratch(), 'none', 'image.tar');
    await expect(writeOciArchive(path)).rejects.toMatchObject({ message: expect.stringContaining(path) });
  });
});

describe('reading', () => {
  const inTwo = (compress: (bytes: Buffer) => Buffer) => (bytes: Buffer) =>
    Buffer.concat([compress(bytes.subarray(0, 9_000)), compress(bytes.subarray(9_000))]);
  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['gzip in several members', inTwo(gzipSync)],
    ['zstd in several frames', inTwo(zstdCompressSync)],
  ])('an archive compressed by %s is read, and a damaged one refused', async (_, compress) => {
    const image = await sampleImage();
    const path = await archiveOf(image, 'v1');
    const packed = compress(await readFile(path));
    await writeFile(path, packed);
    const source = await openOciArchive(path);
    expect(await readAll(source, await source.resolve('v1'))).toEqual(digestsOf(image));
    await source.close();
    await writeFile(path, packed.subarray(0, packed.length >> 1));
    await expect(openOciArchive(path)).rejects.toMatchObject({ code: 'bad-archive', kind: 'input' });
  });

  test('GNU tar’s own archives of a layout are read, with any spelling of the names', async () => {
    const folder = await scratch();
    const layout = await openLayout(folder, { create: true });
    const image = await sampleImage();
    await put(layout, image, 'v1');
    await layout.close();
    const archives = await scratch();
    for (const [name, args] of Object.entries({
      dotted: ['.'],
      plain: ['blobs', 'index.json', 'oci-layout'],
    })) {
      for (const format of ['gnu', 'pax', 'ustar']) {
        const path = join(archives, `${name}-${format}.tar`);
        await run('tar', [`--format=${format}`, '-cf', path, '-C', folder, ...args]);
        const source = await openOciArchive(path);
        expect(await readAll(source, await source.resolve('v1'))).toEqual(digestsOf(image));
        await source.close();
      }
    }
  });

  test('an archive that is cut off anywhere is refused or gives an error for what is missing', async () => {
    const image = await sampleImage({ layers: 1, layerBytes: 3000 });
    const path = await archiveOf(image, 'v1');
    const whole = await readFile(path);
    const lastEntry = whole.length - 1024;
    for (let length = 0; length < lastEntry; length += 499) {
      await writeFile(path, whole.subarray(0, length));
      const reading = openOciArchive(path).then(async (source) => {
        try {
          return await readAll(source, await source.resolve('v1'));
        } finally {
          await source.close();
        }
      });
      await expect(reading).rejects.toMatchObject({
        kind: 'input',
        code: expect.stringMatching(/bad-tar|no-layout/),
      });
    }
  });

  test('changed bytes of a blob are an error of the input', async () => {
    const image = await sampleImage({ layers: 1 });
    const path = await archiveOf(image, 'v1');
    const archive = await readFile(path);
    const layer = [...image.blobs.values()][0] as Uint8Array;
    const at = archive.indexOf(layer) + 50;
    archive[at] = (archive[at] as number) ^ 1;
    await writeFile(path, archive);
    const source = await openOciArchive(path);
    const reading = readAll(source, await source.resolve('v1'));
    await expect(reading).rejects.toMatchObject({ code: 'digest-mismatch', kind: 'input' });
    await source.close();
  });

  test.each([
    ['that is not there', async () => {}, 'not-found'],
    ['that is a folder', (path: string) => mkdir(path), 'bad-path'],
    ['that is empty', (path: string) => writeFile(path, ''), 'no-layout'],
    ['that is something else', (path: string) => writeFile(path, 'x'.repeat(2000)), 'bad-tar'],
    [
      'without a layout',
      async (path: string) => writeFile(path, await tarOf({ 'manifest.json': '[]' })),
      'no-layout',
    ],
    [
      'of a layout of another version',
      async (path: string) => writeFile(path, await tarOf({ 'oci-layout': '{"imageLayoutVersion":"3"}' })),
      'unsupported-layout',
    ],
    [
      'whose links go round in a circle',
      async (path: string) => {
        const folder = await scratch();
        await run('ln', ['-s', 'oci-layout', join(folder, 'oci-layout')]);
        await run('tar', ['-cf', path, '-C', folder, 'oci-layout']);
      },
      'no-layout',
    ],
    [
      'that is made to fill the disk',
      (path: string) => writeFile(path, zstdCompressSync(Buffer.alloc(70_000_000))),
      'unpack-ratio',
    ],
    [
      'that is made to fill the memory',
      (path: string) => {
        const names = Array.from({ length: 20 }, (_, at) => `${at}/${'x'.repeat(1_000_000)}`);
        return writeFile(path, Buffer.concat(names.map((name) => fileHeader(name, 0))));
      },
      'bad-tar',
    ],
  ])('a file %s is said to be so', async (_, make, code) => {
    const path = join(await scratch(), 'image.tar');
    await make(path);
    await expect(openOciArchive(path)).rejects.toMatchObject({
      code,
      kind: 'input',
      message: expect.stringContaining(path),
    });
  });

  test('an archive stays readable while it is replaced', async () => {
    const image = await sampleImage();
    const path = await archiveOf(image, 'v1');
    const source = await openOciArchive(path);
    const sink = await writeOciArchive(path);
    await put(sink, await sampleImage(), 'v2');
    await sink.close();
    expect(await readAll(source, await source.resolve('v1'))).toEqual(digestsOf(image));
    await source.close();
  });
});
