/** How often a layer is downloaded when it is indexed and written elsewhere. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { Written } from '../../src/config/read.ts';
import { openRegistry } from '../../src/content/registry/registry.ts';
import { serveLayout } from '../../src/content/registry/server.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { type FakeOptions, FakeRegistry } from '../content/registry/fake-registry.ts';
import { readAll } from '../content/store/sample-image.ts';
import { listen, makePlace, settingsFor, writeImage } from './pipeline.ts';

const base = makeLayer({ 'usr/lib/base.bin': randomBytes(6_000_000) });
const app = makeLayer({ 'app/model.bin': randomBytes(1_000_000) });
const small = makeLayer({ 'etc/x': Buffer.from('x') });
const layers = [base, app, small];

/** A registry that has the image, and the ways to index it. */
async function servedImage() {
  const place = await makePlace();
  await mkdir(place.scratch);
  const image = await writeImage(place.layout, layers, { tag: '1' });
  const server = await serveLayout({ layout: place.layout });
  onTestFinished(() => server.close());
  const name = `${server.host}/app:1`;
  const more: Written = { 'min-layer-size': '100 kB', 'span-size': '64 KiB' };
  const push = async (tags: readonly string[], written: Written = {}, context = listen()) =>
    runPipeline(
      settingsFor(place.scratch, {
        image: `docker://${name}`,
        push: 'true',
        tags: [...tags],
        soci: 'v2',
        runs: '0',
        budgets: 'layers <= 3',
        ...more,
        ...written,
      }),
      context,
    );
  async function index(to: string, ...flags: string[]) {
    let out = '';
    const settings = Object.entries(more).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    const code = await runCommandLine(
      ['index', name, to, '--json', '--scratch', place.scratch, ...settings, ...flags],
      { stdout: { write: (text: string) => (out += text) }, stderr: { write: () => true }, environment: {} },
    );
    expect(await place.left()).toEqual([]);
    return { code, result: JSON.parse(out) };
  }
  const downloads = () =>
    layers.map(({ descriptor }) => (server.traffic.sent.get(descriptor.digest) ?? 0) / descriptor.size);
  return { ...place, image, server, name, push, index, downloads };
}

async function emptyServer(folder: string) {
  const server = await serveLayout({ layout: join(folder, 'to') });
  onTestFinished(() => server.close());
  return server;
}

async function fakeRegistry(options: FakeOptions = {}) {
  const registry = await FakeRegistry.start(options);
  onTestFinished(() => registry[Symbol.asyncDispose]());
  return registry;
}

async function wholeImage(reference: { host: string; repository: string }, tag: string): Promise<void> {
  const registry = openRegistry(reference);
  onTestFinished(() => registry.close());
  const digests = await readAll(registry, await registry.resolve(tag));
  for (const { descriptor } of layers) expect(digests).toContain(descriptor.digest);
}

describe('each layer is downloaded once', () => {
  test('by index, from registry to registry', async () => {
    const { folder, index, downloads } = await servedImage();
    const to = await emptyServer(folder);
    const { code, result } = await index(`${to.host}/app:1`);
    expect(code).toBe(0);
    expect(downloads()).toEqual([1, 1, 1]);
    await wholeImage({ host: to.host, repository: 'app' }, '1');
    // Layers, config, two zTOCs and what SOCI has for a config.
    expect(result.blobs).toEqual({ written: 7, existed: 0, mounted: 0, skipped: 0 });
    expect(result.writtenBytes).toBeGreaterThan(7_000_000);
    for (const { descriptor } of layers)
      expect(to.traffic.received.get(descriptor.digest)).toBe(descriptor.size);
  });

  test('by index with a suffix, which writes two images', async () => {
    const { folder, index, downloads } = await servedImage();
    const to = await emptyServer(folder);
    const { result } = await index(`${to.host}/app:1`, '--soci-tag-suffix', '-soci');
    expect(downloads()).toEqual([1, 1, 1]);
    for (const tag of ['1', '1-soci']) await wholeImage({ host: to.host, repository: 'app' }, tag);
    expect(result.blobs).toMatchObject({ written: 7, existed: 4 });
  });

  test('by index, from a registry to a layout', async () => {
    const { folder, index, downloads } = await servedImage();
    const { code } = await index(`oci:${join(folder, 'copy')}:1`);
    expect(code).toBe(0);
    expect(downloads()).toEqual([1, 1, 1]);
    const copy = await openLayout(join(folder, 'copy'));
    await readAll(copy, await copy.resolve('1'));
  });

  test('by a run that pushes, to several repositories too, for all after the first have the blobs from it', async () => {
    const { folder, push, downloads, left } = await servedImage();
    const to = await emptyServer(folder);
    const tags = [`${to.host}/app:1`, `${to.host}/app:latest`, `${to.host}/mirror:1`];
    await push(tags, { 'soci-tag-suffix': '-soci' });
    expect(downloads()).toEqual([1, 1, 1]);
    for (const repository of ['app', 'mirror']) await wholeImage({ host: to.host, repository }, '1-soci');
    expect(await left()).toEqual([]);
  });

  test('where the registry has the layers already, for their indexes, and sends none', async () => {
    const { folder, index, push, downloads, name } = await servedImage();
    const to = await emptyServer(folder);
    expect(await runCommandLine(['copy', name, `${to.host}/app:0`], quiet)).toBe(0);
    const received = to.traffic.received.get(base.descriptor.digest);
    expect(downloads()).toEqual([1, 1, 1]);
    const { result } = await index(`${to.host}/app:1`);
    expect(result.blobs).toMatchObject({ existed: 4 });
    expect(downloads()).toEqual([2, 2, 1]);
    expect(to.traffic.received.get(base.descriptor.digest)).toBe(received);
    await push([`${to.host}/app:2`], { baseline: `${to.host}/app:1` });
    expect(downloads()).toEqual([2, 2, 1]);
  });
});

const quiet = { stdout: { write: () => true }, stderr: { write: () => true }, environment: {} };

describe('an upload while the layer is indexed', () => {
  test('that breaks off is done again, and the layer read once more for it', async () => {
    let broken = 0;
    const registry = await fakeRegistry({
      fault: ({ method, query }) =>
        method === 'PUT' && query.get('digest') === base.descriptor.digest && broken++ === 0
          ? { hangUpAfter: 2_000_000 }
          : undefined,
    });
    const { index, downloads } = await servedImage();
    const { code, result } = await index(`${registry.host}/app:1`, '--attempts', '3');
    expect({ code, error: result.error }).toEqual({ code: 0 });
    expect(broken).toBe(2);
    expect(downloads()).toEqual([2, 1, 1]);
    await wholeImage({ host: registry.host, repository: 'app' }, '1');
  });

  test.each(['index', 'push'] as const)(
    'that fails in the middle fails the run: %s leaves nothing behind, and no image there',
    async (way) => {
      const registry = await fakeRegistry({
        fault: ({ method, query }) =>
          method === 'PUT' && query.get('digest') === base.descriptor.digest
            ? { hangUpAfter: 1_000_000 }
            : undefined,
      });
      const { index, push, left } = await servedImage();
      const to = `${registry.host}/app:1`;
      if (way === 'push') await expect(push([to])).rejects.toMatchObject({ kind: 'infrastructure' });
      else expect(await index(to, '--attempts', '1')).toMatchObject({ code: 3 });
      expect(registry.manifests.size).toBe(0);
      expect(await left()).toEqual([]);
    },
  );

  test('is no image before all is indexed', async () => {
    const bad = { ...makeLayer({ a: randomBytes(200_000) }), diffId: app.diffId };
    const { layout, folder, index } = await servedImage();
    await writeImage(layout, [base, bad], { tag: '1' });
    const to = await emptyServer(folder);
    expect(await index(`${to.host}/app:1`)).toMatchObject({ code: 2 });
    expect(await to.references()).toEqual([]);
  });
});
