/** What `index` makes of layers that are damaged, made to do harm, or nothing that an index can be of. */
import { execFile } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createGzip, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { describeBytes } from '../../src/content/image/descriptor.ts';
import { digestOf } from '../../src/content/image/digest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import { hostPlatform } from '../../src/content/image/platform.ts';
import { paddingAfter } from '../../src/content/tar/header.ts';
import { endOfArchive, fileHeader } from '../../src/content/tar/writer.ts';
import { decodeZtoc } from '../../src/stages/soci/decode.ts';
import { describeLayer, type MadeLayer, makeLayer, tarOf } from '../content/layer/made-layer.ts';
import { FakeRegistry } from '../content/registry/fake-registry.ts';
import { makePlace, writeBlob, writeImage, writeManifest } from '../pipeline/pipeline.ts';

const lines = Buffer.from(Array.from({ length: 4000 }, (_, at) => `line ${at * 7919}\n`).join(''));
const good = makeLayer({ 'usr/good': lines });

/** A layout with an image of these layers, and the command with settings that suit it. */
async function imageOf(layers: readonly MadeLayer[]) {
  const place = await makePlace();
  await mkdir(place.scratch);
  await writeImage(place.layout, layers, { tag: '1' });
  const name = `oci:${place.path}:1`;
  const config = join(place.folder, 'settings.yml');
  await writeFile(config, `scratch: ${place.scratch}\nmin-layer-size: 0 B\nspan-size: 64 KiB\nattempts: 1\n`);
  async function index(to: string | undefined, ...flags: string[]) {
    const written = { out: '', err: '' };
    const places = to === undefined ? [name] : [name, to];
    const code = await runCommandLine(['index', ...places, '--json', '--config', config, ...flags], {
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text) },
      environment: {},
    });
    expect(await place.left()).toEqual([]);
    return { code, err: written.err, result: JSON.parse(written.out) };
  }
  const file = (digest: string) => join(place.path, 'blobs', ...digest.split(':'));
  return { ...place, name, config, index, file };
}

type Indexing = Awaited<ReturnType<typeof imageOf>>['index'];

/** A clear error about the layer, and a registry that has got no image, but perhaps blobs that nothing names. */
async function refuses(index: Indexing, code: string, ...parts: string[]) {
  await using registry = await FakeRegistry.start();
  const { code: exitCode, result } = await index(`${registry.host}/app:1`);
  expect(result).toMatchObject({ error: { kind: 'input', code, hint: expect.stringMatching(/\w\.$/) } });
  expect(exitCode).toBe(2);
  for (const part of parts) expect(result.error.message).toContain(part);
  expect([...registry.manifests.keys()]).toEqual([]);
}

/** The image's layers as the command tells of them, and its zTOCs by layer. */
async function indexed({ index, folder }: Awaited<ReturnType<typeof imageOf>>, ...flags: string[]) {
  const to = join(folder, 'copy');
  const { code, result, err } = await index(`oci:${to}:1`, ...flags);
  expect({ code, error: result.error }).toEqual({ code: 0 });
  const layers: { digest: string; reason?: string; ztoc?: { digest: string } }[] = result.soci[0].layers;
  const ztocs = await Promise.all(
    layers.map(async ({ ztoc }) =>
      ztoc ? decodeZtoc(await readFile(join(to, 'blobs', ...ztoc.digest.split(':'))), 'zTOC') : undefined,
    ),
  );
  return { layers, ztocs, err };
}

/** A header whose fields were changed, with a checksum that is right again. */
function changedHeader(change: (header: Buffer) => void, name = 'usr/bad', size = 0): Buffer {
  const header = Buffer.from(fileHeader(name, size));
  change(header);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

const withType = (type: string) => (header: Buffer) => void header.write(type, 156, 'latin1');
const archive = (...parts: Uint8Array[]) => Buffer.concat([...parts, endOfArchive]);

/** An extended header and the file that it is about. */
function extended(type: 'x' | 'L', body: Buffer): Buffer {
  const header = changedHeader(withType(type), 'extended', body.byteLength);
  const padding = Buffer.alloc(paddingAfter(body.byteLength));
  return archive(header, body, padding, fileHeader('usr/bad', 0));
}

function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const length = String(rest.length + String(rest.length + 2).length).length + rest.length;
  return Buffer.from(`${length}${rest}`);
}

const binarySize = (hex: string) => (header: Buffer) => void header.write(hex, 124, 'hex');

/** Changes one byte, counted from the end where `at` is negative. */
function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.byteLength + at : at;
  copy[index] = (copy[index] as number) ^ 0x55;
  return copy;
}

const gzipOf = (change: (bytes: Buffer) => Buffer) => describeLayer(good.tar, 'gzip', change(good.bytes));
const layerOf = (tar: Buffer) => describeLayer(tar, 'gzip');

describe('a layer', () => {
  test.each<[string, MadeLayer, string, ...string[]]>([
    ['of gzip that is cut off', gzipOf((bytes) => bytes.subarray(0, -100)), 'bad-layer'],
    ['of gzip that ends in its trailer', gzipOf((bytes) => bytes.subarray(0, -3)), 'bad-layer'],
    ['of gzip that ends in its header', gzipOf((bytes) => bytes.subarray(0, 7)), 'bad-layer'],
    ['of no gzip', gzipOf(() => lines), 'bad-layer'],
    ['of nothing', gzipOf(() => Buffer.alloc(0)), 'bad-layer'],
    ['damaged within', gzipOf((bytes) => changed(bytes, 2000)), 'bad-layer'],
    ['with a wrong CRC-32', gzipOf((bytes) => changed(bytes, -8)), 'bad-layer', 'CRC-32'],
    ['with a wrong ISIZE', gzipOf((bytes) => changed(bytes, -4)), 'bad-layer', String(good.tar.byteLength)],
    ['with garbage behind', gzipOf((bytes) => Buffer.concat([bytes, Buffer.from('garbage')])), 'bad-layer'],
    ['with zeros behind', gzipOf((bytes) => Buffer.concat([bytes, Buffer.alloc(512)])), 'bad-layer'],
    ['that ends in mid-entry', layerOf(good.tar.subarray(0, 20_000)), 'bad-tar', 'usr/good'],
    ['that ends in a header', layerOf(good.tar.subarray(0, 300)), 'bad-tar'],
    [
      'whose header has a wrong checksum',
      layerOf(changed(good.tar, 100)),
      'bad-tar',
      'at byte 0',
      'checksum',
    ],
    [
      'with a negative size in octal',
      layerOf(archive(changedHeader((header) => void header.write('-0000000001', 124)))),
      'bad-tar',
    ],
    [
      'with a negative size in binary',
      layerOf(archive(changedHeader(binarySize('ff'.repeat(12))))),
      'bad-tar',
      'negative',
    ],
    [
      'with a size of 2^63',
      layerOf(archive(changedHeader(binarySize('800000008000000000000000')))),
      'bad-tar',
      'size',
    ],
    [
      'with a size of 2^95',
      layerOf(archive(changedHeader(binarySize(`bf${'ff'.repeat(11)}`)))),
      'bad-tar',
      'size',
    ],
    [
      'with a size of 2^63 in a PAX header',
      layerOf(extended('x', paxRecord('size', '9223372036854775808'))),
      'bad-tar',
      'size',
    ],
    [
      'with a size of 2^53 less one',
      layerOf(archive(changedHeader(binarySize('80000000001fffffffffffff')))),
      'bad-tar',
      'usr/bad',
    ],
    ['with a name of 2 MiB', layerOf(extended('L', Buffer.alloc(2 ** 21, 'n'))), 'bad-tar', 'over 1 MiB'],
    ['with NUL in a name', layerOf(extended('x', paxRecord('path', 'usr/a\0b'))), 'bad-tar', 'path'],
    [
      'with a header between its end blocks',
      layerOf(Buffer.concat([endOfArchive.subarray(512), good.tar])),
      'bad-tar',
    ],
    [
      'that is another than the config says',
      { ...makeLayer({ a: lines }), diffId: digestOf('another') },
      'diff-id-mismatch',
    ],
    ['that unpacks to far more than it is', makeLayer({ zeros: Buffer.alloc(70 * 2 ** 20) }), 'unpack-ratio'],
  ])('%s is refused by its digest, and no image is pushed', async (_, layer, code, ...parts) => {
    const { index } = await imageOf([good, layer]);
    await refuses(index, code, `layer ${layer.descriptor.digest}`, ...parts);
  });

  test('that is missing', async () => {
    const { index, file } = await imageOf([good]);
    await rm(file(good.descriptor.digest));
    await refuses(index, 'not-found', good.descriptor.digest);
  });

  test('whose bytes were changed in the store', async () => {
    const { index, file } = await imageOf([good]);
    await writeFile(file(good.descriptor.digest), changed(good.bytes, 9));
    await refuses(index, 'digest-mismatch', good.descriptor.digest);
  });

  test('that was cut off in the store', async () => {
    const { index, file } = await imageOf([good]);
    await truncate(file(good.descriptor.digest), 1000);
    await refuses(index, 'size-mismatch', good.descriptor.digest);
  });

  test('is named by nothing in another layout, and leaves nothing where the image is', async () => {
    const bad = gzipOf((bytes) => changed(bytes, -8));
    const { index, path, folder, layout } = await imageOf([good, bad]);
    const before = [
      await readFile(join(path, 'index.json'), 'utf8'),
      await readdir(join(path, 'blobs', 'sha256')),
    ];
    expect((await index(undefined)).code).toBe(2);
    expect([
      await readFile(join(path, 'index.json'), 'utf8'),
      await readdir(join(path, 'blobs', 'sha256')),
    ]).toEqual(before);
    expect(await layout.tags()).toEqual(['1']);
    const copy = join(folder, 'copy');
    expect((await index(`oci:${copy}:1`)).code).toBe(2);
    expect(JSON.parse(await readFile(join(copy, 'index.json'), 'utf8')).manifests).toEqual([]);
    expect((await readdir(copy)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });
});

describe('a layer that no index can be of is passed on, and named with the reason', () => {
  test.each<[string, MadeLayer, RegExp]>([
    ['in zstd', makeLayer({ a: lines }, 'zstd'), /zstd/],
    ['encrypted', withMediaType(good.bytes, `${mediaTypes.ociLayerGzip}+encrypted`), /encrypted/],
    ['of a type that nobody knows', withMediaType(lines, 'application/vnd.acme.layer'), /vnd\.acme\.layer/],
    ['with a sparse file', layerOf(gunzipSync(fixture('fail-gnu-sparse'))), /sparse/],
    ['with a global PAX header', layerOf(gunzipSync(fixture('fail-pax-global-header'))), /global/],
    ['with a contiguous file', layerOf(gunzipSync(fixture('fail-contiguous-file'))), /contiguous/],
  ])('%s', async (_, layer, reason) => {
    const { layers, err } = await indexed(await imageOf([good, layer]));
    expect(layers.map(({ ztoc }) => ztoc !== undefined)).toEqual([true, false]);
    expect(layers[1]?.reason).toMatch(reason);
    const said = err.split('\n').find((line) => line.includes(layer.descriptor.digest));
    expect(said).toMatch(reason);
  });

  test('foreign', async () => {
    const place = await imageOf([good]);
    const manifest = await place.layout.readManifest(await place.layout.resolve('1'));
    if (manifest.kind !== 'image') throw new Error('no image');
    const foreign = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      digest: digestOf('far away'),
      size: 8,
      urls: ['https://registry.example/layer'],
    };
    const diffIds = [good.diffId, digestOf('far away, unpacked')];
    const config = await writeBlob(
      place.layout,
      mediaTypes.ociConfig,
      Buffer.from(JSON.stringify({ ...hostPlatform(), rootfs: { type: 'layers', diff_ids: diffIds } })),
    );
    await writeManifest(
      place.layout,
      mediaTypes.ociManifest,
      { config, layers: [good.descriptor, foreign] },
      '1',
    );
    const { layers, err } = await indexed(place);
    expect(layers[1]).toMatchObject({ digest: foreign.digest, reason: expect.stringContaining('foreign') });
    expect(err).toContain(foreign.digest);
  });

  test('alone: then the image is refused, or passed on as it is', async () => {
    const zstd = makeLayer({ a: lines }, 'zstd');
    const place = await imageOf([zstd]);
    await refuses(place.index, 'nothing-to-index', 'zstd');
    const { result } = await place.index(`oci:${join(place.folder, 'copy')}:1`, '--on-unindexable', 'pass');
    expect(result.digest).toBe((await place.layout.resolve('1')).digest);
  });
});

test('an index over 4 MiB is refused before anything is read of it', async () => {
  const { index, path, file } = await imageOf([good]);
  const bytes = Buffer.alloc(4 * 2 ** 20 + 1, ' ');
  const descriptor = describeBytes(mediaTypes.ociIndex, bytes);
  await writeFile(file(descriptor.digest), bytes);
  const annotations = { 'org.opencontainers.image.ref.name': '1' };
  const top = { schemaVersion: 2, manifests: [{ ...descriptor, annotations }] };
  await writeFile(join(path, 'index.json'), JSON.stringify(top));
  await refuses(index, 'too-large', descriptor.digest, '4194304 bytes');
});

describe('names', () => {
  test('of 64 KiB are kept whole', async () => {
    const name = Buffer.alloc(2 ** 16, 'long/');
    const { ztocs } = await indexed(await imageOf([layerOf(extended('L', name))]));
    expect(ztocs[0]?.entry(0).name.equals(name)).toBe(true);
  });

  test('end where a NUL is, as readers of GNU tar have it', async () => {
    const { ztocs } = await indexed(await imageOf([layerOf(extended('L', Buffer.from('usr/a\0b')))]));
    expect(ztocs[0]?.entry(0).name.toString()).toBe('usr/a');
  });

  test('that a terminal would act on are shown as text', async () => {
    const { index } = await imageOf([layerOf(tarOf({ '\x1b[2Jgone': lines }).subarray(0, 3000))]);
    const { result } = await index(undefined);
    expect(result.error).toMatchObject({ code: 'bad-tar', message: expect.stringContaining('gone') });
    expect(result.error.message).not.toContain('\x1b');
  });
});

/** What an index may take: 256 MiB, and 400 bytes for each entry beyond 200,000. */
const entries = process.env.PULL_BUDGET_FULL ? 1_000_000 : 100_000;

test(`a layer of ${entries} entries is indexed in the memory that is promised`, async () => {
  const { config, path, folder, file, layout } = await imageOf([good]);
  const tar = function* () {
    for (let at = 0; at < entries; at++) yield fileHeader(`usr/lib/folder-${at % 997}/file-${at}`, 0);
    yield endOfArchive;
  };
  const blob = join(folder, 'blob');
  await pipeline(Readable.from(batches(tar())), createGzip({ level: 1 }), createWriteStream(blob));
  const bytes = await readFile(blob);
  const layer = {
    descriptor: describeBytes(mediaTypes.ociLayerGzip, bytes),
    diffId: digestOf(gunzipSync(bytes)),
  };
  await writeImage(layout, [{ ...layer, bytes, tar: Buffer.alloc(0) }], { tag: 'many' });
  expect(await readFile(file(layer.descriptor.digest))).toHaveLength(bytes.byteLength);
  // Not maxRSS: of a new process that begins with what its parent has.
  const peak = `
    import { readFileSync } from 'node:fs';
    process.on('exit', () => console.error('peak', /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]));
  `;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    ...['--import', `data:text/javascript,${encodeURIComponent(peak)}`],
    // As users have it: running TypeScript takes memory of its own.
    ...[fileURLToPath(new URL('../../dist/cli.js', import.meta.url)), 'index'],
    ...[`oci:${path}:many`, `oci:${folder}/copy:1`, '--json', '--config', config],
    ...['--unpack-ratio-limit', '1000'],
  ]);
  expect(JSON.parse(stdout).soci[0].layers[0].ztoc).toMatchObject({ files: entries });
  const peakBytes = Number(/peak (\d+)/.exec(stderr)?.[1]) * 1024;
  expect(peakBytes).toBeLessThan(256 * 2 ** 20 + Math.max(0, entries - 200_000) * 400);
}, 900_000);

function* batches(parts: Iterable<Uint8Array>): Generator<Buffer> {
  let batch: Uint8Array[] = [];
  for (const part of parts) {
    if (batch.push(part) < 1000) continue;
    yield Buffer.concat(batch);
    batch = [];
  }
  yield Buffer.concat(batch);
}

function withMediaType(bytes: Buffer, mediaType: string): MadeLayer {
  return { descriptor: describeBytes(mediaType, bytes), diffId: digestOf('unknown'), bytes, tar: bytes };
}

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../fixtures/soci/${name}/layer.tar.gz`, import.meta.url));
}
