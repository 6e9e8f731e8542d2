import type { Descriptor } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest, Manifest } from '../../content/image/manifest.ts';

export type SociVersion = 'v1' | 'v2';

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

/** The SOCI index manifest of an image: byte for byte what Go marshals. `subject` is the image's manifest, of v1 only. */
export function sociIndexManifest(
  _layers: readonly IndexedLayer[],
  _prefetch: readonly PrefetchArtifact[],
  _subject?: Descriptor,
): ImageManifest {
  throw new Error('to be built');
}

/** @throws PullBudgetError `bad-soci-index`, and what it is that the snapshotter would refuse */
export function parseSociIndex(_manifest: Manifest): SociIndex {
  throw new Error('to be built');
}

/** Whether the manifest is a SOCI index, by its config's media type. */
export function isSociIndex(_manifest: Manifest): boolean {
  throw new Error('to be built');
}

/** The bytes that Go makes of the manifest when it has read it: the snapshotter stores these under the digest of those. */
export function remarshalled(_manifest: Manifest): Uint8Array {
  throw new Error('to be built');
}
