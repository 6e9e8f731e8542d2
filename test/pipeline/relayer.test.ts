import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { outputsOf } from '../../src/config/outputs.ts';
import type { Written } from '../../src/config/read.ts';
import { hasCode, inputError } from '../../src/content/error.ts';
import type { ImageManifest } from '../../src/content/image/manifest.ts';
import { formatPlatform, hostPlatform, parsePlatform } from '../../src/content/image/platform.ts';
import { openRegistry } from '../../src/content/registry/registry.ts';
import { type RegistryServer, serveLayout } from '../../src/content/registry/server.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import { imageManifests } from '../../src/content/store/platforms.ts';
import { type Report, report as reportSchema } from '../../src/facts/report.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import { verifyTree } from '../../src/stages/relayer/verify.ts';
import type { MadeLayer } from '../content/layer/made-layer.ts';
import { FakeRegistry } from '../content/registry/fake-registry.ts';
import { listen, makePlace, settingsFor, writeBlob, writeIndex } from './pipeline.ts';
import { app, base, layersOf, wheels, writeRelease } from './relaid.ts';

// A test does not empty the page cache of the machine that it runs on.
vi.mock('../../src/stages/measure/host.ts', async (original) => ({
  ...(await original<typeof import('../../src/stages/measure/host.ts')>()),
  thisHost: { dropPageCache: async () => true, pause: async () => {} },
}));
vi.mock('../../src/stages/relayer/verify.ts', { spy: true });

const host = formatPlatform(hostPlatform());
const foreign = parsePlatform('linux/s390x');
const planAnnotation = 'vnd.pull-budget.layer-plan.digest';

/** Two releases at a registry, as they were built, and another registry that is empty. */
async function releases() {
  const place = await makePlace();
  for (const tag of ['1', '2']) await writeRelease(place.layout, layersOf(tag), { tag });
  const built = await serve(place.layout);
  const registry = await openLayout(join(place.folder, 'registry'), { create: true });
  // Other images stand on the base.
  await writeBlob(registry, base.descriptor.mediaType, base.bytes);
  const server = await serve(registry);
  await mkdir(place.scratch);
  const run = async (release: string, written: Written = {}, context = listen()): Promise<Report> => {
    const report = await runPipeline(
      settingsFor(place.scratch, {
        image: `${built.host}/built:${release}`,
        relayer: 'true',
        push: 'true',
        tags: [`${server.host}/app:${release}`, `${server.host}/app:latest`],
        'span-size': '64 KiB',
        'min-layer-size': '100 kB',
        runs: '0',
        budgets: 'layers <= 60',
        ...written,
      }),
      context,
    );
    expect(await place.left()).toEqual([]);
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    return report;
  };
  const repository = openRegistry({ host: server.host, repository: 'app' });
  onTestFinished(() => repository.close());
  /** How often layers of a release were downloaded as they were built. */
  const reads = (release: string) => layersOf(release).map((layer) => timesSent(built, layer));
  return { ...place, built, registry, server, run, repository, reads };
}

async function serve(layout: Parameters<typeof serveLayout>[0]['layout']): Promise<RegistryServer> {
  const server = await serveLayout({ layout });
  onTestFinished(() => server.close());
  return server;
}

const timesSent = ({ traffic }: RegistryServer, { descriptor }: MadeLayer): number =>
  (traffic.sent.get(descriptor.digest) ?? 0) / descriptor.size;

/** The manifests of a tag's images, each with what refers to it by type. */
async function manifestsOf(repository: ReturnType<typeof openRegistry>, tag: string) {
  const found: { manifest: ImageManifest; plans: ImageManifest[] }[] = [];
  const top = await repository.readManifest(await repository.resolve(tag));
  for await (const manifest of imageManifests(repository, top, [])) {
    const type = 'application/vnd.pull-budget.layer-plan.v1+json';
    const referrers = await repository.referrers(manifest.descriptor.digest, type);
    const plans = await Promise.all(referrers.map((one) => repository.readManifest(one)));
    found.push({ manifest, plans: plans.filter((one) => one.kind === 'image') });
  }
  return found;
}

describe('a run that re-lays', () => {
  test('ships of the second release what changed, and finds the first beside its tags', async () => {
    const { run, server, reads, repository } = await releases();
    const context = listen();
    const first = await run('1', {}, context);
    expect(context.notices[0]).toBe(
      `No baseline: ${server.host}/app:latest is not there. Budgets against it pass this time, and the image is re-laid afresh.`,
    );
    expect(context.phases).toEqual(['Resolve', expect.stringMatching(/^Re-layer /), 'Push', 'Inspect']);
    expect(outputsOf(first, { report: '' })).toMatchObject({ 'delta-size': '', 'reused-layers': '0' });
    expect(reads('1')).toEqual([1, 1, 1]);

    const before = new Set(server.traffic.received.keys());
    const second = await run('2');
    const [facts] = second.relayer ?? [];
    const [was] = first.relayer ?? [];
    expect(facts?.baseline).toBe(was?.image);
    expect(second.baseline).toMatchObject({ name: `${server.host}/app:latest`, digest: first.image.digest });
    const fresh = facts?.layers.filter(({ origin }) => origin === 'new') ?? [];
    expect(fresh.map(({ bytes }) => bytes).reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(3_000);
    const sent = [...server.traffic.received].filter(([digest]) => !before.has(digest));
    const shipped = sent.filter(([digest]) => facts?.layers.some((layer) => layer.digest === digest));
    expect(shipped.map(([digest]) => digest).toSorted()).toEqual(
      fresh.map(({ digest }) => digest).toSorted(),
    );
    // The base's table came with the plan of the first release.
    expect(reads('2')).toEqual([1, 1, 1]);

    const [now] = await manifestsOf(repository, '2');
    const documents = (now?.manifest.raw.byteLength ?? 0) + (now?.manifest.config.size ?? 0);
    expect(second.deltas).toMatchObject([{ chain: { bytes: documents + (facts?.delta.after.chain ?? 0) } }]);
    expect(outputsOf(second, { report: '' })).toMatchObject({
      'delta-size': String(documents + fresh.reduce((sum, { bytes }) => sum + bytes, 0)),
      'delta-unpacked': String(facts?.delta.unpackedBytes),
      unpacked: String(facts?.layers.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0)),
      'reused-layers': String(facts?.reusedLayers),
    });
    expect(facts?.reusedLayers).toBeGreaterThanOrEqual(2);
    expect(second.image.beside).toMatchObject([{ kind: 'layer-plan' }]);
  });

  test.each([
    ['off', undefined],
    ['v2', undefined],
    ['v1', undefined],
    ['both', undefined],
    ['v2', '-soci'],
  ])(
    'with soci %s and the suffix %s leaves plans that lead the next release to its layers',
    async (soci, suffix) => {
      const { run, repository, reads } = await releases();
      const written = { soci, ...(suffix === undefined ? {} : { 'soci-tag-suffix': suffix }) };
      const tasks: string[] = [];
      const context = listen();
      const started = (title: string) => {
        tasks.push(title);
        return { advance: () => {}, done: () => {} };
      };
      const first = await run('1', written, {
        ...context,
        progress: { ...context.progress, start: started },
      });
      // One read serves table and zTOC; what is new is known from its compression.
      expect(reads('1')).toEqual([1, 1, 1]);
      expect(tasks.filter((title) => /^read layer/.test(title))).toHaveLength(3);
      expect(tasks.filter((title) => /^index/.test(title))).toEqual([]);
      for (const tag of ['1', 'latest', ...(suffix === undefined ? [] : [`1${suffix}`])]) {
        for (const { manifest, plans } of await manifestsOf(repository, tag)) {
          expect(plans.map(({ config }) => config.digest)).toEqual([manifest.annotations[planAnnotation]]);
        }
      }
      const second = await run('2', written);
      expect(second.relayer?.[0]?.baseline).toBe(first.image.platforms[0]?.digest);
      expect(second.relayer?.[0]?.reusedLayers).toBeGreaterThanOrEqual(2);
      expect(reads('2')).toEqual([1, 1, 1]);
      if (soci === 'off') return;
      const of = (report: Report) => report.soci?.[0]?.layers.filter(({ ztoc }) => ztoc !== undefined) ?? [];
      expect(of(first).length).toBeGreaterThanOrEqual(2);
      expect(of(second).map(({ ztoc }) => ztoc?.digest)).toEqual(of(first).map(({ ztoc }) => ztoc?.digest));
      expect(of(second).every(({ ztoc }) => ztoc?.reused !== undefined)).toBe(true);
    },
  );

  test('gives the registry layers, then manifests, then plans, and the tag last of all', async () => {
    const { run } = await releases();
    await using registry = await FakeRegistry.start();
    const image = `${registry.host}/app`;
    await run('1', { tags: [`${image}:1`] });
    const puts = registry.requests.filter(
      ({ method, path }) => method === 'PUT' && path.includes('/manifests/'),
    );
    const [, ...rest] = puts.map(({ path }) => path.replace(/^.*\/manifests\//, ''));
    expect(rest).toHaveLength(2);
    const [plan, tag] = rest;
    expect(tag).toBe('1');
    const stored = registry.manifests.get(`app ${plan}`);
    expect(JSON.parse(String(stored?.bytes))).toMatchObject({
      artifactType: 'application/vnd.pull-budget.layer-plan.v1+json',
      subject: { digest: expect.stringMatching(/^sha256:/) },
    });
  });

  test('pushes nothing where the proof fails', async () => {
    const { run, server, registry, left } = await releases();
    vi.mocked(verifyTree).mockImplementationOnce(() => {
      throw inputError('tree-differs', 'no');
    });
    await expect(run('1')).rejects.toSatisfy((error) => hasCode(error, 'tree-differs'));
    expect([...server.traffic.received]).toEqual([]);
    expect(await registry.tags()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  test('refuses limits that contradict each other before a layer is read, and leaves min-layer-size to SOCI', async () => {
    const { run, reads } = await releases();
    const sizes = { 'target-layer-size': '2 MiB', 'max-layer-size': '1 MiB' };
    await expect(run('1', sizes)).rejects.toSatisfy((error) => hasCode(error, 'bad-limits'));
    expect(reads('1')).toEqual([0, 0, 0]);
    const report = await run('1', { 'min-layer-size': '20 MB', 'target-layer-size': '2 MiB' });
    expect(report.relayer).toHaveLength(1);
  });

  test('believes no table of the baseline while it purges', async () => {
    const { run, server } = await releases();
    await run('1');
    const report = await run('2', { purge: ['/opt/key.pem'] });
    const reused = report.relayer?.[0]?.layers.filter(({ origin }) => origin === 'baseline') ?? [];
    expect(reused.length).toBeGreaterThan(0);
    for (const { digest, bytes } of reused)
      expect(server.traffic.sent.get(digest as never)).toBeGreaterThanOrEqual(bytes);
    expect(report.relayerNotices).toEqual([expect.stringContaining('"/opt/key.pem" fits no path')]);
  });

  test('judges unpacked bytes without reading a layer for them', async () => {
    const { run, server } = await releases();
    await run('1');
    const before = new Map(server.traffic.sent);
    const report = await run('2', {
      budgets: ['unpacked <= 10 MB', 'delta-unpacked <= 100 kB', 'delta <= 10 kB'],
    });
    expect(report.gate?.verdicts.map(({ outcome }) => outcome)).toEqual(['pass', 'pass', 'pass']);
    const sent = report.image.platforms.flatMap(({ layers }) => layers.map(({ digest }) => digest));
    // One byte of each of the baseline's layers tells that they are there.
    for (const digest of sent)
      expect(server.traffic.sent.get(digest as never) ?? 0).toBeLessThanOrEqual(
        (before.get(digest as never) ?? 0) + 1,
      );
  });

  test('that may not push re-lays against the baseline all the same, and measures that', async () => {
    const { run, registry } = await releases();
    await run('1');
    const tags = await registry.tags();
    const report = await run('2', { push: 'false', runs: '1' });
    expect(report.pushed).toEqual([]);
    expect(outputsOf(report, { report: '' }).image).toBe('');
    expect(await registry.tags()).toEqual(tags);
    expect(report.relayer?.[0]?.reusedLayers).toBeGreaterThanOrEqual(2);
    expect(report.measurement?.samples.map(({ subject }) => subject).toSorted()).toEqual([
      'baseline',
      'image',
    ]);
  });

  test('takes what a registry forbids for absent where nobody named it, and fails where somebody did', async () => {
    const { run } = await releases();
    await using registry = await FakeRegistry.start({
      fault: ({ path }) => (path.endsWith('/manifests/latest') ? { status: 403 } : undefined),
    });
    const context = listen();
    const tags = [`${registry.host}/app:1`];
    const report = await run('1', { tags }, context);
    expect(report.pushed).toEqual(tags);
    expect(context.notices[0]).toContain(
      `No baseline: ${registry.host}/app:latest is not there, or not to be read.`,
    );
    const named = run('1', { tags, baseline: `${registry.host}/app:latest` });
    await expect(named).rejects.toSatisfy((error) => hasCode(error, 'denied'));
  });

  test('re-lays each platform by itself, one that the baseline lacks afresh, and says which attestation went', async () => {
    const { run, layout, path, server } = await releases();
    const mine = await writeRelease(layout, layersOf('1'));
    const theirs = await writeRelease(layout, [base, wheels('9'), app('9')], { platform: foreign });
    const attestation = await writeRelease(layout, [app('attested')], {
      platform: { os: 'unknown', architecture: 'unknown' },
    });
    await writeIndex(
      layout,
      [
        [mine, { platform: hostPlatform() }],
        [theirs, { platform: foreign }],
        [
          attestation,
          {
            platform: { os: 'unknown', architecture: 'unknown' },
            annotations: {
              'vnd.docker.reference.digest': mine.descriptor.digest,
              'vnd.docker.reference.type': 'attestation-manifest',
            },
          },
        ],
      ],
      'both',
    );
    await run('1');
    const context = listen();
    const report = await run('2', { image: `oci:${path}:both` }, context);
    expect(report.relayer?.map(({ platform }) => platform)).toEqual([host, 'linux/s390x']);
    expect(report.relayer?.map(({ reusedLayers }) => reusedLayers > 0)).toEqual([true, false]);
    expect(outputsOf(report, { report: '' })['reused-layers']).toBe('0');
    expect(context.notices).toEqual(
      expect.arrayContaining([
        `${server.host}/app:latest is not for linux/s390x: that platform is re-laid afresh.`,
        expect.stringContaining(`The attestation ${attestation.descriptor.digest.slice(7, 19)}`),
      ]),
    );
    expect(report.relayerNotices).toEqual(context.notices.slice(0, 3));
    expect(report.image.beside.map(({ kind }) => kind)).not.toContain('attestation');
  });
});
