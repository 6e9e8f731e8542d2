import { imageBytes } from '../../facts/delta.ts';
import type { Report } from '../../facts/report.ts';
import { formatBytes } from '../../facts/units.ts';
import { bounded, codeSpan, type Line, type Section } from './document.ts';
import { counted, formatChange, sum } from './figures.ts';
import { layerTable, type PlatformView } from './layers.ts';

/** What changed against the baseline, for a node that has it: by the chain rule and by the blob rule. */
export function changeSections(report: Report, views: readonly PlatformView[]): Section[] {
  if (report.baseline === undefined) {
    return report.baselineMissing === undefined
      ? []
      : [{ title: 'Against the baseline', before: [[`There is no baseline: ${report.baselineMissing}.`]] }];
  }
  const several = views.length > 1;
  return views.map((view) => ({
    title: `Against the baseline${several ? `: ${view.image.platform}` : ''}`,
    ...platformChange(report.baseline?.name ?? '', view),
  }));
}

function platformChange(baselineName: string, view: PlatformView): Omit<Section, 'title'> {
  const { image, baseline, delta, layers } = view;
  if (baseline === undefined || delta === undefined) {
    return { before: [[codeSpan(baselineName), ' has no image of this platform.']] };
  }
  const now = imageBytes(image);
  const before = imageBytes(baseline);
  const kept = new Set(image.layers.map((layer) => layer.digest));
  const gone = baseline.layers.filter((layer) => !kept.has(layer.digest));
  const fresh = layers
    .filter((layer) => layer.state === 'new')
    .toSorted((a, b) => b.bytes - a.bytes || a.position - b.position);
  const { shown, more } = bounded(fresh, 12, (rest) => [
    `${counted(rest.length, 'more new layer')}: ${formatBytes(sum(rest.map((layer) => layer.bytes)))}.`,
  ]);
  return {
    before: [
      [
        'Size ',
        formatBytes(now),
        ' against ',
        formatBytes(before),
        ` of `,
        codeSpan(baselineName),
        `: ${formatChange(now, before, 'bytes')}.`,
      ],
      ...downloadLines(view),
      ...(gone.length > 0
        ? [
            [
              `${counted(gone.length, 'layer')} of the baseline (${formatBytes(sum(gone.map((l) => l.bytes)))}) ${gone.length === 1 ? 'is' : 'are'} gone.`,
            ],
          ]
        : []),
    ],
    ...(shown.length > 0 ? { table: layerTable(shown, layers, false) } : {}),
    after: more,
  };
}

/** Spelled out because the two rules differ by gigabytes and few know why. */
function downloadLines({ delta, layers }: PlatformView): Line[] {
  if (delta === undefined) return [];
  if (delta.chain.bytes === 0) return [['A node that holds the baseline downloads nothing.']];
  const moved = layers.filter((layer) => layer.state === 'moved');
  return [
    [
      `A node that holds the baseline keeps ${delta.sharedLayers} of ${counted(delta.layers, 'layer')} and downloads `,
      delta.chain.bytes === delta.blobs.bytes
        ? `${formatBytes(delta.chain.bytes)} (chain rule and blob rule)`
        : `${formatBytes(delta.chain.bytes)} (chain rule: all above the first changed layer), or ${formatBytes(delta.blobs.bytes)} where it keeps blobs (blob rule)`,
      delta.unpackedBytes === undefined ? '.' : `; it unpacks ${formatBytes(delta.unpackedBytes)}.`,
    ],
    ...(moved.length > 0
      ? [
          [
            `${counted(moved.length, 'layer')} (${formatBytes(sum(moved.map((l) => l.bytes)))}) did not change but `,
            `stand above one that did, so they are unpacked again.`,
          ],
        ]
      : []),
  ];
}
