/** Where tests copy from and to. */
import type { Digest } from '../../../src/content/image/digest.ts';
import { parsePlatform } from '../../../src/content/image/platform.ts';
import { type Layout, openLayout } from '../../../src/content/store/layout.ts';
import type { ImageSink, ImageSource } from '../../../src/content/store/store.ts';
import {
  put,
  type SampleImage,
  sampleImage,
  sampleIndex,
  scratch,
} from '../../content/store/sample-image.ts';

export async function emptyLayout(): Promise<Layout> {
  return openLayout(await scratch(), { create: true });
}

export async function layoutOf(image: SampleImage): Promise<Layout> {
  const layout = await emptyLayout();
  await put(layout, image, 'v1');
  return layout;
}

/** Tells what is asked of a source. */
export function watched(source: ImageSource): ImageSource & { readonly reads: Digest[] } {
  const reads: Digest[] = [];
  return {
    ...bound(source),
    reads,
    readBlob: (descriptor, range) => {
      reads.push(descriptor.digest);
      return source.readBlob(descriptor, range);
    },
  };
}

export function bound(source: ImageSource): ImageSource {
  return {
    location: source.location,
    resolve: (target) => source.resolve(target),
    readManifest: (descriptor) => source.readManifest(descriptor),
    readBlob: (descriptor, range) => source.readBlob(descriptor, range),
    tags: () => source.tags(),
    referrers: (subject, type) => source.referrers(subject, type),
    close: () => source.close(),
  };
}

/** A sink that writes down what is done to it, and does nothing. */
export function ledger(over: Partial<ImageSink> = {}): ImageSink & { readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    location: 'ledger',
    writeBlob: async (descriptor, open) => {
      for await (const _ of open());
      log.push(`blob ${descriptor.digest}`);
      return 'written';
    },
    writeManifest: async (manifest) => {
      log.push(`manifest ${manifest.descriptor.digest}`);
    },
    tag: async (_, tag) => {
      log.push(`tag ${tag}`);
    },
    close: async () => {},
    abort: async () => {},
    ...over,
  };
}

export const arm64 = parsePlatform('linux/arm64');
export const amd64 = parsePlatform('linux/amd64');

export async function multiPlatform() {
  const [onAmd64, onArm64] = [await sampleImage(), await sampleImage({ platform: arm64 })];
  const attestation = await sampleImage({ layers: 1 });
  const index = sampleIndex([
    { image: onAmd64, entry: { platform: amd64 } },
    { image: onArm64, entry: { platform: arm64 } },
    {
      image: attestation,
      entry: {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.digest': onArm64.top.descriptor.digest },
      },
    },
  ]);
  return { index, onAmd64, onArm64, attestation };
}
