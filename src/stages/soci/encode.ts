import { Builder } from 'flatbuffers';
import type { Digest } from '../../content/image/digest.ts';
import { unindexable } from './entry.ts';
import { type EntryList, maxZtocBytes, tooLarge } from './entry-list.ts';
import { addLong, addOffset } from './flatbuffer.ts';
import {
  buildTool,
  type EntryType,
  entryTypes,
  type SpanAlgorithm,
  type Xattr,
  type ZtocEntry,
  ztocVersion,
} from './ztoc.ts';

/** The checkpoints of a layer as the zTOC's byte vector has them; of a fat layer too many for memory. */
export interface CheckpointBytes {
  readonly byteLength: number;
  /** The bytes in order, in chunks of any size, each lent until the next is asked for. */
  read(): Iterable<Uint8Array>;
}

export interface ZtocParts {
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  readonly entries: EntryList;
  readonly algorithm: SpanAlgorithm;
  readonly spanDigests: readonly Digest[];
  readonly checkpoints: CheckpointBytes;
}

const pieceBytes = 1024 * 1024;

/**
 * The bytes of a zTOC, those that `soci` 0.15 makes of the same layer: what is before the checkpoints, the checkpoints
 * as they are read, what is after them. The whole is never in memory.
 * @throws PullBudgetError `unindexable`: over 2 GiB
 */
export function* encodeZtoc(parts: ZtocParts): Generator<Uint8Array> {
  const { entries, checkpoints, spanDigests } = parts;
  if (entries.flatBytes + checkpoints.byteLength + spanDigests.length * 80 > maxZtocBytes) {
    throw unindexable(tooLarge);
  }
  // A flatbuffer is built from its end to its front.
  const back = buildBack(entries);
  // The vector's bytes end so that its length, which is before them, is at a multiple of 4 from the end.
  const padding = -(back.bytes.byteLength + checkpoints.byteLength) & 3;
  const behind = back.bytes.byteLength + padding + checkpoints.byteLength;
  yield buildFront(parts, back, behind);
  yield* allOf(checkpoints);
  if (padding > 0) yield new Uint8Array(padding);
  for (let at = 0; at < back.bytes.byteLength; at += pieceBytes) {
    yield back.bytes.subarray(at, at + pieceBytes);
  }
}

function* allOf(checkpoints: CheckpointBytes): Generator<Uint8Array> {
  let bytes = 0;
  for (const chunk of checkpoints.read()) {
    bytes += chunk.byteLength;
    yield chunk;
  }
  // Every place in what is already written counts on it.
  if (bytes !== checkpoints.byteLength) {
    throw new Error(`There are ${bytes} bytes of checkpoints, not ${checkpoints.byteLength}`);
  }
}

/** What is behind the checkpoints. Places are counted from the buffer's end, as flatbuffers does. */
interface Back {
  readonly bytes: Uint8Array;
  /** Alignment of the whole. */
  readonly alignment: number;
  readonly version: number;
  readonly tool: number;
  readonly toc: number;
}

function buildBack(entries: EntryList): Back {
  const builder = new Builder(entries.flatBytes + 256);
  const version = builder.createString(ztocVersion);
  const tool = builder.createString(buildTool);
  const files = new Uint32Array(entries.count);
  for (let at = entries.count - 1; at >= 0; at--) files[at] = addFile(builder, entries.at(at));
  const metadata = addVector(builder, files);
  builder.startObject(1);
  addOffset(builder, 0, metadata);
  const toc = builder.endObject();
  const all = builder.dataBuffer().bytes();
  // Each entry has a long that is not 0: its offset, for its header is before it.
  const alignment = entries.count > 0 ? 8 : 4;
  return { bytes: all.subarray(all.byteLength - builder.offset()), alignment, version, tool, toc };
}

/**
 * What is before the checkpoints, their length included; `behind` bytes are behind that. The builder knows nothing of
 * those: it begins with so many bytes that alignment comes out the same, and takes places among them as negative ones.
 */
function buildFront({ spanDigests, ...parts }: ZtocParts, back: Back, behind: number): Uint8Array {
  const builder = new Builder(512 + 80 * spanDigests.length);
  builder.prep(back.alignment, 0);
  const unused = behind % 8;
  builder.pad(unused);
  const from = (place: number): number => place - behind + unused;
  builder.writeInt32(parts.checkpoints.byteLength);
  const checkpoints = builder.offset();
  const digests = addVector(
    builder,
    Uint32Array.from(spanDigests, (digest) => builder.createString(digest)),
  );
  builder.startObject(4);
  builder.addFieldInt32(1, spanDigests.length - 1, 0);
  addOffset(builder, 2, digests);
  addOffset(builder, 3, checkpoints);
  builder.addFieldInt8(0, parts.algorithm === 'gzip' ? 1 : 2, 1);
  const info = builder.endObject();
  builder.startObject(6);
  addOffset(builder, 0, from(back.version));
  addOffset(builder, 1, from(back.tool));
  addOffset(builder, 4, from(back.toc));
  addLong(builder, 2, parts.compressedBytes);
  addLong(builder, 3, parts.uncompressedBytes);
  addOffset(builder, 5, info);
  builder.finish(builder.endObject());
  const all = builder.asUint8Array();
  return all.subarray(0, all.byteLength - unused);
}

/** Encoded once: what the builder does for a string takes longer than all that comes after. */
const typeNames = Object.fromEntries(entryTypes.map((type) => [type, Buffer.from(type)])) as Readonly<
  Record<EntryType, Buffer>
>;

function addFile(builder: Builder, entry: ZtocEntry): number {
  const name = builder.createString(entry.name);
  const type = builder.createString(typeNames[entry.type]);
  const linkname = builder.createString(entry.linkname);
  const uname = builder.createString(entry.uname);
  const gname = builder.createString(entry.gname);
  const modTime = builder.createString(Buffer.from(entry.modTime));
  const xattrs = addXattrs(builder, entry.xattrs);
  builder.startObject(14);
  addOffset(builder, 0, name);
  addOffset(builder, 1, type);
  addLong(builder, 2, entry.offset);
  addLong(builder, 3, entry.size);
  addOffset(builder, 4, linkname);
  addLong(builder, 5, entry.mode);
  builder.addFieldInt32(6, entry.uid, 0);
  builder.addFieldInt32(7, entry.gid, 0);
  addOffset(builder, 8, uname);
  addOffset(builder, 9, gname);
  addOffset(builder, 10, modTime);
  addLong(builder, 11, entry.devmajor);
  addLong(builder, 12, entry.devminor);
  addOffset(builder, 13, xattrs);
  return builder.endObject();
}

const none = new Uint32Array(0);

/** The vector is there also where it is empty. */
function addXattrs(builder: Builder, xattrs: readonly Xattr[]): number {
  if (xattrs.length === 0) return addVector(builder, none);
  return addVector(
    builder,
    Uint32Array.from(xattrs, (xattr) => addXattr(builder, xattr)),
  );
}

function addXattr(builder: Builder, { key, value }: Xattr): number {
  const keyAt = builder.createString(key);
  const valueAt = builder.createString(value);
  builder.startObject(2);
  addOffset(builder, 0, keyAt);
  addOffset(builder, 1, valueAt);
  return builder.endObject();
}

function addVector(builder: Builder, places: Uint32Array): number {
  builder.startVector(4, places.length, 4);
  for (let at = places.length - 1; at >= 0; at--) builder.addOffset(places[at] as number);
  return builder.endVector();
}
