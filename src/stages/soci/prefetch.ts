import picomatch from 'picomatch';
import { inputError } from '../../content/error.ts';
import type { Digest } from '../../content/image/digest.ts';
import { type FilePlace, followLinks, type LayeredFiles, layerFiles } from './layered-files.ts';
import { headerStart } from './tar-header.ts';
import type { Span, Ztoc } from './ztoc.ts';

export const prefetchMediaType = 'application/vnd.amazon.soci.prefetch.v1+json';

/** What to fetch early: absolute paths and globs in the image. */
export interface PrefetchPlan {
  /** The artifact's bytes by layer. */
  readonly artifacts: ReadonlyMap<Digest, Uint8Array>;
  /** Patterns that no file of an indexed layer fits. */
  readonly unmatched: readonly string[];
}

/** A layer that has a zTOC. */
interface Layer {
  readonly layer: Digest;
  readonly ztoc: Ztoc;
}

/** Spans from one to another, both of them included. */
interface SpanRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The spans that hold the files which `patterns` name, by layer, the topmost layer that has a file winning.
 * `layers`: those with a zTOC, the lowest first.
 *
 * A pattern that is a file's path means that file, whatever characters it has; others are globs, for picomatch.
 * Symbolic links are followed. An empty file needs no span.
 * @throws PullBudgetError `bad-prefetch` for a glob that picomatch refuses
 */
export function planPrefetch(patterns: readonly string[], layers: readonly Layer[]): PrefetchPlan {
  if (patterns.length === 0) return { artifacts: new Map(), unmatched: [] };
  const files = layerFiles(layers.map(({ ztoc }) => ztoc));
  const wanted = new Set<FilePlace>();
  const unmatched: string[] = [];
  for (const pattern of patterns) {
    const places = placesOf(pattern, files);
    if (places.length === 0) unmatched.push(pattern);
    for (const place of places) wanted.add(place);
  }
  return { artifacts: artifactsOf(wanted, layers), unmatched };
}

function artifactsOf(wanted: Iterable<FilePlace>, layers: readonly Layer[]): Map<Digest, Uint8Array> {
  const ranges = new Map<Digest, SpanRange[]>(layers.map(({ layer }) => [layer, []]));
  for (const { layer: at, entry } of wanted) {
    const { layer, ztoc } = layers[at] as Layer;
    const range = rangeOf(ztoc, entry);
    if (range) ranges.get(layer)?.push(range);
  }
  const artifacts = new Map<Digest, Uint8Array>();
  for (const [layer, own] of ranges) if (own.length > 0) artifacts.set(layer, artifactOf(merged(own)));
  return artifacts;
}

function placesOf(pattern: string, files: LayeredFiles): FilePlace[] {
  const exact = regularFile(files, pattern);
  if (exact) return [exact];
  const { base, glob, isGlob } = picomatch.scan(pattern, options);
  // What stands before the first wild card, or the whole path, with its escapes.
  const literal = base.replace(/\\(.)/g, '$1');
  if (!isGlob) {
    const place = literal === pattern ? undefined : regularFile(files, literal);
    return place ? [place] : [];
  }
  const folder = followLinks(files, literal);
  if (folder === undefined) return [];
  const matches = matcher(glob, pattern);
  const prefix = folder === '' ? '' : `${folder}/`;
  const places: FilePlace[] = [];
  for (const path of files.keys()) {
    if (!path.startsWith(prefix) || !matches(path.slice(prefix.length))) continue;
    const place = regularFile(files, path);
    if (place) places.push(place);
  }
  return places;
}

/** Hidden files are meant too, and a pattern means what it says, not the contrary. */
const options = { dot: true, nonegate: true } as const;

function matcher(glob: string, pattern: string): (path: string) => boolean {
  try {
    const matches = picomatch(glob, options);
    return (path) => matches(path);
  } catch (cause) {
    throw inputError('bad-prefetch', `prefetch: ${JSON.stringify(pattern.slice(0, 200))} is no glob`, {
      hint: 'Write an absolute path in the image, or a glob like /usr/lib/**/*.so.',
      cause,
    });
  }
}

function regularFile(files: LayeredFiles, path: string): FilePlace | undefined {
  const end = followLinks(files, path);
  const place = end === undefined ? undefined : files.get(end);
  return place?.type === 'reg' ? place : undefined;
}

/**
 * The spans that a snapshotter fetches when it reads the whole file: at the first read it holds the tar header, which
 * begins where the entry before ends, against the zTOC. As it counts, the byte after the last is read too.
 */
function rangeOf(ztoc: Ztoc, at: number): SpanRange | undefined {
  const { offset, size } = ztoc.entry(at);
  if (size === 0) return undefined;
  const header = Math.min(headerStart(ztoc, at), offset);
  return { first: spanAt(ztoc.spans, header), last: spanAt(ztoc.spans, offset + size) };
}

/** The span that has this byte of the tar, the last one of those that begin there. */
function spanAt(spans: readonly Span[], offset: number): number {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((spans[middle] as Span).outStart <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** In order, without overlaps, and without gaps between neighbours. */
function merged(ranges: readonly SpanRange[]): SpanRange[] {
  const result: SpanRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = result.at(-1);
    if (last === undefined || range.first > last.last + 1) result.push(range);
    else result[result.length - 1] = { first: last.first, last: Math.max(last.last, range.last) };
  }
  return result;
}

/** soci/prefetch.go, version 1.0. */
function artifactOf(ranges: readonly SpanRange[]): Uint8Array {
  const spans = ranges.map(({ first, last }) => ({ start_span: first, end_span: last }));
  return Buffer.from(JSON.stringify({ version: '1.0', prefetch_spans: spans }));
}
