import { inputError } from '../content/error.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import type { ImageIndex, ImageManifest, Manifest } from '../content/image/manifest.ts';
import { isImageConfigType, isManifestType, mediaTypes } from '../content/image/media-type.ts';
import {
  formatPlatform,
  isUnknownPlatform,
  normalisePlatform,
  type Platform,
  platformMatches,
  splitPlatform,
} from '../content/image/platform.ts';
import { isSociIndexType } from '../content/image/soci.ts';
import { readConfig } from '../content/store/read-config.ts';
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
 * @throws PullBudgetError `no-platform` where the image lacks one, and what describeImage throws
 */
export async function describeImages(
  image: OpenImage,
  baseline: OpenImage | undefined,
  platforms: readonly Platform[],
): Promise<Described> {
  const { facts, left } = await describeImage(image, platforms);
  const there = facts.platforms.map((one) => one.platform);
  const missing = platforms.find((wanted) => !there.some((one) => isAmong(splitPlatform(one), [wanted])));
  if (missing) {
    throw inputError('no-platform', `${facts.name} has no image for ${formatPlatform(missing)}`, {
      hint: `It has ${[...there, ...left].join(', ')}.`,
    });
  }
  return { image: facts, baseline: baseline && (await describeImage(baseline, platforms)).facts };
}

/**
 * What manifests and configs tell about an image: no layer is read. `left`: its platforms that nobody asked for.
 * @throws PullBudgetError `not-an-image`, `nested-index`, `unknown-media-type`, and what the source throws
 */
async function describeImage(
  { source, descriptor, name }: OpenImage,
  wanted: readonly Platform[],
): Promise<{ facts: ImageSetFacts; left: readonly string[] }> {
  const top = await source.readManifest(descriptor);
  const { platforms, left, beside } = await describeTop(source, top, name, wanted);
  if (platforms.length + left.length === 0) {
    throw inputError('not-an-image', `${name} holds no container image`, {
      hint: 'The reference names an artifact, or an index of artifacts; name the image itself.',
    });
  }
  const known = new Set(beside.map((artifact) => artifact.digest));
  for (const subject of [top.descriptor.digest, ...platforms.map((image) => image.digest)]) {
    for (const referrer of await source.referrers(subject as Descriptor['digest'])) {
      if (!known.has(referrer.digest)) beside.push(await describeArtifact(source, referrer));
      known.add(referrer.digest);
    }
  }
  const { digest, mediaType } = top.descriptor;
  return { facts: { name, digest, mediaType, platforms, beside }, left };
}

/** What an image is made of. */
interface Parts {
  readonly platforms: ImageFacts[];
  readonly left: string[];
  readonly beside: Beside[];
}

async function describeTop(
  source: ImageSource,
  top: Manifest,
  name: string,
  wanted: readonly Platform[],
): Promise<Parts> {
  const parts: Parts = { platforms: [], left: [], beside: [] };
  switch (top.kind) {
    case 'image':
      if (isImageConfigType(top.config.mediaType))
        await describePlatform(source, top, undefined, wanted, parts);
      return parts;
    case 'index':
      await describeIndex(source, top, name, wanted, parts);
      return parts;
    case 'opaque':
      throw inputError(
        'unknown-media-type',
        `${name} is a ${top.descriptor.mediaType}, which is no container image`,
        {
          hint: 'Only OCI and Docker images can be inspected, measured and gated; copy passes others through.',
        },
      );
  }
}

async function describeIndex(
  source: ImageSource,
  index: ImageIndex,
  name: string,
  wanted: readonly Platform[],
  parts: Parts,
): Promise<void> {
  for (const child of index.manifests) {
    if (besideKind(child) !== 'artifact' || !isManifestType(child.mediaType)) {
      parts.beside.push(await describeArtifact(source, child));
      continue;
    }
    if (child.platform && !isAmong(child.platform, wanted)) {
      parts.left.push(formatPlatform(normalisePlatform(child.platform)));
      continue;
    }
    const manifest = await source.readManifest(child);
    if (manifest.kind === 'index') {
      throw inputError('nested-index', `${name} is an index that holds another index, ${child.digest}`, {
        hint: 'Budgets hold for each platform of one index: name the inner one, or build one index.',
      });
    }
    if (manifest.kind === 'image' && isImageConfigType(manifest.config.mediaType)) {
      await describePlatform(source, manifest, child.platform, wanted, parts);
    } else {
      parts.beside.push(await describeArtifact(source, child));
    }
  }
}

async function describePlatform(
  source: ImageSource,
  manifest: ImageManifest,
  given: Platform | undefined,
  wanted: readonly Platform[],
  parts: Parts,
): Promise<void> {
  const config = await readConfig(source, manifest);
  const platform = normalisePlatform(given ?? config.platform);
  if (!isAmong(platform, wanted)) {
    parts.left.push(formatPlatform(platform));
    return;
  }
  parts.platforms.push({
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
  });
}

/** Where no platform is asked for, all are. */
const isAmong = (platform: Platform, wanted: readonly Platform[]): boolean =>
  wanted.length === 0 || wanted.some((one) => platformMatches(platform, one));

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
