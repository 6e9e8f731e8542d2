/** Plans of baselines: a cache that may be gone, damaged, or somebody else's. */
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/content/image/digest.ts';
import { layerPlanAnnotations, layerPlanTypes } from '../../../src/content/image/layer-plan.ts';
import type { FileTable } from '../../../src/content/rootfs/table.ts';
import { encodeTable } from '../../../src/content/rootfs/table-codec.ts';
import { readPlatforms } from '../../../src/content/store/platforms.ts';
import { collect } from '../../../src/content/store/verify.ts';
import type { LayerPlanDocument } from '../../../src/facts/relayer.ts';
import { readKnownLayers } from '../../../src/stages/relayer/baseline.ts';
import { namedPlan } from '../../../src/stages/relayer/plan-artifact.ts';
import type { MadeLayer } from '../../content/layer/made-layer.ts';
import { tableOfTar } from '../../content/rootfs/made-table.ts';
import { dir, file } from '../../content/rootfs/merged.ts';
import { writeBlob, writeManifest } from '../../pipeline/pipeline.ts';
import { layer, makeHouse, noise, writeRelease } from './releases.ts';

const base = layer(dir('etc'), file('etc/os-release', 'x'));
const tool = (...content: [string, string?]) =>
  layer(file('opt/tool', noise(300_000, content[0])), file('opt/more', noise(300_000, content[1] ?? 'more')));
const app = (text: string) => layer(dir('srv'), file('srv/main.py', text));
const first = [base, tool('1'), app('1')];

type House = Awaited<ReturnType<typeof makeHouse>>;
type Release = Awaited<ReturnType<House['release']>>;

async function readPlan({ pushed }: House, { top }: Release): Promise<LayerPlanDocument> {
  const named = top.kind === 'image' ? namedPlan(top) : undefined;
  if (named === undefined) throw new Error('there is no plan');
  return JSON.parse((await collect(pushed.layout.readBlob(named), named.size, 'plan')).toString());
}

/** The same image, as the baseline of another, with these bytes for its plan. */
async function withPlan({ pushed, named }: House, { top }: Release, plan: Uint8Array | object) {
  const bytes = plan instanceof Uint8Array ? plan : Buffer.from(JSON.stringify(plan));
  const { digest, size } = await writeBlob(pushed.layout, layerPlanTypes.plan, Buffer.from(bytes));
  return withAnnotations({ pushed, named } as House, top, digest, `${size}`);
}

async function withAnnotations({ pushed, named }: House, top: Release['top'], digest: string, size: string) {
  const { mediaType, schemaVersion: _, ...json } = JSON.parse(Buffer.from(top.raw).toString());
  const annotations = { [layerPlanAnnotations.digest]: digest, [layerPlanAnnotations.size]: size };
  return named(pushed.layout, await writeManifest(pushed.layout, mediaType, { ...json, annotations }));
}

async function writeTable({ pushed }: House, table: FileTable | Buffer) {
  const bytes = Buffer.isBuffer(table) ? table : Buffer.from(await encodeTable(table));
  const { digest, size } = await writeBlob(pushed.layout, layerPlanTypes.table, bytes);
  return { digest, size };
}

const tableFrom = ({ tar, diffId }: MadeLayer, of: Digest = diffId): FileTable => ({
  ...tableOfTar([tar.subarray(0, -1024)]),
  diffId: of,
});

describe('a plan of the baseline', () => {
  test('that is as it was saves reading', async () => {
    const house = await makeHouse();
    const one = await house.release(await writeRelease(house.built.layout, first));
    const baseline = await withPlan(house, one, await readPlan(house, one));
    const next = await writeRelease(house.built.layout, [base, tool('1'), app('2')]);
    const { reads, notices } = await house.release(next, { baseline });
    expect(reads).toEqual([0, 0, 1]);
    expect(notices).toEqual([]);
  });

  test.each<[string, (plan: LayerPlanDocument) => Uint8Array | object, RegExp]>([
    ['no JSON', () => Buffer.from('{"schemaVersion":1,'), /its layer plan cannot be read/],
    ['JSON nested deeply', () => Buffer.from('['.repeat(1_000_000)), /its layer plan cannot be read/],
    ['of a later release', (plan) => ({ ...plan, schemaVersion: 2 }), /its layer plan cannot be read/],
    [
      'with a layer that is none',
      (plan) => ({ ...plan, layers: [...plan.layers, { diffId: '../../etc' }] }),
      /its layer plan cannot be read/,
    ],
    [
      'with 1,001 layers',
      (plan) => ({ ...plan, layers: Array(1001).fill(plan.layers[0]) }),
      /its layer plan cannot be read/,
    ],
    [
      'of another image',
      (plan) => ({ ...plan, layers: plan.layers.map((one) => ({ ...one, diffId: base.descriptor.digest })) }),
      /it is of another image/,
    ],
  ])('that is %s is not used: layers are read, and it is said in one line', async (_, change, why) => {
    const house = await makeHouse();
    const one = await house.release(await writeRelease(house.built.layout, first));
    const baseline = await withPlan(house, one, change(await readPlan(house, one)));
    const next = await writeRelease(house.built.layout, [base, tool('1'), app('2')]);
    const { reads, notices, facts } = await house.release(next, { baseline });
    expect(reads).toEqual([1, 1, 1]);
    expect(notices).toEqual([
      expect.stringMatching(/^The baseline's layer plan is not used, its layers are read: /),
    ]);
    expect(notices[0]).toMatch(why);
    expect(notices[0]?.length).toBeLessThan(800);
    expect(facts[0]?.delta.after.chain).toBeLessThan(1000);
  });

  test.each([
    ['is gone', `sha256:${'0'.repeat(64)}`, '200', 1],
    ['has no digest', 'latest', '200', 0],
    ['is said to be huge', `sha256:${'0'.repeat(64)}`, '1e12', 0],
    ['has a size that is none', `sha256:${'0'.repeat(64)}`, '-1', 0],
  ])('that %s is done without', async (_, digest, size, notices) => {
    const house = await makeHouse();
    const one = await house.release(await writeRelease(house.built.layout, first));
    const baseline = await withAnnotations(house, one.top, digest, size);
    const next = await writeRelease(house.built.layout, [base, tool('1'), app('2')]);
    const two = await house.release(next, { baseline });
    expect(two.reads).toEqual([1, 1, 1]);
    expect(two.notices).toHaveLength(notices);
  });

  test('that tells of more layers than the image has tells of those that it has', async () => {
    const house = await makeHouse();
    const one = await house.release(await writeRelease(house.built.layout, first));
    const plan = await readPlan(house, one);
    const more = { ...plan.layers[0], diffId: tool('other').diffId, title: 'more' };
    const baseline = await withPlan(house, one, { ...plan, layers: [...plan.layers, more] });
    const next = await writeRelease(house.built.layout, [base, tool('1'), app('2')]);
    const { reads, notices } = await house.release(next, { baseline });
    expect(reads).toEqual([0, 0, 1]);
    expect(notices).toEqual([]);
  });

  test('whose titles would act on a terminal has them made plain', async () => {
    const house = await makeHouse();
    const one = await house.release(await writeRelease(house.built.layout, first));
    const plan = await readPlan(house, one);
    const layers = plan.layers.map((row) => ({ ...row, title: `\x1b[2J\u202e${'long '.repeat(200)}` }));
    const baseline = await withPlan(house, one, { ...plan, layers });
    const next = await writeRelease(house.built.layout, [base, tool('1'), app('2')]);
    const { facts } = await house.release(next, { baseline });
    expect(facts[0]?.layers[0]?.title).toMatch(/^long long .*…$/);
    expect(facts[0]?.layers[0]?.title.length).toBeLessThan(130);
  });
});

describe('a file table of the baseline', () => {
  /** The release after the first, where the plan names another table for the input's second layer. */
  async function nextWith(
    make: (house: House) => Promise<{ digest: string; size: number }>,
    layers: readonly MadeLayer[] = [base, tool('1'), app('2')],
  ) {
    const house = await makeHouse();
    const one = await house.release(await writeRelease(house.built.layout, first));
    const plan = await readPlan(house, one);
    const table = await make(house);
    const input = plan.input.map((row) => (row.diffId === tool('1').diffId ? { ...row, table } : row));
    const baseline = await withPlan(house, one, { ...plan, input });
    const image = await writeRelease(house.built.layout, layers);
    return { house, release: (more = {}) => house.release(image, { baseline, ...more }) };
  }

  test.each<[string, (house: House) => Promise<{ digest: string; size: number }>, RegExp]>([
    ['is gone', async () => ({ digest: `sha256:${'0'.repeat(64)}`, size: 100 }), /sha256:0000/],
    [
      'is damaged',
      (house) => writeTable(house, Buffer.from('no table')),
      /is not a file table that can be read/,
    ],
    ['is of another layer', (house) => writeTable(house, tableFrom(app('1'))), /is of another layer/],
    [
      'has another size than it says',
      async (house) => ({ ...(await writeTable(house, tableFrom(tool('1')))), size: 3 }),
      /size|bytes/,
    ],
  ])('that %s is not used: that layer is read', async (_, make, why) => {
    const { release } = await nextWith(make);
    const { reads, notices } = await release();
    expect(reads).toEqual([0, 1, 1]);
    expect(notices).toEqual([
      expect.stringMatching(/^A file table of the baseline is not used, the layer is read: /),
    ]);
    expect(notices[0]).toMatch(why);
  });

  const lies = tool('1', 'lies');

  test('that lies is found out as soon as the layer is read, and nothing comes of it', async () => {
    // The lie makes a file seem changed, which then has to be written.
    const { release, house } = await nextWith((one) => writeTable(one, tableFrom(lies, tool('1').diffId)));
    await expect(release()).rejects.toMatchObject({
      code: 'bad-file-table',
      kind: 'input',
      message: expect.stringContaining('"opt/more"'),
      hint: expect.stringContaining('verify'),
    });
    expect(await house.built.left()).toEqual([]);
    const { notices } = await release({ options: { verify: 'full' } });
    expect(notices).toEqual([]);
  });
});

describe('a baseline by somebody who must not be trusted', () => {
  /** Its layer has other content than its plan says. */
  async function poisoned() {
    const house = await makeHouse();
    const good = tool('1');
    const evil = tool('1', 'evil');
    const one = await house.release(await writeRelease(house.built.layout, [base, evil, app('1')]));
    const plan = await readPlan(house, one);
    const table = await writeTable(house, tableFrom(good, evil.diffId));
    const layers = [];
    for (const row of plan.layers) {
      const isEvil = row.unpackedBytes === evil.tar.byteLength || row.bytes > 300_000;
      layers.push(
        isEvil ? { ...row, table: await writeTable(house, tableFrom(good, row.diffId as Digest)) } : row,
      );
    }
    const baseline = await withPlan(house, one, { ...plan, layers, input: [{ diffId: evil.diffId, table }] });
    return { house, baseline, image: await writeRelease(house.built.layout, [base, good, app('1')]) };
  }

  test('is believed by verify: changed, which trusts whoever may write there; verify: full finds it', async () => {
    const { house, baseline, image } = await poisoned();
    const believed = await house.relay(image, { baseline });
    expect(await house.differencesBetween(image, believed.top)).toEqual([
      expect.stringContaining('/opt/more: content'),
    ]);
    const { facts } = await house.release(image, { baseline, options: { verify: 'full' } });
    expect(facts[0]?.delta.after.chain).toBeGreaterThan(300_000);
  });
});

describe('of a baseline no more is held than fits', () => {
  const roomy = { bytes: 1e6, rows: 1e6, ownersBytes: 1e6 };

  async function knownWith(most: Partial<typeof roomy>) {
    const house = await makeHouse();
    const one = await house.release(await writeRelease(house.built.layout, first));
    const { layout } = house.pushed;
    const { images } = await readPlatforms(layout, one.top, []);
    const { manifest, config } = images[0] as (typeof images)[0];
    const layers = manifest.layers.map((descriptor, at) => ({
      descriptor,
      diffId: config.diffIds[at] as Digest,
    }));
    const notices: string[] = [];
    const say = (line: string) => void notices.push(line);
    const known = await readKnownLayers({ source: layout, manifest, config, layers }, say, {
      ...roomy,
      ...most,
    });
    const input = first.map(({ diffId }) => diffId);
    const tables = await Promise.all(input.map((diffId) => known.table(diffId)));
    const owners = await Promise.all(input.map((diffId) => known.owners(diffId)));
    return { found: [tables, owners].map((all) => all.filter(Boolean).length), notices };
  }

  test('and all of what does', async () => {
    expect(await knownWith({})).toEqual({ found: [3, 3], notices: [] });
  });

  test.each([
    ['bytes', { bytes: 0 }, [0, 0]],
    ['rows', { rows: 4 }, [2, 3]],
    ['bytes of owners', { ownersBytes: 0 }, [3, 0]],
  ])('in %s: other layers are read', async (_, most, found) => {
    const held = await knownWith(most);
    expect(held.found).toEqual(found);
    expect(held.notices).toHaveLength(6 - (found[0] as number) - (found[1] as number));
  });
});
