import { inputError } from '../content/error.ts';
import { parseConfig } from '../content/image/config.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import type { ImageIndex, ImageManifest, Manifest } from '../content/image/manifest.ts';
import { isImageConfigType, isManifestType, mediaTypes } from '../content/image/media-type.ts';
import {
  formatPlatform,
  isUnknownPlatform,
  normalisePlatform,
  type Platform,
  parsePlatform,
  platformMatches,
} from '../content/image/platform.ts';
import type { ImageSource } from '../content/store/store.ts';
import { collect } from '../content/store/verify.ts';
import type { ImageFacts, ImageSetFacts } from '../facts/image.ts';
import type { OpenImage } from './open.ts';

type Beside = ImageSetFacts['beside'][number];

/** Configs are read whole; the largest seen are some 100 KB. */
const maxConfigBytes = 16 * 1024 * 1024;

/** The image and what it is compared with, as facts. */
export interface Described {
  readonly image: ImageSetFacts;
  readonly baseline: ImageSetFacts | undefined;
}

/** Describes both; of the image only the platforms asked for (all where none is). @throws PullBudgetError `no-platform` */
export async function describeImages(
  image: OpenImage,
  baseline: OpenImage | undefined,
  platforms: readonly Platform[],
): Promise<Described> {
  const facts = await describeImage(image.source, image.descriptor, image.name);
  return {
    image: { ...facts, platforms: choosePlatforms(facts, platforms) },
    baseline: baseline && (await describeImage(baseline.source, baseline.descriptor, baseline.name)),
  };
}

function choosePlatforms(facts: ImageSetFacts, wanted: readonly Platform[]): ImageFacts[] {
  if (wanted.length === 0) return facts.platforms;
  return wanted.map((platform) => {
    const found = facts.platforms.find((image) => platformMatches(parsePlatform(image.platform), platform));
    if (found) return found;
    throw inputError('no-platform', `${facts.name} has no image for ${formatPlatform(platform)}`, {
      hint: `It has ${facts.platforms.map((image) => image.platform).join(', ')}.`,
    });
  });
}

/** What manifests and configs tell about an image: no layer is read. */
export async function describeImage(
  source: ImageSource,
  descriptor: Descriptor,
  name: string,
): Promise<ImageSetFacts> {
  const top = await source.readManifest(descriptor);
  const { platforms, beside } = await describeTop(source, top, name);
  if (platforms.length === 0) {
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
  return { name, digest: top.descriptor.digest, mediaType: top.descriptor.mediaType, platforms, beside };
}

async function describeTop(
  source: ImageSource,
  top: Manifest,
  name: string,
): Promise<{ platforms: ImageFacts[]; beside: Beside[] }> {
  switch (top.kind) {
    case 'image':
      return {
        platforms: isImageConfigType(top.config.mediaType)
          ? [await describePlatform(source, top, undefined, name)]
          : [],
        beside: [],
      };
    case 'index':
      return describeIndex(source, top, name);
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

async function describeIndex(source: ImageSource, index: ImageIndex, name: string) {
  const platforms: ImageFacts[] = [];
  const beside: Beside[] = [];
  for (const child of index.manifests) {
    if (besideKind(child) !== 'artifact' || !isManifestType(child.mediaType)) {
      beside.push(await describeArtifact(source, child));
      continue;
    }
    const manifest = await source.readManifest(child);
    if (manifest.kind === 'image' && isImageConfigType(manifest.config.mediaType)) {
      platforms.push(await describePlatform(source, manifest, child.platform, name));
    } else {
      beside.push(await describeArtifact(source, child));
    }
  }
  return { platforms, beside };
}

async function describePlatform(
  source: ImageSource,
  manifest: ImageManifest,
  given: Platform | undefined,
  name: string,
): Promise<ImageFacts> {
  const where = `${name}: config ${manifest.config.digest}`;
  const config = parseConfig(await collect(source.readBlob(manifest.config), maxConfigBytes, where), where);
  if (config.diffIds.length !== manifest.layers.length) {
    throw inputError(
      'bad-config',
      `${where}: ${config.diffIds.length} diff_ids for ${manifest.layers.length} layers`,
      {
        hint: 'Manifest and config do not belong together; build or push the image again.',
      },
    );
  }
  return {
    platform: formatPlatform(normalisePlatform(given ?? config.platform)),
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
  if (type.startsWith('application/vnd.amazon.soci.index.')) return 'soci-index';
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
