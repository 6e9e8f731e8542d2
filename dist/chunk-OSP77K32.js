import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/content/image/media-type.ts
var mediaTypes = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  ociLayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  ociLayerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  ociEmpty: "application/vnd.oci.empty.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerManifestList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
  dockerLayerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  dockerSchema1: "application/vnd.docker.distribution.manifest.v1+json",
  dockerSchema1Signed: "application/vnd.docker.distribution.manifest.v1+prettyjws"
};
var acceptedManifests = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest
];
function isIndexType(mediaType) {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerManifestList;
}
function isImageManifestType(mediaType) {
  return mediaType === mediaTypes.ociManifest || mediaType === mediaTypes.dockerManifest;
}
function isManifestType(mediaType) {
  return isIndexType(mediaType) || isImageManifestType(mediaType);
}
function isImageConfigType(mediaType) {
  return mediaType === mediaTypes.ociConfig || mediaType === mediaTypes.dockerConfig;
}
function isForeignLayerType(mediaType) {
  return mediaType.includes(".nondistributable.") || mediaType.includes(".foreign.");
}
function layerCompression(mediaType) {
  const match = /^application\/vnd\.(?:oci\.image\.layer(?:\.nondistributable)?\.v1\.tar|docker\.image\.rootfs(?:\.foreign)?\.diff\.tar)(?:[+.](gzip|zstd))?$/.exec(
    mediaType
  );
  if (!match) return void 0;
  return match[1] ?? "none";
}

export {
  mediaTypes,
  acceptedManifests,
  isIndexType,
  isImageManifestType,
  isManifestType,
  isImageConfigType,
  isForeignLayerType,
  layerCompression
};
