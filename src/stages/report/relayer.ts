import type { RelaidLayer, RelayerFacts } from '../../facts/relayer.ts';
import { formatBytes } from '../../facts/units.ts';
import { bounded, codeSpan, type Inline, type Line, type Section } from './document.ts';
import { counted, formatPercent, sum } from './figures.ts';
import { shortDigest } from './layers.ts';

/** What re-layering did: a table of layers a platform, and what a node with the baseline downloads, before and after. */
export function relayerSections(platforms: readonly RelayerFacts[]): Section[] {
  return platforms.map((facts) => ({
    title: `Re-layered${platforms.length > 1 ? `: ${facts.platform}` : ''}`,
    ...relayerSection(facts),
  }));
}

function relayerSection(facts: RelayerFacts): Omit<Section, 'title'> {
  const { shown, more } = bounded(facts.layers, 70, (rest) => [
    `${counted(rest.length, 'more layer')}: ${formatBytes(sum(rest.map(({ bytes }) => bytes)))}.`,
  ]);
  return {
    before: [
      ['Containers see the same files: tree ', codeSpan(shortDigest(facts.tree)), '.'],
      deltaLine(facts),
      freshLine(facts),
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
      rows: shown.map(layerRow),
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

const origins: Readonly<Record<RelaidLayer['origin'], string>> = {
  base: 'base',
  baseline: 'reused',
  new: 'new',
};

function layerRow({ digest, bytes, origin, title, reason }: RelaidLayer, at: number): Inline[] {
  return [
    `${at + 1}`,
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    origins[origin],
    title || '–',
    reason,
  ];
}
