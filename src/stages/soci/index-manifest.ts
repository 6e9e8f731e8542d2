import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, isDigest } from '../../content/image/digest.ts';
import {
  type ImageManifest,
  type Manifest,
  maxManifestBytes,
  parseManifest,
} from '../../content/image/manifest.ts';
import { mediaTypes } from '../../content/image/media-type.ts';
import {
  type SociVersion,
  sociAnnotations,
  sociIndexTypes,
  sociVersionOf,
} from '../../content/image/soci.ts';
import { type GoStruct, goIndex, goManifest, marshalStruct, parseGoJson } from './go-json.ts';
import { prefetchMediaType } from './prefetch.ts';
import { buildTool, ztocMediaType } from './ztoc.ts';

/** What every SOCI index has for its config. */
export const sociConfig: Uint8Array = Buffer.from('{}');
const sociConfigDigest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

/** A layer of the image and its zTOC. */
export interface IndexedLayer {
  readonly layer: Descriptor;
  readonly ztoc: { readonly digest: Digest; readonly size: number };
  readonly spanBytes: number;
}

/** A prefetch artifact: which spans of a layer to fetch before anybody asks for them. */
export interface PrefetchArtifact {
  readonly layer: Digest;
  readonly blob: { readonly digest: Digest; readonly size: number };
}

/** A SOCI index manifest that was read. */
export interface SociIndex {
  readonly version: SociVersion;
  /** Of v1: the image's manifest. */
  readonly subject: Digest | undefined;
  readonly layers: readonly {
    readonly layer: Digest;
    readonly layerMediaType: string;
    readonly ztoc: Descriptor;
    readonly spanBytes: number | undefined;
  }[];
  readonly prefetch: readonly PrefetchArtifact[];
}

/**
 * The SOCI index manifest of an image: byte for byte what Go marshals. `subject` is the image's manifest, of v1 only.
 *
 * v2 is what `soci` 0.15 writes. v1 is for clusters with old snapshotters, and is what `soci` 0.4.1 writes but for the
 * tool's name (v0.1 there): 0.15 puts the span size on each zTOC of v1 too, which no snapshotter reads. A snapshotter
 * 0.4.1 takes every blob with a layer's digest on it for that layer's zTOC, the last one it meets: so in v1 the
 * prefetch artifacts, of which it knows nothing, come first.
 * @throws PullBudgetError `manifest-too-large`
 */
export function sociIndexManifest(
  layers: readonly IndexedLayer[],
  prefetch: readonly PrefetchArtifact[],
  subject?: Descriptor,
): ImageManifest {
  const version: SociVersion = subject === undefined ? 'v2' : 'v1';
  const ztocs = layers.map((layer) => ztocDescriptor(layer, version));
  const artifacts = prefetch.map(prefetchDescriptor);
  const text = marshalStruct(
    goManifest,
    {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: sociIndexTypes[version], digest: sociConfigDigest, size: sociConfig.byteLength },
      layers: version === 'v2' ? [...ztocs, ...artifacts] : [...artifacts, ...ztocs],
      subject: subject && { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      annotations: { [sociAnnotations.buildTool]: buildTool },
    },
    'SOCI index',
  );
  return asImage(parseManifest(Buffer.from(text), {}, 'SOCI index'));
}

function ztocDescriptor({ layer, ztoc, spanBytes }: IndexedLayer, version: SociVersion) {
  return {
    mediaType: ztocMediaType,
    digest: ztoc.digest,
    size: ztoc.size,
    annotations: {
      [sociAnnotations.layerDigest]: layer.digest,
      [sociAnnotations.layerMediaType]: layer.mediaType,
      ...(version === 'v2' ? { [sociAnnotations.spanSize]: String(spanBytes) } : {}),
    },
  };
}

function prefetchDescriptor({ layer, blob }: PrefetchArtifact) {
  return {
    mediaType: prefetchMediaType,
    digest: blob.digest,
    size: blob.size,
    annotations: { [sociAnnotations.layerDigest]: layer },
  };
}

function asImage(manifest: Manifest): ImageManifest {
  if (manifest.kind !== 'image') throw new TypeError(`${manifest.descriptor.mediaType} is no image manifest`);
  return manifest;
}

/** @throws PullBudgetError `bad-soci-index`, and what it is that the snapshotter would refuse */
export function parseSociIndex(manifest: Manifest): SociIndex {
  const where = `SOCI index ${manifest.descriptor.digest}`;
  const version = versionOf(manifest);
  if (manifest.kind !== 'image' || version === undefined) {
    const type = manifest.kind === 'image' ? manifest.config.mediaType : manifest.descriptor.mediaType;
    throw bad(where, `has the type ${JSON.stringify(type)}, which is no SOCI index's`);
  }
  if (manifest.raw.byteLength > maxManifestBytes) throw bad(where, 'is over 4 MiB');
  const ztocs = new Map<Digest, Digest>();
  const layers: SociIndex['layers'][number][] = [];
  const prefetch: PrefetchArtifact[] = [];
  for (const [at, blob] of manifest.layers.entries()) {
    const place = `${where}: layers[${at}]`;
    const layer = layerOf(blob, place);
    if (blob.mediaType === prefetchMediaType) {
      prefetch.push({ layer, blob: { digest: blob.digest, size: blob.size } });
      continue;
    }
    if (blob.mediaType !== ztocMediaType) {
      throw bad(place, `is ${JSON.stringify(blob.mediaType)}; a zTOC is ${ztocMediaType}`);
    }
    const other = ztocs.get(layer);
    if (other !== undefined && other !== blob.digest) throw bad(place, `is a second zTOC of layer ${layer}`);
    ztocs.set(layer, blob.digest);
    layers.push({
      layer,
      layerMediaType: blob.annotations?.[sociAnnotations.layerMediaType] ?? '',
      ztoc: blob,
      spanBytes: spanBytesOf(blob, place),
    });
  }
  return { version, subject: manifest.subject?.digest, layers, prefetch };
}

function layerOf(blob: Descriptor, place: string): Digest {
  const layer = blob.annotations?.[sociAnnotations.layerDigest];
  if (layer === undefined) throw bad(place, `has no annotation ${sociAnnotations.layerDigest}`);
  if (!isDigest(layer)) throw bad(place, `is for the layer ${JSON.stringify(layer)}, which is no digest`);
  return layer;
}

function spanBytesOf(blob: Descriptor, place: string): number | undefined {
  const text = blob.annotations?.[sociAnnotations.spanSize];
  if (text === undefined) return undefined;
  const bytes = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(bytes)) {
    throw bad(place, `has the span size ${JSON.stringify(text)}`);
  }
  return bytes;
}

function bad(where: string, what: string): Error {
  return inputError('bad-soci-index', `${where} ${what}`, {
    hint: 'A snapshotter would pull the layers whole, and say nothing; make the index anew.',
  });
}

/** Whether the manifest is a SOCI index, by its config's media type. */
export function isSociIndex(manifest: Manifest): boolean {
  return versionOf(manifest) !== undefined;
}

function versionOf(manifest: Manifest): SociVersion | undefined {
  return manifest.kind === 'image' ? sociVersionOf(manifest.config.mediaType) : undefined;
}

/**
 * The bytes that Go makes of the manifest when it has read it: the snapshotter stores these under the digest of those.
 * Of a SOCI index it keeps config, layers, subject and annotations; what else stands there is lost.
 * @throws PullBudgetError `bad-manifest` where Go cannot read it
 */
export function remarshalled(manifest: Manifest): Uint8Array {
  const where = `manifest ${manifest.descriptor.digest}`;
  const json = parseGoJson(manifest.raw, where);
  const struct: GoStruct = manifest.kind === 'index' ? goIndex : goManifest;
  if (!isSociIndex(manifest)) return Buffer.from(marshalStruct(struct, json, where));
  const own = { ...json, schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType: '' };
  return Buffer.from(marshalStruct(struct, own, where));
}
