import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { outputsOf } from '../../src/config/outputs.ts';
import type { Written } from '../../src/config/read.ts';
import type { Manifest } from '../../src/content/image/manifest.ts';
import { formatPlatform, hostPlatform, parsePlatform } from '../../src/content/image/platform.ts';
import { openRegistry } from '../../src/content/registry/registry.ts';
import { serveLayout } from '../../src/content/registry/server.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import type { ImageSource } from '../../src/content/store/store.ts';
import { type Report, report as reportSchema } from '../../src/facts/report.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { FakeRegistry } from '../content/registry/fake-registry.ts';
import { listen, makePlace, settingsFor, writeImage, writeIndex } from './pipeline.ts';

// A test does not empty the page cache of the machine that it runs on.
vi.mock('../../src/stages/measure/host.ts', async (original) => ({
  ...(await original<typeof import('../../src/stages/measure/host.ts')>()),
  thisHost: { dropPageCache: async () => true, pause: async () => {} },
}));

const base = makeLayer({ 'usr/lib/base.bin': randomBytes(300_000) });
const app = makeLayer({ 'app/model.bin': randomBytes(200_000) });
const small = makeLayer({ 'etc/x': Buffer.from('x') });
const host = formatPlatform(hostPlatform());
const foreign = parsePlatform('linux/s390x');

/** Two releases in a layout, and an empty registry. */
async function releases() {
  const place = await makePlace();
  await writeImage(place.layout, [base, small], { tag: '1' });
  const second = await writeImage(place.layout, [base, app, small], { tag: '2' });
  const registry = await openLayout(join(place.folder, 'registry'), { create: true });
  const server = await serveLayout({ layout: registry });
  onTestFinished(() => server.close());
  await mkdir(place.scratch);
  const run = async (written: Written, context = listen()): Promise<Report> =>
    runPipeline(
      settingsFor(place.scratch, {
        image: `oci:${place.path}:2`,
        push: 'true',
        tags: `${server.host}/app:2`,
        soci: 'v2',
        'span-size': '64 KiB',
        'min-layer-size': '100 kB',
        runs: '0',
        budgets: 'layers <= 3',
        ...written,
      }),
      context,
    );
  const repository = (name = 'app') => {
    const opened = openRegistry({ host: server.host, repository: name });
    onTestFinished(() => opened.close());
    return opened;
  };
  return { ...place, second, registry, server, run, repository };
}

/** What a tag names: the index, the image of this machine in it, and the SOCI index that this one names. */
async function readConverted(source: ImageSource, tag: string) {
  const top = await source.readManifest(await source.resolve(tag));
  if (top.kind !== 'index') throw new Error(`${tag} is no index`);
  const entry = top.manifests[0];
  const image = entry && (await source.readManifest(entry));
  if (image?.kind !== 'image') throw new Error('there is no image');
  const named = image.annotations['com.amazon.soci.index-digest'];
  const soci = top.manifests.find(({ digest }) => digest === named);
  const index = soci && (await source.readManifest(soci));
  if (index?.kind !== 'image') throw new Error('there is no SOCI index');
  return { top, image, index };
}

const digestOf = ({ descriptor }: Manifest): string => descriptor.digest;

describe('a run that indexes', () => {
  test('pushes the image that names its SOCI index, measures and judges that, and leaves nothing', async () => {
    const { run, repository, left, server } = await releases();
    const context = listen();
    const report = await run({ runs: '1', budgets: ['layers <= 3', 'pull-time <= 1 min'] }, context);
    const { top, image, index } = await readConverted(repository(), '2');
    expect(report.image).toMatchObject({ name: `${server.host}/app:2`, digest: digestOf(top) });
    expect(report.image.platforms).toMatchObject([{ platform: host, digest: digestOf(image) }]);
    expect(report.sociImage).toEqual({ digest: digestOf(top), pushed: [`${server.host}/app:2`] });
    const [facts, ...more] = report.soci ?? [];
    expect(more).toEqual([]);
    expect(facts).toMatchObject({ platform: host, image: digestOf(image), v2: digestOf(index) });
    expect(facts?.layers).toMatchObject([
      { digest: base.descriptor.digest, ztoc: { spans: expect.any(Number), files: 1 } },
      { digest: app.descriptor.digest, ztoc: { spans: expect.any(Number), files: 1 } },
      { digest: small.descriptor.digest, reason: expect.stringContaining('minimum') },
    ]);
    expect(report.gate?.outcome).toBe('pass');
    expect(report.measurement?.samples).toHaveLength(1);
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(outputsOf(report, { report: '' })).toMatchObject({
      digest: digestOf(top),
      'soci-digest': digestOf(index),
      'soci-image-digest': digestOf(top),
    });
    expect(context.phases).toEqual([
      'Resolve',
      expect.stringMatching(/^Index oci:/),
      'Push',
      'Inspect',
      'Measure',
    ]);
    expect(await left()).toEqual([]);
  });

  test('with a suffix publishes it beside the plain image, which is what is judged', async () => {
    const { run, repository, second, server } = await releases();
    const tags = [`${server.host}/app:2`, `${server.host}/app:latest`, `${server.host}/mirror:2`];
    const report = await run({ 'soci-tag-suffix': '-soci', tags, soci: 'both' });
    expect(await repository().tags()).toEqual(['2', '2-soci', 'latest', 'latest-soci']);
    expect(await repository('mirror').tags()).toEqual(['2', '2-soci']);
    expect((await repository().resolve('latest')).digest).toBe(digestOf(second));
    const { top, image } = await readConverted(repository('mirror'), '2-soci');
    expect(report).toMatchObject({
      image: { digest: digestOf(second) },
      pushed: tags,
      sociImage: { digest: digestOf(top), pushed: tags.map((tag) => `${tag}-soci`) },
    });
    expect(outputsOf(report, { report: '' })).toMatchObject({
      digest: digestOf(second),
      'soci-image-digest': digestOf(top),
      'soci-digest': report.soci?.[0]?.v2,
    });
    const referrers = await repository().referrers(image.descriptor.digest);
    expect(referrers.map(({ digest }) => digest)).toEqual([report.soci?.[0]?.v1]);
  });

  test('with v1 leaves the image as it is, and its index is a referrer of it', async () => {
    const { run, repository, second } = await releases();
    const report = await run({ soci: 'v1' });
    expect((await repository().resolve('2')).digest).toBe(digestOf(second));
    const referrers = await repository().referrers(second.descriptor.digest);
    expect(referrers.map(({ digest }) => digest)).toEqual([report.soci?.[0]?.v1]);
    expect(report).not.toHaveProperty('sociImage');
    expect(outputsOf(report, { report: '' })).toMatchObject({
      'soci-digest': report.soci?.[0]?.v1,
      'soci-image-digest': '',
    });
  });

  test('of chosen platforms pushes those with their indexes alone', async () => {
    const { run, repository, layout, path } = await releases();
    const own = await writeImage(layout, [app]);
    const other = await writeImage(layout, [base], { platform: foreign });
    const third = await writeImage(layout, [small], { platform: parsePlatform('linux/riscv64') });
    const entries = [
      [own, { platform: hostPlatform() }],
      [other, { platform: foreign }],
      [third, { platform: parsePlatform('linux/riscv64') }],
    ] as const;
    await writeIndex(layout, entries, 'multi');
    const platforms = `${host},linux/s390x`;
    const report = await run({ image: `oci:${path}:multi`, platforms, budgets: 'layers <= 1' });
    const { top } = await readConverted(repository(), '2');
    expect(top.manifests).toHaveLength(4);
    expect(report.soci?.map(({ platform }) => platform)).toEqual([host, 'linux/s390x']);
    expect(report.sociImage?.digest).toBe(digestOf(top));
  });

  test('takes over what the baseline knows, under its tag or beside it', async () => {
    for (const suffix of [[], ['-soci']]) {
      const { run, path, server } = await releases();
      const more = { 'soci-tag-suffix': suffix };
      await run({ image: `oci:${path}:1`, tags: `${server.host}/app:1`, ...more });
      const report = await run({ baseline: `${server.host}/app:1`, ...more });
      const [facts] = report.soci ?? [];
      expect(facts?.layers.map(({ ztoc }) => ztoc?.reused !== undefined)).toEqual([true, false, false]);
    }
  });

  test('takes over what the base image knows under the suffix that AWS uses, and what the folder has', async () => {
    const { run, path, server, folder } = await releases();
    const cache = join(folder, 'kept', 'ztocs');
    await run({ image: `oci:${path}:1`, tags: `${server.host}/base:1`, 'soci-tag-suffix': '-soci' });
    const first = await run({ base: `${server.host}/base:1`, 'soci-cache': cache });
    const taken = (report: Report) => report.soci?.[0]?.layers.map(({ ztoc }) => ztoc?.reused);
    expect(taken(first)).toEqual([expect.stringContaining('/base@sha256:'), undefined, undefined]);
    const again = await run({ tags: `${server.host}/elsewhere:2`, 'soci-cache': cache });
    expect(taken(again)?.[1]).toContain(cache);
  });

  test('names to nodes the spans of the files to prefetch, those of a trace too', async () => {
    const { run, repository, folder } = await releases();
    const trace = join(folder, 'trace.txt');
    await writeFile(trace, '/app/model.bin\n/gone\n');
    const context = listen();
    await run({ prefetch: ['/usr/lib/*.{bin,so}', `@${trace}`] }, context);
    const { index } = await readConverted(repository(), '2');
    const artifacts = index.layers.filter(({ mediaType }) => mediaType.includes('prefetch'));
    expect(artifacts.map(({ annotations }) => annotations?.['com.amazon.soci.image-layer-digest'])).toEqual([
      base.descriptor.digest,
      app.descriptor.digest,
    ]);
    expect(context.notices).toContainEqual(expect.stringContaining('"/gone"'));
  });

  test('says where the base image is not there, and goes on', async () => {
    const { run, server } = await releases();
    const context = listen();
    expect((await run({ base: `${server.host}/gone:1` }, context)).soci).toHaveLength(1);
    expect(context.notices).toContain(
      `No layer is known from the base image: ${server.host}/gone:1 is not there.`,
    );
  });

  test('does not index what is not pushed', async () => {
    const { run } = await releases();
    const context = listen();
    const report = await run({ push: 'false' }, context);
    expect(report).not.toHaveProperty('soci');
    expect(context.phases).toEqual(['Resolve', 'Inspect']);
  });
});

describe('a run that cannot index', () => {
  test('pushes nothing and leaves nothing', async () => {
    const { run, registry, left, server } = await releases();
    await expect(run({ 'min-layer-size': '1 GB' })).rejects.toMatchObject({ code: 'nothing-to-index' });
    await expect(run({ soci: 'v1', 'soci-tag-suffix': '-soci' })).rejects.toMatchObject({
      code: 'conflicting-settings',
      hint: expect.stringContaining('Leave soci-tag-suffix out'),
    });
    const tags = [`${server.host}/app:1`, `${server.host}/app:1-soci`];
    await expect(run({ 'soci-tag-suffix': '-soci', tags })).rejects.toMatchObject({
      code: 'conflicting-settings',
      message: expect.stringContaining('/app:1-soci is one of the tags'),
    });
    await expect(
      run({ 'soci-tag-suffix': 'x'.repeat(100), tags: `r.example/a:${'y'.repeat(60)}` }),
    ).rejects.toMatchObject({
      code: 'bad-reference',
      hint: expect.stringContaining('128'),
    });
    await expect(run({ prefetch: '@/gone/trace' })).rejects.toMatchObject({ code: 'bad-path' });
    expect(await registry.tags()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('ends where it is interrupted, pushes nothing and leaves nothing', async () => {
    const { run, registry, left, folder } = await releases();
    const interruption = new AbortController();
    const reason = new Error('the user stopped it');
    const context = {
      ...listen(interruption.signal),
      progress: {
        start: () => {
          interruption.abort(reason);
          return { advance: () => {}, done: () => {} };
        },
      },
    };
    const cache = join(folder, 'ztocs');
    await expect(run({ 'soci-cache': cache }, context)).rejects.toBe(reason);
    expect(await registry.tags()).toEqual([]);
    expect(await left()).toEqual([]);
    expect(await readdir(cache)).toEqual([]);
  });

  test('lets an image pass that has nothing to index, where that is asked for', async () => {
    const { run, repository, second } = await releases();
    const report = await run({ 'min-layer-size': '1 GB', 'on-unindexable': 'pass' });
    expect((await repository().resolve('2')).digest).toBe(digestOf(second));
    expect(report).not.toHaveProperty('sociImage');
    expect(report.soci?.[0]?.layers.every(({ ztoc }) => ztoc === undefined)).toBe(true);
    expect(outputsOf(report, { report: '' })['soci-digest']).toBe('');
  });

  test('has pushed the plain image where the registry refuses the other, and tagged nothing else', async () => {
    const { run, left } = await releases();
    const fake = await FakeRegistry.start({
      fault: ({ method, path, headers }) =>
        method === 'PUT' && path.includes('/manifests/') && headers['content-type']?.includes('image.index')
          ? { status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID","message":"artifactType"}]}' }
          : undefined,
    });
    onTestFinished(() => fake[Symbol.asyncDispose]());
    await expect(run({ tags: `${fake.host}/app:2`, 'soci-tag-suffix': '-soci' })).rejects.toMatchObject({
      code: 'soci-refused',
    });
    const tags = [...fake.manifests.keys()].filter((key) => !key.includes('sha256:'));
    expect(tags).toEqual(['app 2']);
    expect(await left()).toEqual([]);
  });
});
