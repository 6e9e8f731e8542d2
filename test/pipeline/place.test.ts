import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseImageName } from '../../src/content/image/name.ts';
import { parsePlatform } from '../../src/content/image/platform.ts';
import { serveLayout } from '../../src/content/registry/server.ts';
import { writeOciArchive } from '../../src/content/store/oci-archive.ts';
import { newMark } from '../../src/content/store/owner.ts';
import { describeImages } from '../../src/pipeline/describe.ts';
import { openImage } from '../../src/pipeline/open.ts';
import { type Place, placeOf } from '../../src/pipeline/place.ts';
import { copyImage } from '../../src/stages/push/copy.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { listen, makePlace, writeImage, writeIndex } from './pipeline.ts';

const amd64 = parsePlatform('linux/amd64');
const arm64 = parsePlatform('linux/arm64');
const base = makeLayer({ base: Buffer.alloc(3000, 'base') });
const other = makeLayer({ other: Buffer.alloc(3000, 'other') });

/** An index of two platforms, in a layout and behind a registry. */
async function twoPlatforms() {
  const place = await makePlace();
  const index = await writeIndex(
    place.layout,
    [
      [await writeImage(place.layout, [base], { platform: amd64 }), { platform: amd64 }],
      [await writeImage(place.layout, [other], { platform: arm64 }), { platform: arm64 }],
    ],
    'v1',
  );
  const server = await serveLayout({ layout: place.layout, readOnly: true });
  onTestFinished(() => server.close());
  return { ...place, index, server };
}

/** Finds a place for the image's amd64 platform. */
async function settle(name: string, scratch: string, like?: Place, context = listen()) {
  const image = await openImage(parseImageName(name), {});
  onTestFinished(() => image.source.close());
  const described = await describeImages(image, undefined, [amd64]);
  const [facts] = described.image.platforms;
  if (!facts) throw new Error('no amd64');
  const options = { attempts: 2, onRetry: context.notice };
  const at = await placeOf(image, facts, { scratch, options, context, ...(like ? { like } : {}) });
  return { at, facts, context };
}

async function pulls(place: Place): Promise<string[]> {
  const source = place.open(new AbortController().signal);
  const top = await source.readManifest(await source.resolve(place.digest));
  await source.close();
  return top.kind === 'image' ? top.layers.map(({ digest }) => digest) : [top.kind];
}

describe('an image is pulled', () => {
  test('from the registry that it is in, as it was named', async () => {
    const { server, index, scratch } = await twoPlatforms();
    const { at } = await settle(`${server.host}/app:v1`, scratch);
    expect(at).toMatchObject({ registry: server.host, digest: index.descriptor.digest });
    expect(await pulls(at)).toEqual(['index']);
    await at.close();
  });

  test('from a layout where it lies: nothing is copied', async () => {
    const { path, scratch, left } = await twoPlatforms();
    const { at, facts, context } = await settle(`oci:${path}:v1`, scratch);
    expect(at).toMatchObject({ registry: 'loopback', digest: facts.digest });
    expect(await pulls(at)).toEqual([base.descriptor.digest]);
    expect(context.phases).toEqual([]);
    await at.close();
    expect(await left()).toEqual([]);
  });

  test('from a copy on loopback where it is in an archive; the copy goes when the place does', async () => {
    const { layout, index, folder, scratch, left } = await twoPlatforms();
    const archive = join(folder, 'image.tar');
    const sink = await writeOciArchive(archive);
    await copyImage({ source: layout, descriptor: index.descriptor, sink, tags: ['v1'] });
    await sink.close();
    const { at, facts } = await settle(`oci-archive:${archive}`, scratch);
    expect(at).toMatchObject({ registry: 'loopback', digest: facts.digest });
    expect(await pulls(at)).toEqual([base.descriptor.digest]);
    expect(await left()).toHaveLength(1);
    await at.close();
    expect(await left()).toEqual([]);
  });

  test('beside the image that it is compared with: from loopback, of its platform alone', async () => {
    const { path, scratch, left, server } = await twoPlatforms();
    const image = await settle(`oci:${path}:v1`, scratch);
    const baseline = await settle(`${server.host}/app:v1`, scratch, image.at);
    expect(baseline.at.registry).toBe(image.at.registry);
    expect(await pulls(baseline.at)).toEqual([base.descriptor.digest]);
    const [copy] = await left();
    const blobs = await readdir(join(scratch, copy as string, 'blobs', 'sha256'));
    expect(blobs).toContain(base.descriptor.digest.slice(7));
    expect(blobs).not.toContain(other.descriptor.digest.slice(7));
    await Promise.all([image.at.close(), baseline.at.close()]);
    expect(await left()).toEqual([]);
  });

  test('by clients that do not try again: a pause for another try would be within a sample', async () => {
    const { server, scratch } = await twoPlatforms();
    const { at, context } = await settle(`${server.host}/app:v1`, scratch);
    await server.close();
    const source = at.open(context.signal);
    await expect(source.resolve(at.digest)).rejects.toMatchObject({ kind: 'infrastructure' });
    expect(context.notices).toEqual([]);
    await source.close();
  });
});

describe('a copy that does not come to its end leaves nothing', () => {
  test('when it is interrupted', async () => {
    const { path, server, scratch, left } = await twoPlatforms();
    const image = await settle(`oci:${path}:v1`, scratch);
    const interruption = new AbortController();
    const context = listen(interruption.signal);
    const begun = {
      ...context,
      phase: <T>(_: string, work: () => Promise<T>) => {
        interruption.abort(new Error('enough'));
        return work();
      },
    };
    await expect(settle(`${server.host}/app:v1`, scratch, image.at, begun)).rejects.toThrow('enough');
    expect(await left()).toEqual([]);
    await image.at.close();
  });

  test('when the process was killed: the next one removes it', async () => {
    const { path, server, scratch, left } = await twoPlatforms();
    const dead = spawn(process.execPath, ['-e', '0']);
    await once(dead, 'exit');
    const mark = newMark().replace(String(process.pid), String(dead.pid));
    await mkdir(join(scratch, `pull-budget-layout-${mark}`), { recursive: true });
    await mkdir(join(scratch, 'somebody-else'));
    const image = await settle(`oci:${path}:v1`, scratch);
    const baseline = await settle(`${server.host}/app:v1`, scratch, image.at);
    await Promise.all([image.at.close(), baseline.at.close()]);
    expect(await left()).toEqual(['somebody-else']);
  });
});
