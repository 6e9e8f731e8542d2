/** Re-layering that does not come to its end leaves nothing, wherever it ends. */
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { infrastructureError } from '../../../src/content/error.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { relayerImage, withPlans } from '../../../src/stages/relayer/relayer-image.ts';
import { dir, file } from '../../content/rootfs/merged.ts';
import { layer, makeHouse, noise, scan, usual, writeRelease } from './releases.ts';

const layers = [
  layer(dir('etc'), file('etc/x', 'x')),
  layer(file('opt/a', noise(200_000, 'a'))),
  layer(file('opt/b', noise(200_000, 'b'))),
];

/** The source, but for one of its layers, of which so many bytes come before it fails. */
function failing(source: ImageSource, at: number, bytes: number): ImageSource {
  return Object.create(source, {
    readBlob: {
      value(descriptor: (typeof layers)[0]['descriptor']): ByteStream {
        const made = layers[at];
        return descriptor.digest === made?.descriptor.digest
          ? cut(made.bytes, bytes)
          : source.readBlob(descriptor);
      },
    },
  });
}

async function* cut(blob: Buffer, bytes: number): ByteStream {
  yield blob.subarray(0, bytes);
  throw infrastructureError('connection-lost', 'the registry is gone');
}

describe('nothing is left where', () => {
  test.each([0, 1, 2])(
    'the source fails in the middle of layer %i, and the others are being read',
    async (at) => {
      const { built, named, requestFor } = await makeHouse();
      const image = await writeRelease(built.layout, layers);
      const source = failing(built.layout, at, 100);
      const relaying = relayerImage(requestFor(named(source, image), {}));
      await expect(relaying).rejects.toMatchObject({ code: 'connection-lost' });
      expect(await built.left()).toEqual([]);
    },
  );

  test('a layer is no layer', async () => {
    const { built, release } = await makeHouse();
    const broken = { ...(layers[1] as (typeof layers)[0]), diffId: (layers[2] as (typeof layers)[0]).diffId };
    const image = await writeRelease(built.layout, [layers[0] as (typeof layers)[0], broken]);
    await expect(release(image)).rejects.toMatchObject({ code: 'diff-id-mismatch' });
    expect(await built.left()).toEqual([]);
  });

  test('compressing fails', async () => {
    const { built, release } = await makeHouse();
    const image = await writeRelease(built.layout, layers);
    const options = {
      compress: async () => {
        throw infrastructureError('disk-full', 'no space');
      },
    };
    await expect(release(image, { options })).rejects.toMatchObject({ code: 'disk-full' });
    expect(await built.left()).toEqual([]);
  });

  test('a compressor changes the content: the proof finds it, and names the path', async () => {
    const { built, release } = await makeHouse();
    const image = await writeRelease(built.layout, layers);
    const flipped = async function* (tar: ByteStream): ByteStream {
      for await (const chunk of tar) {
        const copy = Buffer.from(chunk);
        const at = copy.indexOf(noise(200_000, 'b').subarray(0, 32));
        if (at >= 0) copy[at] = (copy[at] as number) ^ 1;
        yield copy;
      }
    };
    const options = {
      compress: (input: Parameters<typeof usual.compress>[0]) =>
        usual.compress({ ...input, tar: flipped(input.tar) }),
    };
    await expect(release(image, { options })).rejects.toMatchObject({
      code: 'tree-differs',
      message: expect.stringContaining('/opt/b: content'),
      hint: expect.stringContaining('Nothing was published'),
    });
    expect(await built.left()).toEqual([]);
  });

  test.each(['reading', 'writing'] as const)('the run is interrupted while %s', async (phase) => {
    const { built, named, requestFor } = await makeHouse();
    const image = await writeRelease(built.layout, layers);
    const aborting = new AbortController();
    const stop = () => aborting.abort(new Error('SIGINT'));
    const request = requestFor(named(built.layout, image), {
      request: {
        signal: aborting.signal,
        scan: async (...args) => {
          if (phase === 'reading') stop();
          return scan(...args);
        },
      },
      options: {
        compress: async (input) => {
          stop();
          return usual.compress(input);
        },
      },
    });
    await expect(relayerImage(request)).rejects.toThrow('SIGINT');
    expect(await built.left()).toEqual([]);
  });

  test('who looks at a plan fails', async () => {
    const { built, named, requestFor } = await makeHouse();
    const image = await writeRelease(built.layout, layers);
    const looking = withPlans(requestFor(named(built.layout, image), {}), () => {
      throw new Error('no terminal');
    });
    await expect(looking).rejects.toThrow('no terminal');
    expect(await built.left()).toEqual([]);
  });
});

test('an image that is none is refused', async () => {
  const { built, release } = await makeHouse();
  const image = await writeRelease(built.layout, layers, {
    manifest: { config: { ...layers[0]?.descriptor, mediaType: 'application/vnd.other.config' } },
  });
  await expect(release(image)).rejects.toMatchObject({ code: 'not-an-image', kind: 'input' });
  expect(await built.left()).toEqual([]);
});

describe('the scratch folder', () => {
  const listed = async (folder: string) => (await readdir(folder, { recursive: true })).sort();

  test('has no blob of the image while a plan is looked at', async () => {
    const { built, named, requestFor } = await makeHouse();
    const image = await writeRelease(built.layout, layers);
    const there = await withPlans(requestFor(named(built.layout, image), {}), () => listed(built.scratch));
    expect(there).toEqual([expect.stringMatching(/relayer/)]);
  });

  test('has what is new and nothing of what was read once the image is made', async () => {
    const { built, named, requestFor } = await makeHouse();
    const image = await writeRelease(built.layout, layers);
    const relaid = await relayerImage(requestFor(named(built.layout, image), {}));
    const there = await listed(built.scratch);
    for (const { descriptor } of layers) {
      expect(there.filter((path) => path.includes(descriptor.digest.slice(7)))).toEqual([]);
    }
    expect(there.some((path) => /layer-1-of-/.test(path))).toBe(true);
    await relaid.close();
  });
});
