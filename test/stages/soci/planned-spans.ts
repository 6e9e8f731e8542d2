/** What is prefetched of layers, by span. */
import { digestOf } from '../../../src/content/image/digest.ts';
import { planPrefetch } from '../../../src/stages/soci/prefetch.ts';
import type { Ztoc } from '../../../src/stages/soci/ztoc.ts';
import { type TarLine, ztocOf } from './ztoc-of.ts';

export function layersOf(...layers: readonly Ztoc[]) {
  return layers.map((ztoc, at) => ({ layer: digestOf(`layer ${at}`), ztoc }));
}

/** The span ranges by the number of the layer. */
export function spans(patterns: readonly string[], ...ztocs: readonly Ztoc[]): Record<number, number[][]> {
  const layers = layersOf(...ztocs);
  const { artifacts } = planPrefetch(patterns, layers);
  return Object.fromEntries(
    [...artifacts].map(([digest, bytes]) => {
      const { prefetch_spans: ranges } = JSON.parse(Buffer.from(bytes).toString());
      return [
        layers.findIndex(({ layer }) => layer === digest),
        ranges.map((range: Record<string, number>) => [range.start_span, range.end_span]),
      ];
    }),
  );
}

/** Each entry, with its header, in a span of its own: the number of a span is that of the entry. */
export function spanEach(...lines: readonly (string | TarLine)[]): Ztoc {
  const plain = ztocOf(lines);
  const starts = lines.map((_, at) => {
    const before = at === 0 ? undefined : plain.entry(at - 1);
    return before ? before.offset + Math.ceil(before.size / 512) * 512 : 0;
  });
  // The byte after a file of 100 is not the next span's first.
  return ztocOf(lines, starts);
}
