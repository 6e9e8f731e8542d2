import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { hasCode } from '../../src/content/error.ts';
import { formatPlatform, hostPlatform, parsePlatform } from '../../src/content/image/platform.ts';
import { type RegistryServer, serveLayout } from '../../src/content/registry/server.ts';
import { openLayout } from '../../src/content/store/layout.ts';
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

const base = makeLayer({ base: randomBytes(3000) });
const old = makeLayer({ app: randomBytes(500) });
const recent = makeLayer({ app: randomBytes(700), more: Buffer.alloc(9000) });
const host = hostPlatform();
const foreign = parsePlatform('linux/s390x');

/** Two releases in a layout, and an empty registry. */
async function releases() {
  const place = await makePlace();
  const first = await writeImage(place.layout, [base, old], { tag: '1' });
  const second = await writeImage(place.layout, [base, recent], { tag: '2' });
  const registry = await openLayout(join(place.folder, 'registry'), { create: true });
  const server = await serveLayout({ layout: registry });
  onTestFinished(() => server.close());
  return { ...place, first, second, registry, server };
}

const outcomes = ({ gate }: Report) => gate?.verdicts.map(({ outcome }) => outcome);
const sentBlobs = ({ traffic }: RegistryServer) => [...traffic.sent.keys()];

describe('a run', () => {
  test('pushes to every reference, pulls what it pushed, and judges', async () => {
    const { server, path, second, scratch, left } = await releases();
    const context = listen();
    const report = await runPipeline(
      settingsFor(scratch, {
        image: `oci:${path}:2`,
        push: 'true',
        tags: [`${server.host}/app:2`, `${server.host}/app:latest`, `${server.host}/mirror/app:2`],
        runs: '1',
        budgets: ['size <= 1 MB', 'layers <= 1', 'pull-time <= 1 min'],
      }),
      context,
    );
    expect(outcomes(report)).toEqual(['pass', 'fail', 'pass']);
    expect(report.gate?.outcome).toBe('fail');
    expect(report.image).toMatchObject({ name: `${server.host}/app:2`, digest: second.descriptor.digest });
    expect(report.pushed).toEqual([
      `${server.host}/app:2`,
      `${server.host}/app:latest`,
      `${server.host}/mirror/app:2`,
    ]);
    const tagsOf = async (repository: string) =>
      ((await (await fetch(`${server.url}/v2/${repository}/tags/list`)).json()) as { tags: string[] }).tags;
    expect(await tagsOf('app')).toEqual(['2', 'latest']);
    expect(await tagsOf('mirror/app')).toEqual(['2']);
    expect(sentBlobs(server)).toContain(recent.descriptor.digest);
    expect(report.measurement?.samples).toHaveLength(1);
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(context.phases).toEqual(['Resolve', 'Push', 'Inspect', 'Measure']);
    expect(await left()).toEqual([]);
  });

  test('pushes one platform of an index whose others are not there', async () => {
    const { server, layout, path, second, scratch } = await releases();
    const { layout: elsewhere } = await makePlace();
    const absent = await writeImage(elsewhere, [base], { platform: foreign });
    const entries = [
      [second, { platform: host }],
      [absent, { platform: foreign }],
    ] as const;
    await writeIndex(layout, entries, 'sparse');
    const report = await runPipeline(
      settingsFor(scratch, {
        image: `oci:${path}:sparse`,
        push: 'true',
        tags: [`${server.host}/app:2`],
        platforms: [formatPlatform(host)],
        runs: '0',
      }),
      listen(),
    );
    expect(report.image.digest).toBe(second.descriptor.digest);
  });

  test('holds a tag that it pushes against what the tag named before', async () => {
    const { server, path, first, second, scratch } = await releases();
    const name = `${server.host}/app:latest`;
    const push = (tag: string, more: object) =>
      runPipeline(
        settingsFor(scratch, { image: `oci:${path}:${tag}`, push: 'true', tags: name, ...more }),
        listen(),
      );
    await push('1', { runs: '0' });
    const report = await push('2', {
      baseline: name,
      runs: '1',
      budgets: ['delta <= 2 kB', 'pull-time[holds=baseline] <= 1 min', 'pull-time <= baseline + 1 min'],
    });
    expect(report.baseline).toMatchObject({ name, digest: first.descriptor.digest });
    expect(report.image).toMatchObject({ name, digest: second.descriptor.digest });
    expect(report.deltas).toMatchObject([{ sharedLayers: 1, layers: 2 }]);
    const bytes = (subject: string, holds: string) =>
      report.measurement?.samples.find((one) => one.subject === subject && one.holds === holds)
        ?.downloadedBytes;
    const size = (tag: typeof first, ...layers: (typeof base)[]) =>
      layers.reduce((sum, { descriptor }) => sum + descriptor.size, tag.raw.byteLength + configSize(tag));
    expect(bytes('baseline', 'nothing')).toBe(size(first, base, old));
    expect(bytes('image', 'nothing')).toBe(size(second, base, recent));
    expect(bytes('image', 'baseline')).toBe(size(second, recent));
    expect(outcomes(report)).toEqual(['pass', 'pass', 'pass']);
  });

  test('passes what is held against a baseline that is not there, and says so', async () => {
    const { server, path, scratch } = await releases();
    const context = listen();
    const report = await runPipeline(
      settingsFor(scratch, {
        image: `oci:${path}:2`,
        baseline: `${server.host}/app:1`,
        runs: '1',
        budgets: ['delta <= 1 B', 'size <= baseline + 1%', 'pull-time <= baseline', 'layers <= 2'],
      }),
      context,
    );
    expect(outcomes(report)).toEqual(['pass', 'pass', 'pass', 'pass']);
    const reason = `no baseline: ${server.host}/app:1 is not there`;
    expect(report.gate?.verdicts.map((one) => one.reason).slice(0, 3)).toEqual([reason, reason, reason]);
    expect(context.notices).toEqual([
      `No baseline: ${server.host}/app:1 is not there. Budgets against it pass this time.`,
    ]);
  });

  test('that may not push measures on loopback, the baseline beside it, and leaves nothing', async () => {
    const { server, registry, layout, path, scratch, left, first } = await releases();
    await writeImage(registry, [base, old]);
    await registry.tag(await registry.readManifest(first.descriptor), '1');
    const report = await runPipeline(
      settingsFor(scratch, {
        image: `oci:${path}:2`,
        baseline: `${server.host}/any:1`,
        tags: `${server.host}/app:2`,
        runs: '1',
        budgets: 'pull-time <= baseline + 1 min',
      }),
      listen(),
    );
    expect(report.pushed).toEqual([]);
    expect(await registry.tags()).toEqual(['1']);
    // Each layer of the baseline came over once: the samples are from the copy.
    expect(server.traffic.sent.get(old.descriptor.digest)).toBe(old.descriptor.size);
    const samples = report.measurement?.samples ?? [];
    expect(samples.map(({ subject }) => subject).toSorted()).toEqual(['baseline', 'image']);
    expect(samples.flatMap(({ flags }) => flags)).not.toContain('other-registry-than-baseline');
    expect(outcomes(report)).toEqual(['pass']);
    expect(await layout.tags()).toEqual(['1', '2']);
    expect(await left()).toEqual([]);
  });

  test('says of times from two registries that they do not compare', async () => {
    const { server, path, scratch } = await releases();
    await runPipeline(
      settingsFor(scratch, { image: `oci:${path}:2`, push: 'true', tags: `${server.host}/app:2`, runs: '0' }),
      listen(),
    );
    const report = await runPipeline(
      settingsFor(scratch, {
        image: `${server.host}/app:2`,
        baseline: `oci:${path}:1`,
        runs: '1',
        budgets: 'pull-time <= baseline + 1 min',
      }),
      listen(),
    );
    expect(outcomes(report)).toEqual(['inconclusive']);
    expect(report.gate?.verdicts[0]?.reason).toContain('different registries');
  });

  test('pulls the platform too that a time budget names', async () => {
    const { layout, path, scratch } = await makePlace();
    const mine = await writeImage(layout, [base]);
    const other = await writeImage(layout, [recent], { platform: foreign });
    await writeIndex(
      layout,
      [
        [mine, { platform: host }],
        [other, { platform: foreign }],
      ],
      'both',
    );
    const report = await runPipeline(
      settingsFor(scratch, {
        image: `oci:${path}:both`,
        runs: '1',
        budgets: ['pull-time <= 1 min', 'pull-time[linux/s390x] <= 1 min'],
      }),
      listen(),
    );
    expect(report.gate?.verdicts.map(({ platform, outcome }) => `${platform} ${outcome}`)).toContain(
      'linux/s390x pass',
    );
    expect(new Set(report.measurement?.samples.map(({ platform }) => platform)).size).toBe(2);
    expect(report.gate?.outcome).toBe('pass');
  });

  test('with no runs pulls nothing', async () => {
    const { path, scratch, left } = await releases();
    const report = await runPipeline(
      settingsFor(scratch, {
        image: `oci:${path}:2`,
        runs: '0',
        budgets: 'layers <= 2',
      }),
      listen(),
    );
    expect(report.measurement).toBeUndefined();
    expect(outcomes(report)).toEqual(['pass']);
    expect(await left()).toEqual([]);
  });

  test('pulls more often while a time is undecided, up to seven times', async () => {
    const { path, scratch } = await releases();
    const context = listen();
    // Half of all pulls are over the median of many: found first, then set as the limit.
    const settings = { image: `oci:${path}:2`, runs: '3' };
    const { measurement } = await runPipeline(settingsFor(scratch, settings), listen());
    const times = (measurement?.samples ?? [])
      .map(({ pullSeconds }) => pullSeconds)
      .toSorted((a, b) => a - b);
    const report = await runPipeline(
      settingsFor(scratch, { ...settings, budgets: `pull-time <= ${times[1]?.toFixed(9)} s` }),
      context,
    );
    const { samples = [] } = report.measurement ?? {};
    const [verdict] = report.gate?.verdicts ?? [];
    const limit = verdict?.limit ?? 0;
    const isOpen = (count: number) => {
      const seconds = samples.slice(0, count).map(({ pullSeconds }) => pullSeconds);
      return Math.max(...seconds) > limit && Math.min(...seconds) <= limit;
    };
    const expected = [3, 5, 7].find((count) => !isOpen(count)) ?? 7;
    expect(samples).toHaveLength(expected);
    expect(context.notices).toEqual(
      [5, 7]
        .filter((total) => total <= expected)
        .map((total) => `A time budget is undecided: ${total} runs instead of ${total - 2}.`),
    );
  });

  test.each([
    ['is tried again', '2', { samples: 3, faults: 1, notices: [] }],
    [
      'that no other try brought to its end asks for more of them',
      '1',
      { samples: 4, faults: 1, notices: ['A time budget is undecided: 5 runs instead of 3.'] },
    ],
  ])('of which a pull broke is no slow one: it %s', async (_, attempts, expected) => {
    const { layout, path, second, scratch, left } = await releases();
    let asked = 0;
    // The first one warms up.
    const fault = ({ path }: { path: string }) =>
      path.includes(recent.descriptor.digest) && ++asked === 3 ? { status: 503 } : undefined;
    await using registry = await FakeRegistry.start({ fault });
    registry.putManifest('app', Buffer.from(second.raw), second.descriptor.mediaType, '2');
    for (const digest of await readdir(join(path, 'blobs', 'sha256'))) {
      registry.putBlob('app', await readFile(join(path, 'blobs', 'sha256', digest)));
    }
    await layout.close();
    const context = listen();
    const report = await runPipeline(
      settingsFor(scratch, {
        image: `${registry.host}/app:2`,
        runs: '3',
        attempts,
        budgets: 'pull-time <= 1 min',
      }),
      context,
    );
    const { samples = [], faults = [] } = report.measurement ?? {};
    expect({ samples: samples.length, faults: faults.length, notices: context.notices }).toEqual(expected);
    expect(faults).toMatchObject([{ code: 'registry-unavailable', attempt: 1 }]);
    expect(outcomes(report)).toEqual(['pass']);
    expect(await left()).toEqual([]);
  });

  test('that is interrupted while it measures ends with the reason, and leaves nothing', async () => {
    const { path, scratch, left } = await releases();
    const interruption = new AbortController();
    const context = {
      ...listen(interruption.signal),
      phase: <T>(title: string, work: () => Promise<T>) => {
        if (title === 'Measure') setImmediate(() => interruption.abort(new Error('interrupted')));
        return work();
      },
    };
    const run = runPipeline(settingsFor(scratch, { image: `oci:${path}:2`, runs: '7' }), context);
    await expect(run).rejects.toThrow('interrupted');
    expect(await left()).toEqual([]);
  });
});

test('what is odd about the settings is said before anything is done', async () => {
  const { path, scratch } = await releases();
  const context = listen();
  const settings = settingsFor(scratch, { image: `oci:${path}:2`, runs: '0' });
  await runPipeline({ ...settings, remarks: ['Odd.'] }, context);
  expect(context.notices).toEqual(['Odd.']);
});

describe('unpacked sizes', () => {
  test('of a platform that is not measured are read from its layers, where a budget asks', async () => {
    const { layout, path, server, registry, scratch } = await releases();
    const [mine, theirs] = [
      await writeImage(layout, [base, recent]),
      await writeImage(layout, [base, old], { platform: foreign }),
    ];
    await writeIndex(
      layout,
      [
        [mine, { platform: host }],
        [theirs, { platform: foreign }],
      ],
      'both',
    );
    const run = (budgets: string[]) =>
      runPipeline(
        settingsFor(scratch, {
          image: `oci:${path}:both`,
          push: 'true',
          tags: `${server.host}/app:1`,
          runs: '1',
          budgets,
        }),
        listen(),
      );
    const report = await run(['unpacked[linux/s390x] <= 1 MB']);
    expect(report.gate?.verdicts).toMatchObject([
      { outcome: 'pass', value: base.tar.byteLength + old.tar.byteLength },
    ]);
    const all = await run(['unpacked <= 1 MB']);
    expect(all.gate?.verdicts.map(({ value }) => value)).toEqual([
      base.tar.byteLength + recent.tar.byteLength,
      base.tar.byteLength + old.tar.byteLength,
    ]);
    expect(await registry.tags()).toContain('1');
    // What no budget asks about is not read.
    const none = await runPipeline(
      settingsFor(scratch, {
        image: `oci:${path}:both`,
        runs: '0',
        budgets: 'unpacked[linux/s390x] <= 1 MB',
      }),
      listen(),
    );
    const [unread] = none.image.platforms;
    expect(unread?.layers.map((layer) => layer.unpackedBytes)).toEqual([base.tar.byteLength, undefined]);
  });

  test('of the baseline are read for a budget relative to it, without a measurement too', async () => {
    const { path, scratch } = await releases();
    const run = (budget: string) =>
      runPipeline(
        settingsFor(scratch, {
          image: `oci:${path}:2`,
          baseline: `oci:${path}:1`,
          runs: '0',
          budgets: budget,
        }),
        listen(),
      );
    expect((await run('unpacked <= baseline + 1 kB')).gate?.verdicts).toMatchObject([
      {
        outcome: 'fail',
        value: base.tar.byteLength + recent.tar.byteLength,
        baseline: base.tar.byteLength + old.tar.byteLength,
      },
    ]);
    expect((await run('delta-unpacked <= 1 MB')).gate?.verdicts).toMatchObject([
      { outcome: 'pass', value: recent.tar.byteLength },
    ]);
  });
});

describe('a run ends before it pushes anything', () => {
  test.each([
    ['no image', { image: '' }, 'no-image'],
    ['an image that is not there', { image: 'oci:LAYOUT:3' }, 'not-found'],
    ['budgets that cannot be read', { budgets: 'size < 1 GB' }, 'bad-budget'],
    ['a limit against a baseline that nobody named', { budgets: 'size <= baseline' }, 'no-baseline-named'],
    ['a delta without a baseline', { budgets: 'warn: delta <= 5 MB' }, 'no-baseline-named'],
    [
      'a node that holds no baseline',
      { budgets: 'pull-time[holds=baseline] <= 5 s', runs: '1' },
      'no-baseline-named',
    ],
    ['times without runs', { budgets: 'pull-time <= 5 s' }, 'no-pulls'],
    ['a budget for a platform that it lacks', { budgets: 'size[linux/s390x] <= 1 GB' }, 'no-platform'],
    ['nothing to push to', { tags: '' }, 'no-tags'],
    ['a tag with a digest', { tags: `HOST/app:2@sha256:${'0'.repeat(64)}` }, 'bad-reference'],
    ['a tag that is no reference', { tags: 'HOST/App:2' }, 'bad-reference'],
    ['a platform that it does not have', { platforms: 'linux/s390x' }, 'no-platform'],
  ])('for %s', async (_, written, code) => {
    const { server, registry, path, scratch } = await releases();
    const all = { image: 'oci:LAYOUT:2', push: 'true', tags: 'HOST/app:2', runs: '0', ...written };
    const filled = Object.fromEntries(
      Object.entries(all).map(([name, value]) => [
        name,
        value.replace('LAYOUT', path).replace('HOST', server.host),
      ]),
    );
    await expect(runPipeline(settingsFor(scratch, filled), listen())).rejects.toSatisfy(
      (error) => hasCode(error, code) && typeof (error as { hint?: string }).hint === 'string',
    );
    expect(await registry.tags()).toEqual([]);
  });
});

function configSize(manifest: { readonly raw: Uint8Array }): number {
  return JSON.parse(Buffer.from(manifest.raw).toString()).config.size;
}
