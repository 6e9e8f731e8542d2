import { describe, expect, test } from 'vitest';
import { collect } from '../../../src/content/store/verify.ts';
import { dir, file, link, whiteout } from '../../content/rootfs/merged.ts';
import { layer, makeHouse, noise, wheel, writeRelease } from './releases.ts';

const base = layer(dir('etc'), file('etc/os-release', 'x'), file('usr/lib/libc.so', noise(300_000, 'libc')));
const numpy = { 'numpy/core.so': noise(300_000, 'numpy'), 'numpy/a.py': noise(3000, 'a') };
const torch = { 'torch/torch.so': noise(300_000, 'torch') };
const wheels = (version: string, changed: string) =>
  layer(
    ...wheel('numpy', '2.0', numpy),
    ...wheel('torch', '1.0', torch),
    ...wheel('small', version, { 'small/s.py': noise(2000, changed) }),
  );
const app = (text: string) => layer(dir('srv/app'), file('srv/app/main.py', text), dir('tmp'));
const model = layer(dir('models'), file('models/m.safetensors', noise(300_000, 'model')));
const first = [base, wheels('1.0', 'one'), model, app('print(1)')];

describe('a first release', () => {
  test('is the same image to a container, above the lowest layer as it was', async () => {
    const { built, release } = await makeHouse();
    const { layers, origins, facts } = await release(await writeRelease(built.layout, first));
    expect(origins).toMatch(/^base new/);
    expect(layers[0]?.[0]).toMatchObject({ digest: base.descriptor.digest, diffId: base.diffId });
    expect(facts[0]).toMatchObject({ platform: 'linux/amd64', reusedLayers: 0 });
    expect(facts[0]).not.toHaveProperty('baseline');
    expect(facts[0]?.delta.before.chain).toBe(first.reduce((sum, one) => sum + one.descriptor.size, 0));
  });

  test('reads each layer once, and gives the same digests anywhere', async () => {
    const [one, other] = [await makeHouse(), await makeHouse()];
    const [a, b] = [
      await one.release(await writeRelease(one.built.layout, first)),
      await other.release(await writeRelease(other.built.layout, first)),
    ];
    expect(a.reads).toEqual([1, 1, 1, 1]);
    expect(a.descriptor).toEqual(b.descriptor);
  });

  test('keeps a plan that names a table of each layer, of the image as it was built too', async () => {
    const { built, release, pushed } = await makeHouse();
    const { top } = await release(await writeRelease(built.layout, first));
    const [referrer, ...more] = await pushed.layout.referrers(top.descriptor.digest);
    expect(more).toEqual([]);
    const artifact = referrer && (await pushed.layout.readManifest(referrer));
    if (artifact?.kind !== 'image') throw new Error('no artifact');
    const plan = JSON.parse(
      (await collect(pushed.layout.readBlob(artifact.config), 1e6, 'plan')).toString(),
    ) as { layers: { title: string }[]; input: { diffId: string }[] };
    expect(plan.input.map(({ diffId }) => diffId)).toEqual(first.map(({ diffId }) => diffId));
    expect(plan.layers.map(({ title }) => title)).toEqual([
      '',
      ...plan.layers.slice(1).map(() => expect.stringMatching(/python|app/)),
    ]);
    for (const table of artifact.layers) await collect(pushed.layout.readBlob(table), 1e6, 'table');
  });
});

test('a base layer is called what its history says, in every release', async () => {
  const { built, release } = await makeHouse();
  const history = [
    { created_by: '/bin/sh -c #(nop) ADD file:rootfs in / ' },
    { created_by: 'ENV A=\x1b[2Jb', empty_layer: true },
    { created_by: 'RUN /bin/sh -c pip install \x1b[31mnumpy # buildkit' },
    { created_by: 'COPY models' },
    { created_by: 'COPY . .' },
  ];
  const write = (text: string) =>
    writeRelease(built.layout, [...first.slice(0, 3), app(text)], { config: { history } });
  const one = await release(await write('1'));
  const two = await release(await write('2'), { baseline: one.held });
  const titles = [one, two].map(({ layers }) => layers[0]?.[0]?.title);
  expect(titles).toEqual(['ADD file:rootfs in /', 'ADD file:rootfs in /']);
  const kept = two.layers[0]?.filter(({ origin }) => origin === 'baseline').map(({ title }) => title);
  expect(kept).toEqual(one.layers[0]?.slice(1, 1 + (kept?.length ?? 0)).map(({ title }) => title));
  expect(kept?.length).toBeGreaterThan(0);
});

describe('a second release', () => {
  test('of which a little changed ships that, and unchanged layers are not read', async () => {
    const { built, release } = await makeHouse();
    const one = await release(await writeRelease(built.layout, first));
    const second = [base, wheels('1.0', 'one'), model, app('print(2)')];
    const { facts, reads, layers, bytesWritten } = await release(await writeRelease(built.layout, second), {
      baseline: one.held,
    });
    expect(reads).toEqual([0, 0, 0, 1]);
    expect(layers[0]?.slice(0, 3)).toEqual(
      layers[0]?.slice(0, 3).map((now, at) => ({
        ...one.layers[0]?.[at],
        origin: at === 0 ? 'base' : 'baseline',
        reason: now.reason,
      })),
    );
    expect(layers[0]?.at(-1)?.origin).toBe('new');
    const { before, after } = facts[0]?.delta ?? {};
    expect(before?.chain).toBeLessThan(1000);
    expect(after?.chain).toBeLessThan(1000);
    expect(bytesWritten).toBeLessThan(12_000);
  });

  test('with another wheel reads the layer that pip made, and ships the wheel', async () => {
    const { built, release } = await makeHouse();
    const one = await release(await writeRelease(built.layout, first));
    const { facts, reads } = await release(
      await writeRelease(built.layout, [base, wheels('1.1', 'other'), model, app('print(1)')]),
      { baseline: one.held },
    );
    expect(reads).toEqual([0, 1, 0, 0]);
    expect(facts[0]?.delta.before.chain).toBeGreaterThan(900_000);
    expect(facts[0]?.delta.after.chain).toBeLessThan(10_000);
    expect(facts[0]?.baseline).toBe(one.held.descriptor.digest);
  });

  test('of the same input is the very same image, and nothing is read or written', async () => {
    const { built, release } = await makeHouse();
    const image = await writeRelease(built.layout, first);
    const one = await release(image);
    const two = await release(image, { baseline: one.held });
    expect(two.descriptor).toEqual(one.descriptor);
    expect(two.reads).toEqual([0, 0, 0, 0]);
    expect(two.bytesWritten).toBe(0);
    expect(two.facts[0]?.delta.after).toEqual({ chain: 0, blobs: 0 });
    expect(two.layers[0]?.map(({ title }) => title)).toEqual(one.layers[0]?.map(({ title }) => title));
  });

  test('whose files are only dated anew ships none of them', async () => {
    const { built, release } = await makeHouse();
    const one = await release(await writeRelease(built.layout, first));
    const later = { mtime: 1_800_000_000 };
    const touched = layer(
      ...wheel('numpy', '2.0', numpy).map((row) => ({ ...row, ...later })),
      ...wheel('torch', '1.0', torch),
      ...wheel('small', '1.0', { 'small/s.py': noise(2000, 'one') }).map((row) => ({ ...row, ...later })),
    );
    const two = await release(await writeRelease(built.layout, [base, touched, model, app('print(1)')]), {
      baseline: one.held,
    });
    expect(two.facts[0]?.delta.after).toEqual({ chain: 0, blobs: 0 });
    const three = await release(await writeRelease(built.layout, [base, touched, model, app('print(1)')]), {
      baseline: one.held,
      options: { times: { kind: 'keep' } },
    });
    expect(three.facts[0]?.delta.after.chain).toBeGreaterThan(300_000);
  });

  test('removes what is gone by whiteouts', async () => {
    const { built, release } = await makeHouse();
    const one = await release(await writeRelease(built.layout, first));
    const less = layer(...wheel('numpy', '2.0', numpy), ...wheel('torch', '1.0', torch));
    const { facts } = await release(await writeRelease(built.layout, [base, less, model, app('print(1)')]), {
      baseline: one.held,
    });
    expect(facts[0]?.delta.after.chain).toBeLessThan(2000);
    expect(facts[0]?.fresh.dead).toBeGreaterThan(1000);
  });

  test('promises what a node downloads: the sizes of blobs that the baseline does not have', async () => {
    const { built, release } = await makeHouse();
    const one = await release(await writeRelease(built.layout, first));
    const image = await writeRelease(built.layout, [base, wheels('1.1', 'b'), model, app('print(3)')]);
    const two = await release(image, { baseline: one.held });
    if (one.top.kind !== 'image' || two.top.kind !== 'image') throw new Error('no image');
    const held = new Set(one.top.layers.map(({ digest }) => digest));
    const missing = two.top.layers.filter(({ digest }) => !held.has(digest));
    expect(two.facts[0]?.delta.after.blobs).toBe(missing.reduce((sum, { size }) => sum + size, 0));
  });

  test.each([
    ['chain', 0.25],
    ['blobs', 0.05],
  ] as const)('under the %s rule stays below max-layers, release after release', async (reuse, slack) => {
    const { built, release } = await makeHouse();
    const options = {
      limits: { maxLayers: 5, minLayerBytes: 0, targetLayerBytes: 2e6, maxLayerBytes: 1e7, reuse, slack },
    };
    let last = await release(await writeRelease(built.layout, first), { options });
    for (let at = 2; at < 8; at++) {
      const layers = [
        base,
        wheels(`1.${at}`, `${at}`),
        app(`${at}`),
        layer(file('data', noise(300_000, at))),
      ];
      last = await release(await writeRelease(built.layout, layers), { baseline: last.held, options });
      expect(last.layers[0]?.length).toBeLessThanOrEqual(5);
    }
  });
});

describe('a baseline', () => {
  test('without a plan, as another tool built it, is read instead', async () => {
    const { built, release, named } = await makeHouse();
    const image = await writeRelease(built.layout, first);
    const next = [base, wheels('1.0', 'one'), model, app('print(2)')];
    const { reads, origins, facts } = await release(await writeRelease(built.layout, next), {
      baseline: named(built.layout, image),
    });
    expect(origins).toMatch(/^base base base new$/);
    expect(reads).toEqual([1, 1, 1, 1]);
    expect(facts[0]?.delta.after.chain).toBeLessThan(1000);
  });

  test('on another base: all is planned afresh, and of equal layers the baseline’s blobs are taken', async () => {
    const { built, release } = await makeHouse();
    const one = await release(await writeRelease(built.layout, first));
    const otherBase = layer(dir('etc'), file('etc/os-release', 'y'));
    const image = await writeRelease(built.layout, [otherBase, wheels('1.0', 'one'), model, app('print(1)')]);
    const { facts, layers } = await release(image, { baseline: one.held });
    expect(layers[0]?.map(({ origin }) => origin)).not.toContain('baseline');
    expect(facts[0]?.reusedLayers).toBe((one.layers[0]?.length ?? 0) - 1);
    expect(facts[0]?.delta.after).toMatchObject({ blobs: otherBase.descriptor.size });
  });

  test.each(['chain', 'blobs'] as const)('on another base, by the %s rule', async (reuse) => {
    const { built, release } = await makeHouse();
    const one = await release(await writeRelease(built.layout, first));
    const otherBase = layer(dir('etc'), file('etc/os-release', 'y'));
    const image = await writeRelease(built.layout, [otherBase, wheels('1.1', 'two'), model, app('print(1)')]);
    const limits = {
      maxLayers: 60,
      minLayerBytes: 0,
      targetLayerBytes: 4e5,
      maxLayerBytes: 1e7,
      slack: 0.05,
    };
    const { facts } = await release(image, { baseline: one.held, options: { limits: { ...limits, reuse } } });
    expect(facts[0]?.delta.after.blobs).toBeLessThan(400_000);
  });
});

test('a layer that is written as the baseline has it takes the baseline’s blob, whatever its compressor made', async () => {
  const { built, release } = await makeHouse();
  const one = await release(await writeRelease(built.layout, first), { options: { compression: 'zstd' } });
  expect(one.layers[0]?.at(-1)?.mediaType).toMatch(/zstd$/);
  const { layers } = await release(await writeRelease(built.layout, first), {
    baseline: one.held,
    options: { flattenBase: true },
  });
  const again = await release(await writeRelease(built.layout, first), {
    baseline: one.held,
    options: { flattenBase: true },
  });
  expect(again.layers).toEqual(layers);
  const held = new Map(one.layers[0]?.map(({ diffId, digest }) => [diffId, digest]));
  for (const { diffId, digest } of layers[0] ?? []) expect(held.get(diffId) ?? digest).toBe(digest);
});

test('hard links stay one inode when one of them changes its layer', async () => {
  const { built, release } = await makeHouse();
  const libs = layer(
    file('opt/a', noise(300_000, 'a')),
    link('opt/b', 'opt/a'),
    file('opt/c', noise(300_000, 'c')),
  );
  const one = await release(await writeRelease(built.layout, [base, libs]));
  const gone = await writeRelease(built.layout, [base, libs, layer(whiteout('opt/a'))]);
  const two = await release(gone, { baseline: one.held });
  expect(two.layers[0]?.length).toBeGreaterThan(1);
});
