/** Images of layers that tests made, as OCI layouts. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Descriptor, describeBytes } from '../../src/content/image/descriptor.ts';
import { digestHex } from '../../src/content/image/digest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import type { MadeLayer } from '../content/layer/made-layer.ts';

export interface ImageToWrite {
  readonly layers: readonly MadeLayer[];
  /** Of its descriptor: what it is called. */
  readonly annotations?: Readonly<Record<string, string>>;
}

const platform = { architecture: 'amd64', os: 'linux' };
const config = { Env: ['PATH=/usr/bin:/bin'], Cmd: ['/bin/sh'] };

/** Writes a layout with these images; says their manifests, in the same order. */
export async function writeImages(folder: string, images: readonly ImageToWrite[]): Promise<Descriptor[]> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const descriptor = describeBytes(mediaType, bytes);
    await writeFile(join(blobs, digestHex(descriptor.digest)), bytes);
    return descriptor;
  };
  const putJson = (mediaType: string, value: unknown) => put(mediaType, Buffer.from(JSON.stringify(value)));
  const manifests: Descriptor[] = [];
  const entries: Descriptor[] = [];
  for (const { layers, annotations } of images) {
    const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
    const manifest = await putJson(mediaTypes.ociManifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: await putJson(mediaTypes.ociConfig, { ...platform, config, rootfs }),
      layers: await Promise.all(layers.map(({ descriptor, bytes }) => put(descriptor.mediaType, bytes))),
    });
    manifests.push(manifest);
    const described = { ...manifest, platform, ...(annotations && { annotations }) };
    entries.push(described);
  }
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: entries }));
  return manifests;
}
