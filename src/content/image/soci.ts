/** The names by which images and SOCI indexes know each other. */
export type SociVersion = 'v1' | 'v2';

/** Of a SOCI index: its config's media type, and the artifact type by which descriptors and referrers name it. */
export const sociIndexTypes: Readonly<Record<SociVersion, string>> = {
  v1: 'application/vnd.amazon.soci.index.v1+json',
  v2: 'application/vnd.amazon.soci.index.v2+json',
};

/** The version that a media type says; undefined where it is not a SOCI index's. */
export function sociVersionOf(mediaType: string): SociVersion | undefined {
  return (['v1', 'v2'] as const).find((version) => sociIndexTypes[version] === mediaType);
}

/** Whether it is a SOCI index's, of a version that is known here or of a later one. */
export function isSociIndexType(mediaType: string): boolean {
  return /^application\/vnd\.amazon\.soci\.index\.v\d+\+json$/.test(mediaType);
}

/** soci/soci_index.go, where the meaning of each stands. */
export const sociAnnotations = {
  layerDigest: 'com.amazon.soci.image-layer-digest',
  layerMediaType: 'com.amazon.soci.image-layer-mediaType',
  spanSize: 'com.amazon.soci.span-size',
  buildTool: 'com.amazon.soci.build-tool-identifier',
  /** On an image's manifest and its descriptor: its v2 index. */
  indexDigest: 'com.amazon.soci.index-digest',
  /** On a v2 index's descriptor: its image's manifest. */
  imageDigest: 'com.amazon.soci.image-manifest-digest',
} as const;
