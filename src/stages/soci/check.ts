import { blockBytes } from '../../content/tar/header.ts';
import { nameForPeople } from './entry.ts';
import { faultText, nextHeader } from './indexability.ts';
import { PathTree } from './path-tree.ts';
import type { Xattr, Ztoc, ZtocEntry } from './ztoc.ts';

/** Something of a zTOC that makes the snapshotter refuse the layer, or a file of it unreadable. */
export interface Problem {
  /** A sentence without its full stop. */
  readonly what: string;
  readonly span?: number;
  /** For people. */
  readonly file?: string;
}

/** Of a zTOC that is wrong all over the first ones are enough. */
const maxProblems = 100;

/**
 * What the snapshotter checks of a zTOC before it mounts the layer, and what it would fail on at a file's first read;
 * the first hundred problems, none where all is well. What only the layer's bytes can tell is not looked at.
 * https://github.com/awslabs/soci-snapshotter/blob/main/fs/span-manager/span_manager.go, ../reader/reader.go
 */
export function problemsOf(ztoc: Ztoc, blobBytes: number): Problem[] {
  const problems: Problem[] = [];
  for (const problem of allProblems(ztoc, blobBytes)) {
    problems.push(problem);
    if (problems.length === maxProblems) break;
  }
  return problems;
}

function* allProblems(ztoc: Ztoc, blobBytes: number): Generator<Problem> {
  yield* sizeProblems(ztoc, blobBytes);
  yield* spanProblems(ztoc);
  yield* entryProblems(ztoc);
}

function* sizeProblems(
  { compressedBytes, uncompressedBytes, ...ztoc }: Ztoc,
  blobBytes: number,
): Generator<Problem> {
  if (compressedBytes !== blobBytes) {
    yield { what: `It is of a layer of ${compressedBytes} bytes, and this one has ${blobBytes}` };
  }
  if (ztoc.algorithm === 'uncompressed' && uncompressedBytes > compressedBytes) {
    yield {
      what: `Its tar has ${uncompressedBytes} bytes, and the layer, which is not compressed, ${compressedBytes}`,
    };
  }
}

/** The smallest header of a gzip stream: https://www.rfc-editor.org/rfc/rfc1952#section-2.3 */
const minGzipHeaderBytes = 10;

function* spanProblems({ spans, algorithm }: Ztoc): Generator<Problem> {
  const first = spans[0];
  if (!first) {
    yield { what: 'It has no spans' };
    return;
  }
  if (algorithm === 'gzip' && first.start < minGzipHeaderBytes) {
    yield { what: `There is no gzip header in the ${first.start} bytes before the first span`, span: 0 };
  }
  if (first.outStart !== 0) {
    yield { what: `The first span begins at byte ${first.outStart} of the tar`, span: 0 };
  }
  for (const { id, start, end, outStart, outEnd } of spans) {
    if (start === end) yield { what: `Span ${id} has no bytes of the layer`, span: id };
    // Of the last one that is no fault: an empty block can end a stream.
    if (outStart === outEnd && id < spans.length - 1)
      yield { what: `Span ${id} has no bytes of the tar`, span: id };
  }
}

function* entryProblems(ztoc: Ztoc): Generator<Problem> {
  const tree = new PathTree();
  let next = 0;
  for (const at of inOrderOfOffsets(ztoc)) {
    const entry = ztoc.entry(at);
    const name = nameForPeople(entry.name);
    const problem = (what: string): Problem => ({ what, file: name });
    const headerBytes = entry.offset - next;
    next = nextHeader(entry.offset, entry.size);
    const fault = tree.add(entry);
    if (fault) yield problem(faultText(fault, entry));
    if (headerBytes < 0) yield problem(`${name} begins before what is before it ends`);
    else if (entry.type === 'reg') {
      const unread =
        headerBytes < blockBytes ? 'there is no room for its header' : whyUnreadable(ztoc, entry);
      if (unread) yield problem(`${name} cannot be read: ${unread}`);
    }
  }
}

/** As the snapshotter sorts them; a tar's are in order already. */
function inOrderOfOffsets(ztoc: Ztoc): Iterable<number> {
  const offsets = Float64Array.from({ length: ztoc.entryCount }, (_, at) => ztoc.entry(at).offset);
  const order = Uint32Array.from(offsets, (_, at) => at);
  const sorted = offsets.every((offset, at) => at === 0 || offset >= (offsets[at - 1] as number));
  return sorted ? order : order.sort((a, b) => (offsets[a] as number) - (offsets[b] as number));
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Bits of a mode that say: folder, pipe, link, block device, character device, socket. */
const otherTypes: readonly number[] = [0o040000, 0o010000, 0o120000, 0o060000, 0o020000, 0o140000];

/** Whether the snapshotter would look for a file's end in a span after the last one: spans of an uncompressed layer are of one size. */
export function endsWithLastSpan(fileEnd: number, spans: number, spanBytes: number): boolean {
  return fileEnd >= spans * spanBytes;
}

function whyUnreadable(ztoc: Ztoc, entry: ZtocEntry): string | undefined {
  const end = entry.offset + entry.size;
  if (end > ztoc.uncompressedBytes) return 'it ends after the end of the tar';
  if (ztoc.algorithm === 'uncompressed' && endsWithLastSpan(end, ztoc.spans.length, ztoc.spanBytes)) {
    return 'it ends with the last span, and the snapshotter looks for one more';
  }
  return whyRefusedOnRead(entry);
}

/**
 * On a regular file's first read its header is read again, and all that it says must be what the zTOC says: why that
 * can't be, as far as the entry tells. Half a sentence.
 */
export function whyRefusedOnRead(entry: ZtocEntry): string | undefined {
  if (!rfc3339.test(entry.modTime)) return 'its time of modification does not fit into a zTOC';
  if (otherTypes.includes((entry.mode >>> 0) & ~0o7777)) return 'its mode is not that of a regular file';
  if (entry.xattrs.length === 0) return undefined;
  if (!isOwner(entry, 'uid') || !isOwner(entry, 'gid')) return 'its owner does not fit into a zTOC';
  if (entry.xattrs.some(({ key }) => key.toString('latin1', 0, 11) === 'GNU.sparse.')) return 'it is sparse';
  return whyXattrsFail(entry.xattrs);
}

/** Whether the PAX record of an owner, if there is one, is what the zTOC has. */
function isOwner(entry: ZtocEntry, key: 'uid' | 'gid'): boolean {
  const record = entry.xattrs.find((xattr) => xattr.key.equals(keys[key]))?.value.toString('latin1');
  return !record || Number(record) === entry[key];
}

const keys = { uid: Buffer.from('uid'), gid: Buffer.from('gid') };
const xattrPrefix = Buffer.from('SCHILY.xattr.');

/** The snapshotter's database keeps the first in another way than the others, and which that is is chance. */
function whyXattrsFail(records: readonly Xattr[]): string | undefined {
  const xattrs = records.filter(({ key }) => key.subarray(0, xattrPrefix.byteLength).equals(xattrPrefix));
  if (xattrs.length < 2) return undefined;
  const fails = xattrs.some(
    ({ key, value }) => value.byteLength === 0 || key.byteLength === xattrPrefix.byteLength,
  );
  return fails ? 'one of its extended attributes is empty' : undefined;
}
