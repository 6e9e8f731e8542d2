import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  explainIo,
  onDisk
} from "./chunk-THYTPSF7.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

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

// src/content/store/file.ts
import { open } from "node:fs/promises";
import { dirname } from "node:path";
var chunkBytes = 1024 * 1024;
async function* readAt(file, start, end, path) {
  const chunkLength = Math.min(chunkBytes, Math.max(0, end - start));
  let [filling, resting] = [Buffer.allocUnsafeSlow(chunkLength), Buffer.allocUnsafeSlow(chunkLength)];
  let next = readChunk(file, filling, start, end);
  try {
    for (let at = start; at < end; ) {
      const chunk = await next;
      if (chunk.byteLength === 0) return;
      at += chunk.byteLength;
      [filling, resting] = [resting, filling];
      next = readChunk(file, filling, at, end);
      next.catch(() => {
      });
      yield chunk;
    }
  } catch (cause) {
    throw explainIo(cause, path);
  } finally {
    await next.catch(() => {
    });
  }
}
async function readChunk(file, into, start, end) {
  const length = Math.min(into.byteLength, end - start);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(into, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return into.subarray(0, filled);
}
async function writeAt(file, bytes, position, path) {
  await onDisk(path, async () => {
    for (let done = 0; done < bytes.byteLength; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
      done += bytesWritten;
    }
  });
}
async function syncFolder(path) {
  await onDisk(path, async () => {
    var _stack = [];
    try {
      const folder = __using(_stack, await open(path), true);
      await folder.sync();
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  });
}
function syncName(path) {
  return syncFolder(dirname(path));
}

export {
  mediaTypes,
  acceptedManifests,
  isIndexType,
  isImageManifestType,
  isManifestType,
  isImageConfigType,
  isForeignLayerType,
  layerCompression,
  readAt,
  writeAt,
  syncName
};
