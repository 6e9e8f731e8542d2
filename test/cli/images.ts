import { describeBytes } from '../../src/content/image/descriptor.ts';
import { digestOf } from '../../src/content/image/digest.ts';
import { parseManifest } from '../../src/content/image/manifest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import { openLayout } from '../../src/content/store/layout.ts';

/** One platform's image: a layer for each text, made by the command of the same name. */
export interface Platform {
  readonly architecture: string;
  readonly layers: readonly string[];
}

/** Writes a layout with an image, of several platforms an index, under a tag. */
export async function writeImage(path: string, tag: string, platforms: readonly Platform[]): Promise<void> {
  const layout = await openLayout(path, { create: true });
  const blob = async (mediaType: string, bytes: Buffer) => {
    const descriptor = describeBytes(mediaType, bytes);
    await layout.writeBlob(descriptor, () => stream(bytes));
    return descriptor;
  };
  const manifest = async (mediaType: string, json: object) => {
    const parsed = parseManifest(
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...json })),
      {},
      tag,
    );
    await layout.writeManifest(parsed);
    return parsed;
  };
  const images = [];
  for (const { architecture, layers } of platforms) {
    const config = {
      os: 'linux',
      architecture,
      rootfs: { type: 'layers', diff_ids: layers.map((text) => digestOf(`unpacked ${text}`)) },
      history: layers.map((text) => ({ created_by: `RUN /bin/sh -c make ${text.slice(0, 8)} # buildkit` })),
    };
    const descriptors = [];
    for (const text of layers) descriptors.push(await blob(mediaTypes.ociLayerGzip, Buffer.from(text)));
    const image = await manifest(mediaTypes.ociManifest, {
      config: await blob(mediaTypes.ociConfig, Buffer.from(JSON.stringify(config))),
      layers: descriptors,
    });
    images.push({ image, platform: { os: 'linux', architecture } });
  }
  const [only] = images;
  const top =
    images.length === 1 && only
      ? only.image
      : await manifest(mediaTypes.ociIndex, {
          manifests: images.map(({ image, platform }) => ({ ...image.descriptor, platform })),
        });
  await layout.tag(top, tag);
  await layout.close();
}

async function* stream(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
