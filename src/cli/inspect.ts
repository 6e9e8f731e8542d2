import { imageBytes } from '../facts/delta.ts';
import type { ImageFacts } from '../facts/image.ts';
import type { Report } from '../facts/report.ts';
import { formatBytes } from '../facts/units.ts';
import { besideSection } from '../stages/report/beside.ts';
import { codeSpan, type Document, type Inline, type Section } from '../stages/report/document.ts';
import { counted, formatPercent } from '../stages/report/figures.ts';
import { madeBy, shortDigest } from '../stages/report/layers.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import type { Call } from './call.ts';
import { inspectSoci } from './inspect-soci.ts';
import { describeNamed } from './named-images.ts';

const barWidth = 12;

/** What an image is made of, from its manifests and configs; or of its SOCI indexes, if they are asked for. */
export async function run(call: Call): Promise<number> {
  if (call.flags.soci) return inspectSoci(call);
  const report = await describeNamed(call);
  call.output.show(report, () => terminalDocument(inspection(report), call.output));
  return 0;
}

/** An image's platforms and layers, to be read by people. */
export function inspection(report: Report): Document {
  const { image } = report;
  const several = image.platforms.length > 1;
  return {
    headline: { text: image.name },
    about: [
      [codeSpan(image.digest)],
      [several ? `An index of ${counted(image.platforms.length, 'platform')}.` : 'An image of one platform.'],
    ],
    sections: [...image.platforms.map(platformSection), ...besideSection(report)],
  };
}

/** Layers in the order of their stack, the lowest first: where a change falls decides what stands above it. */
function platformSection(image: ImageFacts): Section {
  const total = imageBytes(image);
  const row = (layer: ImageFacts['layers'][number], at: number): Inline[] => [
    String(at + 1),
    codeSpan(shortDigest(layer.digest)),
    formatBytes(layer.bytes),
    bar(layer.bytes, total),
    formatPercent(layer.bytes, total),
    codeSpan(madeBy(layer)),
  ];
  return {
    title: `${image.platform}: ${formatBytes(total)} to download, ${counted(image.layers.length, 'layer')}`,
    table: {
      columns: [
        { title: '#', align: 'right' },
        { title: 'Layer' },
        { title: 'Size', align: 'right' },
        { title: '' },
        { title: 'Share', align: 'right' },
        { title: 'Made by', narrow: 'cut' },
      ],
      rows: image.layers.map(row),
    },
  };
}

/** Eighths of a column tell layers apart that are small beside one that is large. */
function bar(bytes: number, total: number): string {
  const eighths = total === 0 ? 0 : Math.round((bytes / total) * barWidth * 8);
  const rest = eighths % 8;
  return '█'.repeat(eighths >> 3) + (rest === 0 ? '' : String.fromCodePoint(0x2590 - rest));
}
