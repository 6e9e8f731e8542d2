/** Images re-laid with other settings than usual, each compared with what it was. */
import { describe, expect, test } from 'vitest';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import { purging } from '../../../src/stages/relayer/purge.ts';
import { withPlans } from '../../../src/stages/relayer/relayer-image.ts';
import { describeLayer } from '../../content/layer/made-layer.ts';
import { dir, file, link, nodeAt, whiteout } from '../../content/rootfs/merged.ts';
import { tarOfRows } from '../../content/rootfs/row-tar.ts';
import { pycContent } from '../../content/rootfs/rows.ts';
import { layer, makeHouse, noise, tablesOf, writeRelease } from './releases.ts';

const base = layer(dir('etc'), file('etc/os-release', 'x'), file('usr/lib/libc.so', noise(300_000, 'libc')));
const tool = layer(file('opt/tool', noise(300_000, 'tool')));
const app = (text: string) => layer(dir('srv/app'), file('srv/app/main.py', text));

describe('verify', () => {
  test('full reads all layers, and believes no table of the baseline', async () => {
    const { built, release } = await makeHouse();
    const image = await writeRelease(built.layout, [base, tool, app('1')]);
    const one = await release(image);
    const two = await release(image, { baseline: one.held, options: { verify: 'full' } });
    expect(two.reads).toEqual([1, 1, 1]);
    expect(two.descriptor).toEqual(one.descriptor);
  });
});

describe('flatten-base', () => {
  const shadowed = [base, layer(file('usr/lib/libc.so', noise(300_000, 'patched'))), tool];

  test('ships the base without what is hidden in it', async () => {
    const { built, release } = await makeHouse();
    const image = await writeRelease(built.layout, shadowed);
    const [kept, flat] = [await release(image), await release(image, { options: { flattenBase: true } })];
    expect(kept.facts[0]?.fresh.after).toBeGreaterThan(900_000);
    expect(flat.origins).toMatch(/^new( new)*$/);
    expect(flat.facts[0]?.fresh.after).toBeLessThan(620_000);
    expect(flat.facts[0]?.fresh.dead).toBeLessThan(10_000);
  });

  test('gives up a baseline that has the base as it is, and keeps one that was made flat', async () => {
    const { built, release } = await makeHouse();
    const options = { flattenBase: true };
    const image = await writeRelease(built.layout, shadowed);
    const kept = await release(image);
    const flat = await release(image, { baseline: kept.held, options });
    expect(flat.facts[0]?.fresh.after).toBeLessThan(620_000);
    const again = await release(await writeRelease(built.layout, [...shadowed, app('1')]), {
      baseline: flat.held,
      options,
    });
    expect(again.origins).toMatch(/^baseline( baseline)* new$/);
    expect(again.facts[0]?.delta.after.chain).toBeLessThan(1000);
  });
});

describe('purge', () => {
  const secret = layer(file('opt/key.pem', 'PRIVATE'), file('opt/other', noise(300_000, 'other')));
  const gone = [base, secret, layer(whiteout('opt/key.pem')), tool];
  const options = { isPurged: purging(['/opt/*.pem']) };

  test('takes what was deleted out of every layer, of the baseline’s too', async () => {
    const { built, release, pushed } = await makeHouse();
    const leaky = await release(await writeRelease(built.layout, [base, secret, tool]));
    const image = await writeRelease(built.layout, gone);
    const appended = await release(image, { baseline: leaky.held });
    expect((await tablesOf(pushed.layout, appended.top)).flatMap(({ paths }) => paths)).toContain(
      'opt/key.pem',
    );
    const purged = await release(image, { baseline: appended.held, options });
    const tables = await tablesOf(pushed.layout, purged.top);
    expect(tables.flatMap(({ paths }) => paths)).not.toContain('opt/key.pem');
    expect(tables.flatMap(({ paths }) => paths)).toContain('opt/other');
    expect(purged.facts[0]?.purged).toEqual({ paths: ['opt/key.pem'], count: 1 });
    expect(purged.notices).toEqual([]);
    // Layers below the first that held it stay.
    expect(purged.layers[0]?.[0]?.digest).toBe(base.descriptor.digest);
  });

  test('says so of a pattern that fits nothing', async () => {
    const { built, release } = await makeHouse();
    const image = await writeRelease(built.layout, gone);
    const { notices, facts } = await release(image, { options: { isPurged: purging(['/opt/*.pme']) } });
    expect(notices).toEqual([
      'purge: "/opt/*.pme" fits no path in any layer of the image or of the baseline, linux/amd64: it was purged before, or is mistyped.',
    ]);
    expect(facts[0]).not.toHaveProperty('purged');
  });

  test('is refused while containers still see the path', async () => {
    const { built, release } = await makeHouse();
    const image = await writeRelease(built.layout, [base, secret]);
    await expect(release(image, { options })).rejects.toMatchObject({
      code: 'purged-path-visible',
      message: expect.stringContaining('opt/key.pem'),
    });
    expect(await built.left()).toEqual([]);
  });

  test('inside the base needs flatten-base', async () => {
    const { built, release, pushed } = await makeHouse();
    const image = await writeRelease(built.layout, [secret, layer(whiteout('opt/key.pem')), tool]);
    await expect(release(image, { options })).rejects.toMatchObject({
      code: 'purge-in-base',
      hint: expect.stringContaining('flatten-base'),
    });
    const { top } = await release(image, { options: { ...options, flattenBase: true } });
    const paths = (await tablesOf(pushed.layout, top)).flatMap((table) => table.paths);
    expect(paths).not.toContain('opt/key.pem');
  });

  test('keeps the content of what was purged where another link of it is seen', async () => {
    const { built, release, pushed } = await makeHouse();
    const linked = layer(file('opt/a.pem', noise(1000, 'a')), link('opt/kept', 'opt/a.pem'));
    const image = await writeRelease(built.layout, [base, linked, layer(whiteout('opt/a.pem'))]);
    const { top } = await release(image, { options });
    const paths = (await tablesOf(pushed.layout, top)).flatMap((table) => table.paths);
    expect(paths).toContain('opt/kept');
    expect(paths).not.toContain('opt/a.pem');
  });
});

describe('mtimes', () => {
  const compiled = (mtime: number) =>
    layer(
      file('app/x.py', noise(300_000, 'x.py'), { mtime }),
      dir('app/__pycache__', { mtime }),
      file('app/__pycache__/x.cpython-312.pyc', pycContent(mtime, 'code'.repeat(9)), { mtime }),
    );

  async function timesIn(layout: Parameters<typeof tablesOf>[0], top: Parameters<typeof tablesOf>[1]) {
    const tree = mergeLayers(
      (await tablesOf(layout, top)).map(({ table }) => table),
      String,
    );
    const [source, pyc] = ['app/x.py', 'app/__pycache__/x.cpython-312.pyc'].map((path) => nodeAt(tree, path));
    return [tree.mtime(source as number), tree.mtime(pyc as number), tree.pycMtime(pyc as number)];
  }

  test('of unchanged files are the baseline’s, and a .pyc says so of its source', async () => {
    const { built, release, pushed } = await makeHouse();
    const one = await release(await writeRelease(built.layout, [base, compiled(1_700_000_001)]));
    const two = await release(await writeRelease(built.layout, [base, compiled(1_700_009_999)]), {
      baseline: one.held,
    });
    expect(two.facts[0]?.delta.after.chain).toBe(0);
    expect(await timesIn(pushed.layout, two.top)).toEqual([1_700_000_001, 1_700_000_001, 1_700_000_001]);
  });

  test('are kept on request', async () => {
    const { built, release, pushed } = await makeHouse();
    const one = await release(await writeRelease(built.layout, [base, compiled(1_700_000_001)]));
    const two = await release(await writeRelease(built.layout, [base, compiled(1_700_009_999)]), {
      baseline: one.held,
      options: { times: { kind: 'keep' } },
    });
    expect(await timesIn(pushed.layout, two.top)).toEqual([1_700_009_999, 1_700_009_999, 1_700_009_999]);
  });

  test('are clamped on request, so that builds at different times are one image', async () => {
    const { built, release, pushed } = await makeHouse();
    const options = { times: { kind: 'clamp', epoch: 1_600_000_000 } } as const;
    const one = await release(await writeRelease(built.layout, [base, compiled(1_700_000_001)]), { options });
    const two = await release(await writeRelease(built.layout, [base, compiled(1_700_009_999)]), { options });
    expect(await timesIn(pushed.layout, two.top)).toEqual([1_600_000_000, 1_600_000_000, 1_600_000_000]);
    const diffIds = [one, two].map(({ layers }) => layers[0]?.map(({ diffId }) => diffId));
    expect(diffIds[1]).toEqual(diffIds[0]);
  });
});

describe('compression', () => {
  test('by zstd is said in the media types, and is the same image', async () => {
    const { built, release } = await makeHouse();
    const { layers } = await release(await writeRelease(built.layout, [base, tool]), {
      options: { compression: 'zstd' },
    });
    expect(layers[0]?.map(({ mediaType }) => mediaType)).toEqual([
      'application/vnd.oci.image.layer.v1.tar+gzip',
      'application/vnd.oci.image.layer.v1.tar+zstd',
    ]);
  });

  test.each([
    ['gzip', 'zstd', 'zstd'],
    ['zstd', 'gzip', 'gzip'],
    ['none', 'none', 'gzip'],
  ] as const)('keep, above %s and mostly %s, is %s', async (lowest, most, wanted) => {
    const { built, release } = await makeHouse();
    const small = describeLayer(tarOfRows([file('etc/x', 'x')]), lowest);
    const large = describeLayer(tarOfRows([file('opt/large', noise(100_000, 'large'))]), most);
    const { layers } = await release(await writeRelease(built.layout, [small, large]), {
      options: { compression: 'keep' },
    });
    expect(layers[0]?.at(-1)?.mediaType).toBe(`application/vnd.oci.image.layer.v1.tar+${wanted}`);
    expect(layers[0]?.[0]?.mediaType).toBe(small.descriptor.mediaType);
  });
});

test('a plan that is only looked at writes nothing', async () => {
  const { built, named, requestFor } = await makeHouse();
  const image = await writeRelease(built.layout, [base, tool, app('1')]);
  const kinds = await withPlans(requestFor(named(built.layout, image), {}), (planned) =>
    planned.map(({ plan }) => plan.layers.map(({ kind }) => kind)),
  );
  expect(kinds[0]?.slice(0, 2)).toEqual(['carried', 'new']);
  expect(await built.left()).toEqual([]);
});

test('what compressed new layers stands in the plan, and another one than the baseline had is told of', async () => {
  const { built, release } = await makeHouse();
  const releaseOf = async (text: string) =>
    writeRelease(built.layout, [layer(dir('etc'), file('etc/x', 'x')), layer(file('srv/main.py', text))]);
  const one = await release(await releaseOf('1'), { options: { compressor: 'gzip by zlib 1' } });
  expect(JSON.parse(Buffer.from(one.plans[0] as Uint8Array).toString()).compressor).toBe('gzip by zlib 1');
  const after = async (compressor: string | undefined, text: string) => {
    const options = compressor === undefined ? {} : { compressor };
    const { notices } = await release(await releaseOf(text), { baseline: one.held, options });
    return notices;
  };
  expect(await after('gzip by zlib 1', '2')).toEqual([]);
  expect(await after(undefined, '2')).toEqual([]);
  expect(await after('gzip by zlib 2', '1')).toEqual([]);
  expect(await after('gzip by zlib 2', '2')).toEqual([
    expect.stringMatching(/^New layers may differ in bytes .* gzip by zlib 1, these of gzip by zlib 2\.$/),
  ]);
});
