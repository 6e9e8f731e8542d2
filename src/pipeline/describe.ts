import type { Descriptor } from '../content/image/descriptor.ts';
import { layerPlanTypes } from '../content/image/layer-plan.ts';
import { isManifestType, mediaTypes } from '../content/image/media-type.ts';
import { formatPlatform, isUnknownPlatform, type Platform } from '../content/image/platform.ts';
import { isSociIndexType } from '../content/image/soci.ts';
import {
  type PlatformImage,
  type PlatformImages,
  readPlatforms,
  refuseMissing,
} from '../content/store/platforms.ts';
import type { ImageSource } from '../content/store/store.ts';
import type { ImageFacts, ImageSetFacts } from '../facts/image.ts';
import type { OpenImage } from './open.ts';

type Beside = ImageSetFacts['beside'][number];

/** The image and what it is compared with, as facts. */
export interface Described {
  readonly image: ImageSetFacts;
  readonly baseline: ImageSetFacts | undefined;
}

/**
 * Describes both, of each only the platforms asked for (all where none is): an index may be here without the others.
 * @throws PullBudgetError `no-platform` where the image lacks one, and what readPlatforms and the source throw
 */
export async function describeImages(
  image: OpenImage,
  baseline: OpenImage | undefined,
  platforms: readonly Platform[],
): Promise<Described> {
  const found = await platformsOf(image, platforms);
  refuseMissing(found, platforms, image.name);
  return {
    image: await describeImage(image, found),
    baseline: baseline && (await describeImage(baseline, await platformsOf(baseline, platforms))),
  };
}

async function platformsOf(
  { source, descriptor, name }: OpenImage,
  wanted: readonly Platform[],
): Promise<PlatformImages> {
  return readPlatforms(source, await source.readManifest(descriptor), wanted, name);
}

/** What manifests and configs tell about an image: no layer is read. */
async function describeImage(
  { source, name }: OpenImage,
  { top, images, beside: entries }: PlatformImages,
): Promise<ImageSetFacts> {
  const beside: Beside[] = [];
  for (const entry of entries) beside.push(await describeArtifact(source, entry));
  const known = new Set(beside.map((artifact) => artifact.digest));
  for (const subject of [top, ...images.map(({ manifest }) => manifest)]) {
    for (const referrer of await source.referrers(subject.descriptor.digest)) {
      if (!known.has(referrer.digest)) beside.push(await describeArtifact(source, referrer));
      known.add(referrer.digest);
    }
  }
  const { digest, mediaType } = top.descriptor;
  return { name, digest, mediaType, platforms: images.map(describePlatform), beside };
}

function describePlatform({ manifest, config, platform }: PlatformImage): ImageFacts {
  return {
    platform: formatPlatform(platform),
    digest: manifest.descriptor.digest,
    manifestBytes: manifest.raw.byteLength,
    configBytes: manifest.config.size,
    configDigest: manifest.config.digest,
    layers: manifest.layers.map((layer, at) => {
      const createdBy = config.layerHistory[at];
      return {
        digest: layer.digest,
        diffId: config.diffIds[at] as string,
        mediaType: layer.mediaType,
        bytes: layer.size,
        ...(createdBy ? { createdBy } : {}),
      };
    }),
  };
}

async function describeArtifact(source: ImageSource, descriptor: Descriptor): Promise<Beside> {
  const manifest = isManifestType(descriptor.mediaType) ? await source.readManifest(descriptor) : undefined;
  const artifactType =
    descriptor.artifactType ??
    (manifest?.kind === 'image' ? (manifest.artifactType ?? manifest.config.mediaType) : undefined);
  return {
    kind: besideKind(artifactType === undefined ? descriptor : { ...descriptor, artifactType }),
    digest: descriptor.digest,
    bytes:
      descriptor.size +
      (manifest?.kind === 'image'
        ? [manifest.config, ...manifest.layers].reduce((sum, part) => sum + part.size, 0)
        : 0),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

/** What a descriptor is by its own words; `artifact` is also "not said": an image of a platform, perhaps. */
function besideKind(descriptor: Descriptor): Beside['kind'] {
  const type = descriptor.artifactType ?? '';
  if (isSociIndexType(type)) return 'soci-index';
  if (type === layerPlanTypes.plan) return 'layer-plan';
  if (type.startsWith('application/vnd.pull-budget.report.')) return 'report';
  if (
    type === 'application/vnd.in-toto+json' ||
    type === 'application/vnd.docker.attestation.manifest.v1+json'
  )
    return 'attestation';
  if (descriptor.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return 'attestation';
  if (
    descriptor.platform &&
    isUnknownPlatform(descriptor.platform) &&
    descriptor.mediaType === mediaTypes.ociManifest
  )
    return 'attestation';
  return 'artifact';
}
