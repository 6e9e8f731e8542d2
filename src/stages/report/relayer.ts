import type { ImageSetFacts } from '../../facts/image.ts';
import type { RelaidLayer, RelayerFacts } from '../../facts/relayer.ts';
import { tool } from '../../facts/tool.ts';
import { formatBytes } from '../../facts/units.ts';
import { bounded, codeSpan, type Inline, type Line, type Section } from './document.ts';
import { counted, formatPercent, sum } from './figures.ts';
import { madeBy, shortDigest } from './layers.ts';

/**
 * What re-layering did: a table of layers a platform, and what a node with the baseline downloads, before and after.
 * @param image the image as it is now: its history tells what is in layers that were taken over
 */
export function relayerSections(platforms: readonly RelayerFacts[], image: ImageSetFacts): Section[] {
  const contents = layerContents([image]);
  return platforms.map((facts) => ({
    title: `Re-layered${platforms.length > 1 ? `: ${facts.platform}` : ''}`,
    ...relayerSection(facts, contents),
  }));
}

/** What its user should know of it, where a log is not read. */
export function relayerNoticeSection(notices: readonly string[]): Section[] {
  const { shown, more } = bounded(notices, 10, (rest) => [`And ${rest.length} more, in the report file.`]);
  return notices.length === 0
    ? []
    : [{ title: 'Said while re-layering', before: shown.map((line) => [line]), after: more }];
}

/** What is in layers, by diffID, as far as the images' histories tell. */
export function layerContents(images: readonly ImageSetFacts[]): ReadonlyMap<string, string> {
  const layers = images.flatMap(({ platforms }) => platforms.flatMap((one) => one.layers));
  return new Map(layers.map((layer) => [layer.diffId, madeBy(layer).replace(ourMark, '')]));
}

/** As history has it of layers that were written here. */
const ourMark = `${tool.name} relayer: `;

function relayerSection(facts: RelayerFacts, contents: ReadonlyMap<string, string>): Omit<Section, 'title'> {
  const { shown, more } = bounded(facts.layers, 70, (rest) => [
    `${counted(rest.length, 'more layer')}: ${formatBytes(sum(rest.map(({ bytes }) => bytes)))}.`,
  ]);
  return {
    before: [
      ['Containers see the same files: tree ', codeSpan(shortDigest(facts.tree)), '.'],
      deltaLine(facts),
      freshLine(facts),
      ...purgedLines(facts),
    ],
    table: {
      columns: [
        { title: '#', align: 'right' },
        { title: 'Layer' },
        { title: 'Size', align: 'right' },
        { title: '' },
        { title: 'What is in it', narrow: 'wrap' },
        { title: 'Why', narrow: 'last' },
      ],
      rows: shown.map((layer, at) => layerRow(layer, at, contents)),
    },
    after: more,
  };
}

function deltaLine({ baseline, delta: { before, after }, reusedLayers }: RelayerFacts): Line {
  if (baseline === undefined) return ['There is no baseline: the next release is what profits.'];
  return [
    `A node with the baseline downloads ${formatBytes(after.chain)} of layers, as built it would be ${formatBytes(before.chain)}; `,
    `one that keeps blobs ${formatBytes(after.blobs)} instead of ${formatBytes(before.blobs)}. `,
    `${counted(reusedLayers, 'layer')} reused.`,
  ];
}

function freshLine({ fresh: { before, after, dead } }: RelayerFacts): Line {
  const hidden =
    dead === 0
      ? ''
      : `, of which some ${formatBytes(dead)} (${formatPercent(dead, after)}) is seen by no container`;
  return [`A node with nothing downloads ${formatBytes(after)}, as built ${formatBytes(before)}${hidden}.`];
}

function purgedLines({ purged }: RelayerFacts): Line[] {
  if (purged === undefined) return [];
  const { paths, count } = purged;
  const named = paths.flatMap((path, at): Line => (at === 0 ? [codeSpan(path)] : [', ', codeSpan(path)]));
  const more = count > paths.length ? [` and ${counted(count - paths.length, 'other')}`] : [];
  return [['Purged, in no layer any more: ', ...named, ...more, '.']];
}

const origins: Readonly<Record<RelaidLayer['origin'], string>> = {
  base: 'base',
  baseline: 'reused',
  new: 'new',
};

function layerRow(
  { diffId, digest, bytes, origin, title, reason }: RelaidLayer,
  at: number,
  contents: ReadonlyMap<string, string>,
): Inline[] {
  return [
    `${at + 1}`,
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    origins[origin],
    title || contents.get(diffId) || '–',
    reason,
  ];
}
