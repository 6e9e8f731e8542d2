import type { Report } from '../../facts/report.ts';
import { lazyBytes, type SociFacts, type SociLayerFacts } from '../../facts/soci.ts';
import { formatBytes, formatChosenBytes } from '../../facts/units.ts';
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
  const names = pushed.slice(0, 20).flatMap((name, at) => [at === 0 ? ' at ' : ', ', codeSpan(name)]);
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
    lazyShare(facts),
    formatBytes(facts.indexBytes),
    reused.length === 0 ? '–' : counted(reused.length, 'layer'),
  ];
}

/** Layer by layer: what is indexed and how, and why the others are not. */
export function sociLayerSection(facts: SociFacts): Section {
  const { platform, image, indexBytes } = facts;
  const size = `${formatBytes(lazyBytes(facts))} of ${formatBytes(layerBytes(facts))}`;
  const indexes = sociIndexLines(facts);
  return {
    title: `${platform}: ${lazyShare(facts)} lazily loadable, ${size}`,
    before: [
      ['Image ', codeSpan(image), '.'],
      ...(indexes.length > 0
        ? [...indexes, [`The index has ${formatBytes(indexBytes)}.`]]
        : [['No SOCI index: nodes pull all of it before the container starts.']]),
    ],
    table: {
      columns: [
        { title: '#', align: 'right' },
        { title: 'Layer' },
        { title: 'Size', align: 'right' },
        { title: 'zTOC', align: 'right' },
        { title: 'Spans', align: 'right' },
        { title: 'Span size', align: 'right' },
        { title: 'Files', align: 'right' },
        { title: '', narrow: 'wrap' },
      ],
      rows: facts.layers.map((layer, at) => layerRow(layer, at, indexes.length > 0)),
    },
  };
}

/** Which SOCI indexes there are, the one that nodes prefer first. */
export function sociIndexLines(facts: Pick<SociFacts, 'v1' | 'v2'>): Line[] {
  return (['v2', 'v1'] as const).flatMap((version): Line[] => {
    const digest = facts[version];
    return digest === undefined ? [] : [[`SOCI index ${version} `, codeSpan(digest), '.']];
  });
}

/** All only where nothing is left out. */
function lazyShare(facts: SociFacts): string {
  const [lazy, all] = [lazyBytes(facts), layerBytes(facts)];
  const share = formatPercent(lazy, all);
  return lazy < all && share === '100 %' ? '>99.9 %' : share;
}

function layerRow({ digest, bytes, ztoc, reason }: SociLayerFacts, at: number, isIndexed: boolean): Inline[] {
  const why = reason ?? (isIndexed ? 'the index does not name it' : 'there is no index');
  const known = (value: number | undefined, format: (value: number) => string): string =>
    value === undefined ? '–' : format(value);
  return [
    String(at + 1),
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    known(ztoc?.bytes, formatBytes),
    known(ztoc?.spans, String),
    known(ztoc?.spanBytes, formatChosenBytes),
    known(ztoc?.files, String),
    ztoc === undefined ? `not indexed: ${why}` : reuseText(ztoc.reused),
  ];
}

/** Where it is from, its digest short: the document has it whole. */
const reuseText = (from: string | undefined): string =>
  from === undefined ? '' : `reused from ${from.replace(/@sha256:([0-9a-f]{12})[0-9a-f]{52}/, '@$1')}`;
