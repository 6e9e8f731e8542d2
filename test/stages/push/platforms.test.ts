import { describe, expect, test } from 'vitest';
import { parsePlatform } from '../../../src/content/image/platform.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import {
  digestsOf,
  readAll,
  type SampleImage,
  sampleImage,
  sampleIndex,
} from '../../content/store/sample-image.ts';
import { amd64, arm64, emptyLayout, layoutOf, ledger, multiPlatform } from './copying.ts';

describe('platforms', () => {
  test('of one, the image itself is what is tagged', async () => {
    const { index, onArm64 } = await multiPlatform();
    const sink = await emptyLayout();
    const request = { source: await layoutOf(index), descriptor: index.top.descriptor, sink, tags: ['v1'] };
    const { descriptor } = await copyImage({ ...request, platforms: [arm64] });
    expect(descriptor.digest).toBe(onArm64.top.descriptor.digest);
    expect(await readAll(sink, await sink.resolve('v1'))).toEqual(digestsOf(onArm64));
  });

  test('of several, an index names them and their attestations alone', async () => {
    const { index, onArm64, onAmd64, attestation } = await multiPlatform();
    const riscv = await sampleImage({ platform: parsePlatform('linux/riscv64') });
    const wide = sampleIndex([
      ...(index.top.kind === 'index' ? index.top.manifests : []).map((entry) => ({
        image: [onArm64, onAmd64, attestation].find(
          (one) => one.top.descriptor.digest === entry.digest,
        ) as SampleImage,
        entry,
      })),
      { image: riscv, entry: { platform: parsePlatform('linux/riscv64') } },
    ]);
    const sink = await emptyLayout();
    const request = { source: await layoutOf(wide), descriptor: wide.top.descriptor, sink, tags: ['v1'] };
    const { descriptor } = await copyImage({ ...request, platforms: [amd64, arm64] });
    expect(descriptor.digest).toBe(index.top.descriptor.digest);
    expect(await readAll(sink, await sink.resolve('v1'))).toEqual(digestsOf(index));
  });

  test('of all, nothing changes', async () => {
    const { index } = await multiPlatform();
    const request = {
      source: await layoutOf(index),
      descriptor: index.top.descriptor,
      sink: ledger(),
      tags: [],
    };
    const { descriptor } = await copyImage({ ...request, platforms: [amd64, arm64] });
    expect(descriptor.digest).toBe(index.top.descriptor.digest);
  });

  test('that are not there are an error that names those that are, before a blob moves', async () => {
    const { index, onArm64 } = await multiPlatform();
    for (const [image, there] of [
      [index, 'linux/amd64, linux/arm64'],
      [onArm64, 'linux/arm64'],
    ] as const) {
      const sink = ledger();
      const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['v1'] };
      await expect(
        copyImage({ ...request, platforms: [parsePlatform('linux/s390x')] }),
      ).rejects.toMatchObject({
        code: 'no-platform',
        hint: expect.stringContaining(there),
      });
      expect(sink.log).toEqual([]);
    }
  });

  test('are read from the config where an entry does not tell', async () => {
    const [onAmd64, onArm64] = [await sampleImage(), await sampleImage({ platform: arm64 })];
    const index = sampleIndex([{ image: onAmd64 }, { image: onArm64 }]);
    const nested = sampleIndex([{ image: index }]);
    const request = {
      source: await layoutOf(nested),
      descriptor: nested.top.descriptor,
      sink: ledger(),
      tags: [],
    };
    const { descriptor } = await copyImage({ ...request, platforms: [arm64] });
    expect(descriptor.digest).toBe(onArm64.top.descriptor.digest);
  });
});
