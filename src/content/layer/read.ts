import { createHash } from 'node:crypto';
import type { ByteStream } from '../bytes.ts';
import { inputError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { type Digest, digestAlgorithm, digestFrom } from '../image/digest.ts';
import { layerCompression } from '../image/media-type.ts';
import { decompress as decompressors } from '../store/decompress.ts';
import { TarScanner, type TarSubscriber } from '../tar/scanner.ts';

/** A layer as manifest and config tell it. */
export interface Layer {
  readonly descriptor: Descriptor;
  /** The config's digest of the uncompressed layer. */
  readonly diffId: Digest;
}

export interface ReadOptions {
  /** A layer that unpacks to more than this many times its compressed size is refused. */
  readonly ratioLimit: number;
  /** Who wants something from the layer's bytes, in the order that they are told. */
  readonly subscribers?: readonly TarSubscriber[];
  /** How to get at the tar: one's own way where more is wanted of the compressed stream, or was got of it before. */
  readonly decompress?: (bytes: ByteStream, where: string) => ByteStream;
}

export interface ReadLayer {
  /** Of the uncompressed tar, padding and all. */
  readonly unpackedBytes: number;
  /** Of the tar up to its end blocks. */
  readonly archiveBytes: number;
}

/** A layer may unpack to this much whatever its compressed size: small ones of zeros are common and harmless. */
const harmlessBytes = 64 * 1024 * 1024;

/**
 * THE pass: one read of a layer's bytes, which a source or `verified` has checked against its descriptor. Everything
 * that wants to know something of a layer subscribes to it. A subscriber that has seen `end` has seen a whole tar;
 * that it is the right one is known when this function returns. A chunk of `bytes` is used until the next one is
 * asked for, so a source may have one buffer for all.
 * @throws PullBudgetError `bad-layer`, `bad-tar`, `unpack-ratio`, `diff-id-mismatch`, `unknown-media-type`
 */
export async function readLayer(
  bytes: ByteStream,
  { descriptor, diffId }: Layer,
  { ratioLimit, subscribers = [], decompress = decompressors[compressionOf(descriptor)] }: ReadOptions,
): Promise<ReadLayer> {
  const where = `layer ${descriptor.digest}`;
  const algorithm = digestAlgorithm(diffId);
  const hash = createHash(algorithm);
  const scanner = new TarScanner(where, subscribers);
  const mostBytes = Math.max(harmlessBytes, descriptor.size * ratioLimit);
  let unpackedBytes = 0;
  for await (const chunk of scanned(decompress(bytes, where), scanner)) {
    unpackedBytes += chunk.byteLength;
    if (unpackedBytes > mostBytes) throw bomb(descriptor, where, ratioLimit);
    hash.update(chunk);
  }
  const digest = digestFrom(hash, algorithm);
  if (digest !== diffId) {
    throw inputError('diff-id-mismatch', `${where} unpacks to ${digest}, its image's config says ${diffId}`, {
      hint: 'Layer and config do not belong together: no node will unpack this image. Build or push it again.',
    });
  }
  return { unpackedBytes, archiveBytes: scanner.position };
}

/** Passes a tar on, and what is in it to a scanner. @throws (while iterating) PullBudgetError `bad-tar` */
export async function* scanned(tar: ByteStream, scanner: TarScanner): ByteStream {
  for await (const chunk of tar) {
    scanner.push(chunk);
    yield chunk;
  }
  scanner.end();
}

function compressionOf({ digest, mediaType }: Descriptor): keyof typeof decompressors {
  const compression = layerCompression(mediaType);
  if (compression !== undefined) return compression;
  throw inputError('unknown-media-type', `layer ${digest} is a ${mediaType}, which cannot be unpacked`, {
    hint: 'Only OCI and Docker layers can be: plain tar, or tar in gzip or zstd.',
  });
}

function bomb({ size }: Descriptor, where: string, ratioLimit: number): Error {
  return inputError('unpack-ratio', `${where} unpacks to more than ${ratioLimit} times its ${size} bytes`, {
    hint: 'It may be made to fill the disk. If it is meant to be so, raise unpack-ratio-limit.',
  });
}
