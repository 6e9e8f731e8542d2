import type { Report } from '../../facts/report.ts';
import { lazyBytes, type SociFacts, type SociLayerFacts } from '../../facts/soci.ts';
import { formatBytes } from '../../facts/units.ts';
import { bounded, codeSpan, type Inline, type Line, type Section } from './document.ts';
import { counted, formatPercent, sum } from './figures.ts';
import { shortDigest } from './layers.ts';

const layerBytes = ({ layers }: SociFacts): number => sum(layers.map(({ bytes }) => bytes));

/** What of the image nodes can load lazily: a line a platform. */
export function sociSection({ soci, sociImage, image }: Report): Section[] {
  if (soci === undefined || soci.length === 0) return [];
  const isBeside = sociImage !== undefined && sociImage.digest !== image.digest;
  const { shown, more } = bounded(soci, 12, (rest) => [`${counted(rest.length, 'more platform')}.`]);
  return [
    {
      title: 'SOCI index',
      before: isBeside ? [besideLine(sociImage)] : [],
      table: {
        columns: [
          { title: 'Platform' },
          { title: 'Layers', align: 'right' },
          { title: 'Lazily loadable', align: 'right' },
          { title: 'Index', align: 'right' },
          { title: 'Reused', align: 'right' },
        ],
        rows: shown.map(platformRow),
      },
      after: more,
    },
  ];
}

function besideLine({ digest, pushed }: NonNullable<Report['sociImage']>): Line {
  const names = pushed.slice(0, 20).flatMap((name) => [', ', codeSpan(name)]);
  return [
    'The image with its index is ',
    codeSpan(digest),
    ...names,
    '; figures above are of the plain one.',
  ];
}

function platformRow(facts: SociFacts): Inline[] {
  const indexed = facts.layers.filter(({ ztoc }) => ztoc !== undefined);
  const reused = indexed.filter(({ ztoc }) => ztoc?.reused !== undefined);
  return [
    codeSpan(facts.platform),
    `${indexed.length} of ${facts.layers.length}`,
    formatPercent(lazyBytes(facts), layerBytes(facts)),
    formatBytes(facts.indexBytes),
    reused.length === 0 ? '–' : counted(reused.length, 'layer'),
  ];
}

/** Layer by layer: what is indexed and how, and why the others are not. */
export function sociLayerSection(facts: SociFacts): Section {
  const digests = (['v2', 'v1'] as const).flatMap((version): Line[] => {
    const digest = facts[version];
    return digest === undefined ? [] : [[`SOCI index ${version} `, codeSpan(digest), '.']];
  });
  return {
    title: `${facts.platform}: ${formatPercent(lazyBytes(facts), layerBytes(facts))} lazily loadable, index ${formatBytes(facts.indexBytes)}`,
    before: [['Image ', codeSpan(facts.image), '.'], ...digests],
    table: {
      columns: [
        { title: '#', align: 'right' },
        { title: 'Layer' },
        { title: 'Size', align: 'right' },
        { title: 'Spans', align: 'right' },
        { title: 'zTOC', align: 'right' },
        { title: '', narrow: 'wrap' },
      ],
      rows: facts.layers.map(layerRow),
    },
  };
}

function layerRow({ digest, bytes, ztoc, reason }: SociLayerFacts, at: number): Inline[] {
  return [
    String(at + 1),
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    ztoc?.spans === undefined ? '–' : String(ztoc.spans),
    ztoc === undefined ? '–' : formatBytes(ztoc.bytes),
    ztoc === undefined ? `not indexed: ${reason ?? 'no index knows it'}` : reuseText(ztoc.reused),
  ];
}

/** Where it is from, its digest short: the document has it whole. */
const reuseText = (from: string | undefined): string =>
  from === undefined ? '' : `reused from ${from.replace(/@sha256:([0-9a-f]{12})[0-9a-f]{52}/, '@$1')}`;
