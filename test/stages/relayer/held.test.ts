/** Baselines that cannot be built on: no release waits for them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { infrastructureError } from '../../../src/content/error.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { blobName } from '../../../src/content/store/layout-source.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { dir, file } from '../../content/rootfs/merged.ts';
import { writeBlob, writeManifest } from '../../pipeline/pipeline.ts';
import { layer, makeHouse, noise, writeRelease } from './releases.ts';

const base = layer(dir('etc'), file('etc/os-release', 'x'));
const tool = layer(file('opt/tool', noise(300_000, 'tool')));
const app = (text: string) => layer(dir('srv'), file('srv/main.py', text));

const afresh = (why: string) =>
  expect.stringMatching(new RegExp(`^The baseline is not used, the platform is re-laid afresh: .*${why}`));

describe('a release is re-laid afresh, and says why, where its baseline', () => {
  test('holds no container image: a Helm chart that was pushed as latest', async () => {
    const { built, pushed, named, release } = await makeHouse();
    const chart = await writeManifest(pushed.layout, mediaTypes.ociManifest, {
      config: await writeBlob(
        pushed.layout,
        'application/vnd.cncf.helm.config.v1+json',
        Buffer.from('{"name":"chart"}'),
      ),
      layers: [await writeBlob(pushed.layout, 'application/octet-stream', Buffer.from('chart'))],
    });
    const image = await writeRelease(built.layout, [base, tool, app('1')]);
    const { facts, notices, origins } = await release(image, { baseline: named(pushed.layout, chart) });
    expect(notices).toEqual([afresh('holds no container image')]);
    expect(facts[0]?.baseline).toBeUndefined();
    expect(origins).toMatch(/^base( new)+$/);
  });

  test('has a layer that is none', async () => {
    const { built, pushed, named, release } = await makeHouse();
    const broken = { ...app('0'), diffId: app('other').diffId };
    const before = await writeRelease(pushed.layout, [base, broken]);
    const image = await writeRelease(built.layout, [base, tool, app('1')]);
    const { facts, notices } = await release(image, { baseline: named(pushed.layout, before) });
    expect(notices).toEqual([afresh(broken.descriptor.digest)]);
    expect(facts[0]?.baseline).toBeUndefined();
  });

  test.each(['changed', 'full'] as const)(
    'has lost a layer, whatever is known of it (verify: %s)',
    async (verify) => {
      const { built, pushed, release } = await makeHouse();
      const one = await release(await writeRelease(built.layout, [base, tool, app('1')]));
      const lost = one.layers[0]?.at(-1)?.digest;
      await rm(join(pushed.folder, 'layout', blobName(lost as Parameters<typeof blobName>[0])));
      const next = await writeRelease(built.layout, [base, tool, app('2')]);
      const { facts, notices } = await release(next, { baseline: one.held, options: { verify } });
      expect(notices).toEqual([afresh(`${lost}`)]);
      expect(facts[0]?.reusedLayers).toBe(0);
    },
  );
});

test('a baseline whose registry fails ends the run: a retry may find it', async () => {
  const { built, pushed, release } = await makeHouse();
  const one = await release(await writeRelease(built.layout, [base, tool, app('1')]));
  const source: ImageSource = Object.create(pushed.layout, {
    readBlob: {
      value: () => {
        throw infrastructureError('connection-lost', 'the registry is gone');
      },
    },
  });
  const next = await writeRelease(built.layout, [base, tool, app('2')]);
  await expect(release(next, { baseline: { ...one.held, source } })).rejects.toMatchObject({
    code: 'connection-lost',
  });
  expect(await built.left()).toEqual([]);
});
