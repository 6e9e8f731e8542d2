import { expect, test } from 'vitest';
import { parsePlatform } from '../../../src/content/image/platform.ts';
import { openLayout } from '../../../src/content/store/layout.ts';
import { readPlatformImages } from '../../../src/stages/soci/platform-images.ts';
import { put, sampleImage, sampleIndex, scratch } from '../../content/store/sample-image.ts';

test('an image that stands for two platforms is found for both, and is one', async () => {
  const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatform);
  const image = await sampleImage();
  const index = sampleIndex(platforms.map((platform) => ({ image, entry: { platform } })));
  const layout = await openLayout(await scratch(), { create: true });
  await put(layout, index);
  const images = await readPlatformImages(layout, index.top, platforms);
  expect(images.map(({ manifest, platform }) => [manifest.descriptor.digest, platform])).toEqual([
    [image.top.descriptor.digest, platforms[0]],
  ]);
  expect(images[0]?.layers.map(({ descriptor }) => descriptor)).toEqual(images[0]?.manifest.layers);
});
