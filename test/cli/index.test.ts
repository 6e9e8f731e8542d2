import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { formatPlatform, hostPlatform, parsePlatform } from '../../src/content/image/platform.ts';
import { serveLayout } from '../../src/content/registry/server.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import { openOciArchive } from '../../src/content/store/oci-archive.ts';
import { sociFacts } from '../../src/facts/soci.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { readAll } from '../content/store/sample-image.ts';
import { makePlace, writeImage, writeIndex } from '../pipeline/pipeline.ts';

const base = makeLayer({ 'usr/lib/base.bin': randomBytes(200_000) });
const zstd = makeLayer({ 'app/model.bin': randomBytes(200_000) }, 'zstd');
const small = makeLayer({ 'etc/x': Buffer.from('x') });
const host = formatPlatform(hostPlatform());

/** A layout with an image of three layers, and the command with settings that suit it. */
async function images() {
  const { folder, layout, path, scratch, left } = await makePlace();
  const image = await writeImage(layout, [base, zstd, small], { tag: 'v1' });
  const config = join(folder, 'settings.yml');
  await writeFile(config, `scratch: ${scratch}\nmin-layer-size: 100 kB\nspan-size: 64 KiB\n`);
  await mkdir(scratch);
  async function index(...args: string[]) {
    const written = { out: '', err: '' };
    const code = await runCommandLine(['index', ...args, '--config', config], {
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text) },
      environment: {},
    });
    expect(await left()).toEqual([]);
    return { code, ...written };
  }
  return { folder, layout, path, image, index };
}

async function servedRegistry(folder: string) {
  const layout = await openLayout(join(folder, 'registry'), { create: true });
  const server = await serveLayout({ layout });
  onTestFinished(() => server.close());
  return { layout, host: server.host };
}

describe('index', () => {
  test('writes an image with its index to another layout, and says layer by layer what it did', async () => {
    const { folder, path, index } = await images();
    const target = join(folder, 'indexed');
    const { code, out, err } = await index(`oci:${path}:v1`, `oci:${target}:v2`);
    expect(code).toBe(0);
    const there = await openLayout(target);
    const top = await there.resolve('v2');
    const digests = await readAll(there, top);
    for (const { descriptor } of [base, zstd, small]) expect(digests).toContain(descriptor.digest);
    expect(out).toMatch(new RegExp(`^oci:${target}:v2 is ${top.digest}\n`));
    expect(out).toMatch(new RegExp(`${host}: \\d\\d\\.\\d % lazily loadable, \\d+ kB of \\d+ kB`));
    expect(out).toMatch(/SOCI index v2 sha256:[0-9a-f]{64}\./);
    expect(out).toMatch(/ 1 {2}[0-9a-f]{12} +200 kB +[\d.]+ kB +\d+ +64 KiB +1\n/);
    expect(out).toMatch(/ 2 {2}[0-9a-f]{12} +20\d kB +– +– +– +– +not indexed: .*zstd/);
    expect(out).toMatch(/ 3 {2}[0-9a-f]{12} +\d+ B +– +– +– +– +not indexed: smaller than/);
    expect(err).toMatch(/^Index oci:.*:v1\n/);
  });

  test('prints one JSON document', async () => {
    const { folder, path, index } = await images();
    const target = `oci:${join(folder, 'indexed')}:v2`;
    const { out } = await index(`oci:${path}:v1`, target, '--json', '--soci', 'both');
    const result = JSON.parse(out);
    expect(result).toMatchObject({
      source: `oci:${path}:v1`,
      destination: target,
      digest: expect.stringMatching(/^sha256:/),
      sociImage: { digest: result.digest, pushed: [target] },
      blobs: { written: 6, existed: 0, mounted: 0, skipped: 0 },
    });
    const [facts] = result.soci;
    expect(sociFacts.parse(facts)).toMatchObject({
      platform: host,
      v1: expect.anything(),
      v2: expect.anything(),
    });
    expect(facts.layers[0].ztoc).toMatchObject({ spanBytes: 65_536, files: 1 });
  });

  test('in place gives the tag to the indexed image, and finds nothing to do the second time', async () => {
    const { path, layout, image, index } = await images();
    const first = JSON.parse((await index(`oci:${path}`, '--json')).out);
    expect(first.destination).toBe(`oci:${path}:v1`);
    expect(await layout.tags()).toEqual(['v1']);
    const now = await layout.resolve('v1');
    expect(now.digest).toBe(first.digest);
    expect(now.digest).not.toBe(image.descriptor.digest);
    const again = JSON.parse((await index(`oci:${path}:v1`, '--json')).out);
    expect(again).toMatchObject({ digest: first.digest, writtenBytes: 0 });
    expect(again.soci[0].layers[0].ztoc.reused).toContain(path);
  });

  test('names both tags and says that nothing was to be written, where all of it was there before', async () => {
    const { folder, path, index } = await images();
    const target = `oci:${join(folder, 'two')}:1`;
    const args = [`oci:${path}:v1`, target, '--soci-tag-suffix', '-soci'];
    expect((await index(...args)).out).toMatch(/ kB written\.\n/);
    const { out } = await index(...args);
    expect(out).toContain('Nothing had to be written: all of it was there.\n');
    const indexed = (await index(`${target}-soci`, '--soci-tag-suffix', '-again')).out;
    expect(indexed).toMatch(/:1-soci is sha256:/);
    expect(indexed).toMatch(/:1-soci-again is\s+sha256:[0-9a-f]{64}, with the index\.\n/);
    const passed = await index(...args, '--min-layer-size', '1 GB', '--on-unindexable', 'pass');
    expect(passed.out).toMatch(/:1-soci is\s+sha256:[0-9a-f]{64}, the image as it was\.\n/);
  });

  test('counts what it wrote of both images, where the plain one stands beside', async () => {
    const { folder, path, index } = await images();
    const { out } = await index(
      `oci:${path}:v1`,
      `oci:${join(folder, 'two')}:1`,
      '--soci-tag-suffix',
      '-soci',
      '--json',
    );
    // Config and three layers, which the second image has too; then its zTOC and the index's config.
    expect(JSON.parse(out).blobs).toEqual({ written: 6, existed: 4, mounted: 0, skipped: 0 });
  });

  test('says why it knows nothing of the base image: it is not there, or its registry does not answer', async () => {
    const { folder, path, index } = await images();
    const registry = await servedRegistry(folder);
    const notices = async (base: string) =>
      (await index(`oci:${path}:v1`, `oci:${join(folder, 'based')}:1`, '--base', base, '--attempts', '1')).err
        .split('\n')
        .filter((line) => line.startsWith('No '));
    expect(await notices(`${registry.host}/gone:1`)).toEqual([
      `No layer is known from the base image: ${registry.host}/gone:1 is not there.`,
    ]);
    expect(await notices('localhost:1/app:1')).toEqual(
      ['1-soci', '1'].map((tag) =>
        expect.stringMatching(`^No SOCI index is looked for in localhost:1/app:${tag}: .*no answer`),
      ),
    );
  });

  test('takes an image from registry to registry, and beside it with a suffix', async () => {
    const { folder, path, image, index } = await images();
    const registry = await servedRegistry(folder);
    await index(`oci:${path}:v1`, `${registry.host}/from:1`, '--soci-tag-suffix', '-soci');
    expect((await registry.layout.resolve('1')).digest).toBe(image.descriptor.digest);
    const moved = await index(`${registry.host}/from:1`, `${registry.host}/to/app:1`, '--json');
    expect(moved.code).toBe(0);
    const result = JSON.parse(moved.out);
    expect(result.digest).toBe((await registry.layout.resolve('1-soci')).digest);
    const pinned = `${registry.host}/from:1@${image.descriptor.digest}`;
    expect(JSON.parse((await index(pinned, `${registry.host}/pinned:1`, '--json')).out).digest).toBe(
      result.digest,
    );
    const inPlace = await index(`${registry.host}/from`, '--json');
    expect({ code: inPlace.code, out: JSON.parse(inPlace.out).error.code }).toEqual({
      code: 2,
      out: 'not-found',
    });
    const beside = JSON.parse(
      (await index(`${registry.host}/from:1`, '--json', '--soci-tag-suffix', '-lazy')).out,
    );
    expect(beside).toMatchObject({
      destination: `${registry.host}/from:1`,
      digest: image.descriptor.digest,
      sociImage: { digest: result.digest, pushed: [`${registry.host}/from:1-lazy`] },
      blobs: { written: 0 },
    });
  });

  test('writes an archive that holds image and index', async () => {
    const { folder, path, index } = await images();
    const file = join(folder, 'image.tar');
    const { code, out } = await index(`oci:${path}:v1`, `oci-archive:${file}:v2`, '--json');
    expect(code).toBe(0);
    const archive = await openOciArchive(file);
    onTestFinished(() => archive.close());
    const top = await archive.resolve('v2');
    expect(await readAll(archive, top)).toContain(JSON.parse(out).soci[0].v2);
  });

  test('in place keeps the platforms that it is not to index; elsewhere it leaves them out', async () => {
    const { folder, path, layout, index } = await images();
    const other = parsePlatform('linux/s390x');
    const entries = [
      [await writeImage(layout, [base]), { platform: hostPlatform() }],
      [await writeImage(layout, [small], { platform: other }), { platform: other }],
    ] as const;
    await writeIndex(layout, entries, 'multi');
    const target = join(folder, 'one');
    await index(`oci:${path}:multi`, `oci:${target}:1`, '--platforms', host);
    await index(`oci:${path}:multi`, '--platforms', host);
    await index(`oci:${path}:multi`, `oci:${path}:multi`, '--platforms', host);
    const count = async (path: string, tag: string) => {
      const there = await openLayout(path);
      const top = await there.readManifest(await there.resolve(tag));
      return top.kind === 'index' ? top.manifests.length : 1;
    };
    expect(await count(target, '1')).toBe(2);
    expect(await count(path, 'multi')).toBe(3);
  });
});

describe('index that cannot be', () => {
  const digest = `sha256:${'a'.repeat(64)}`;

  test.each([
    [['localhost:1/app:1'], 3, 'no answer from localhost:1'],
    [[`localhost:1/app@${digest}`], 2, 'a digest is fixed'],
    [['oci:LAYOUT:v1', 'docker-archive:x.tar'], 2, 'docker-archive:x.tar cannot hold SOCI indexes'],
    [['oci:LAYOUT:v1', 'docker-daemon:x:1'], 2, 'docker-daemon:x:1 cannot hold SOCI indexes'],
    [['oci:LAYOUT:v1', `localhost:1/app@${digest}`], 2, 'is no place to write to'],
    [['oci:LAYOUT:v1', `oci:LAYOUT@${digest}`], 2, 'is no place to write to'],
    [['docker-daemon:x:1'], 2, 'docker loads no SOCI index'],
    [['oci:LAYOUT:v1', '--soci', 'off'], 2, 'soci is off: there is nothing to make'],
    [['oci:LAYOUT:v1', '--min-layer-size', '1 GB'], 2, 'can be indexed'],
    [['oci:LAYOUT:v1', 'oci:LAYOUT', '--soci-tag-suffix=-soci'], 2, 'names no tag'],
    [['oci:LAYOUT:v1', 'oci-archive:x.tar:1', '--soci-tag-suffix=-soci'], 2, 'would be written twice'],
    [['oci:LAYOUT:v1', '--soci', 'v1', '--soci-tag-suffix=-soci'], 2, 'soci is v1'],
    [['oci:LAYOUT:v2'], 2, 'holds no image "v2"'],
  ])('says why, with what to do: %j', async (args, code, says) => {
    const { path, layout, image, index } = await images();
    const ended = await index(...args.map((arg) => arg.replace('LAYOUT', path)));
    expect(ended).toMatchObject({ code, out: '', err: expect.stringContaining(says) });
    expect(ended.err.trimEnd().split('\n').at(-1)).toMatch(/\.$/);
    expect(await layout.tags()).toEqual(['v1']);
    expect((await layout.resolve('v1')).digest).toBe(image.descriptor.digest);
  });

  test('is in place what has no tag, or lies in an archive', async () => {
    const { folder, path, image, index } = await images();
    const byDigest = await index(`oci:${path}@${image.descriptor.digest}`);
    expect(byDigest).toMatchObject({ code: 2, err: expect.stringContaining(`Add DST: oci:${path}:TAG.`) });
    const registry = await servedRegistry(folder);
    await index(`oci:${path}:v1`, `${registry.host}/app:1`, '--soci', 'v1');
    const fixed = await index(`${registry.host}/app@${image.descriptor.digest}`);
    expect(fixed.err).toContain(
      'cannot be indexed in place: a digest is fixed, and no tag is named\n' +
        `Add DST: ${registry.host}/app:TAG.`,
    );
    const file = join(folder, 'image.tar');
    await index(`oci:${path}:v1`, `oci-archive:${file}:v1`);
    expect((await index(`oci-archive:${file}:v1`)).err).toContain('an archive is written anew');
    expect((await readdir(folder)).filter((name) => name.includes('tmp'))).toEqual([]);
  });
});
