import type { Delta } from '../../facts/delta.ts';
import type { ImageFacts, LayerFacts } from '../../facts/image.ts';
import { instruction, plain } from '../../facts/plain.ts';
import type { Report } from '../../facts/report.ts';
import { formatBytes } from '../../facts/units.ts';
import { bounded, codeSpan, type Inline, type Line, type Section, type Table } from './document.ts';
import { counted, formatPercent, sum } from './figures.ts';

/** What a node that holds the baseline does about a layer. */
export type LayerState = 'kept' | 'new' | 'moved';

/** A layer with all that the report knows about it. */
export interface Layer extends LayerFacts {
  /** From 1, the lowest. */
  readonly position: number;
  /** Absent where there is no baseline. */
  readonly state?: LayerState;
}

/** A platform's image as the report's sections look at it. */
export interface PlatformView {
  readonly image: ImageFacts;
  readonly layers: readonly Layer[];
  /** Of the baseline's image of this platform. */
  readonly baseline?: ImageFacts;
  /** Only where there is a baseline. */
  readonly delta?: Delta;
}

export function platformViews(report: Report): PlatformView[] {
  return report.image.platforms.map((image) => {
    const baseline = report.baseline?.platforms.find((one) => one.platform === image.platform);
    const delta = baseline && report.deltas.find((one) => one.platform === image.platform);
    const missing = new Set(delta?.blobs.layers);
    const layers = image.layers.map((layer, at): Layer => {
      const unpacked = layer.unpackedBytes ?? report.measurement?.unpackedBytesByLayer[layer.digest];
      return {
        ...layer,
        position: at + 1,
        ...(unpacked === undefined ? {} : { unpackedBytes: unpacked }),
        ...(delta === undefined
          ? {}
          : { state: at < delta.sharedLayers ? 'kept' : missing.has(layer.digest) ? 'new' : 'moved' }),
      };
    });
    return { image, layers, ...(baseline ? { baseline } : {}), ...(delta ? { delta } : {}) };
  });
}

/** What made a layer, short enough for a table's cell. */
export const madeBy = (layer: LayerFacts): string => instruction(layer.createdBy ?? '', 100);

export function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 13);
}

/** How a sentence names a layer: its place, and what made it. */
export function layerName(layer: Layer): Line {
  const command = madeBy(layer);
  return [
    `layer ${layer.position} (`,
    codeSpan(command === '' ? shortDigest(layer.digest) : plain(command, 60)),
    `, ${formatBytes(layer.bytes)})`,
  ];
}

/** Where the bytes are: the largest layers of each platform, largest first. */
export function layerSections(report: Report, views: readonly PlatformView[]): Section[] {
  return views.map((view) => {
    const largest = view.layers.toSorted((a, b) => b.bytes - a.bytes || a.position - b.position);
    const { shown, more } = bounded(largest, 12, (rest) => [
      `${counted(rest.length, 'more layer')}: ${formatBytes(sum(rest.map((layer) => layer.bytes)))}.`,
    ]);
    return {
      title: `Size by layer${views.length > 1 ? `: ${view.image.platform}` : ''}`,
      table: layerTable(shown, view.layers, report.baseline !== undefined),
      after: more,
    };
  });
}

/** Shares are of all layers of the image, shown or not. */
export function layerTable(shown: readonly Layer[], all: readonly Layer[], compared: boolean): Table {
  const total = sum(all.map((layer) => layer.bytes));
  return {
    columns: [
      { title: '#', align: 'right' },
      { title: 'Layer', narrow: 'cut' },
      { title: 'Made by', narrow: 'cut' },
      { title: 'Size', align: 'right' },
      { title: 'Share', align: 'right' },
      { title: 'Unpacked', align: 'right' },
      ...(compared ? [{ title: 'Baseline' }] : []),
    ],
    rows: shown.map((layer): Inline[] => [
      String(layer.position),
      codeSpan(shortDigest(layer.digest)),
      codeSpan(madeBy(layer)),
      formatBytes(layer.bytes),
      formatPercent(layer.bytes, total),
      layer.unpackedBytes === undefined ? '–' : formatBytes(layer.unpackedBytes),
      ...(compared ? [layer.state ?? '–'] : []),
    ]),
  };
}
