import { describe, expect, test } from 'vitest';
import type { RelayerFacts } from '../../../src/facts/relayer.ts';
import { layerContents } from '../../../src/stages/report/relayer.ts';
import { summaryMarkdown } from '../../../src/stages/report/summary.ts';
import { terminalReport } from '../../../src/stages/report/terminal.ts';
import { digestOf, imageFacts, layerFacts, reportOf, setFacts } from './fixture.ts';
import { tableUnder } from './rendered.ts';

const layers = [
  layerFacts(1, 29_500_000, 80_400_000, 'ADD rootfs.tar /'),
  layerFacts(2, 1_310_000_000, 3_900_000_000, 'pull-budget relayer: python torch 2.5.1'),
  layerFacts(3, 982, 6_144, 'pull-budget relayer: app /srv/app'),
];

const facts: RelayerFacts = {
  platform: 'linux/amd64',
  input: digestOf(0x400),
  image: digestOf(0x100),
  baseline: digestOf(0x110),
  layers: layers.map(({ diffId, digest, mediaType, bytes, unpackedBytes = 0 }, at) => ({
    ...{ diffId, digest, mediaType, bytes, unpackedBytes },
    origin: (['base', 'baseline', 'new'] as const)[at] ?? 'new',
    title: at === 2 ? 'app /srv/app' : '',
    reason: ['of the base image', 'unchanged since the baseline', 'changed since the baseline'][at] ?? '',
  })),
  delta: {
    before: { chain: 1_339_500_000, blobs: 1_310_000_000 },
    after: { chain: 982, blobs: 982 },
    unpackedBytes: 6_144,
  },
  reusedLayers: 2,
  fresh: { before: 1_339_000_000, after: 1_339_500_982, dead: 13_400_000 },
  tree: digestOf(0x402),
};
const { baseline: _, ...first } = facts;

const reportWith = (...relayer: RelayerFacts[]) =>
  reportOf({ image: setFacts('r.example/a:2', [imageFacts(layers)]), relayer });
const text = (columns: number, ...relayer: RelayerFacts[]) =>
  terminalReport(reportWith(...relayer), { colour: false, columns });
const sectionOf = (all: string): string => all.slice(all.indexOf('Re-layered')).split('\n\n')[0] ?? '';

describe('the section on re-layering', () => {
  test('tells what nodes download before and after, layer by layer with what is in it and why', () => {
    const section = sectionOf(text(120, facts));
    expect(section.replace(/\s+/g, ' ')).toContain(
      'A node with the baseline downloads 982 B of layers, as built it would be 1.34 GB; one that keeps blobs 982 B ' +
        'instead of 1.31 GB. 2 layers reused. A node with nothing downloads 1.34 GB, as built 1.34 GB, of which some ' +
        '13.4 MB (1.0 %) is seen by no container.',
    );
    expect(section).toContain('Containers see the same files: tree 040204020402.');
    expect(section).toMatch(/^ {2}1 +\w{12} +29\.5 MB +base +ADD rootfs\.tar \/ +of the base image$/m);
    expect(section).toMatch(/^ {2}2 +\w{12} +1\.31 GB +reused +python torch 2\.5\.1 +unchanged since/m);
    expect(section).toMatch(/^ {2}3 +\w{12} +982 B +new +app \/srv\/app +changed since the baseline$/m);
  });

  test('names what was purged, and counts what it does not name', () => {
    const purged = { paths: ['opt/a.pem', 'opt/b.pem'], count: 5 };
    expect(sectionOf(text(120, { ...facts, purged }))).toContain(
      'Purged, in no layer any more: opt/a.pem, opt/b.pem and 3 others.',
    );
    expect(text(120, facts)).not.toContain('Purged');
  });

  test('stands in the summary as a table', () => {
    expect(tableUnder(summaryMarkdown(reportWith(facts)), 'Re-layered')[3]).toEqual([
      '3',
      '000300030003',
      '982 B',
      'new',
      'app /srv/app',
      'changed since the baseline',
    ]);
  });

  test('says of a first run that the next one profits', () => {
    const section = sectionOf(text(120, { ...first, fresh: { ...first.fresh, dead: 0 } }));
    expect(section).toContain('There is no baseline: the next release is what profits.');
    expect(section).not.toContain('seen by no container');
  });

  test('names platforms where there are several, and is not there where nothing was re-laid', () => {
    const arm = { ...facts, platform: 'linux/arm64' };
    expect(text(120, facts, arm)).toMatch(/^Re-layered: linux\/arm64$/m);
    expect(text(120)).not.toContain('Re-layered');
  });

  test.each([72, 80, 100])('keeps to a terminal of %s columns', (columns) => {
    for (const line of sectionOf(text(columns, facts)).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  test('shows seventy layers at most, and what is left of them', () => {
    const many = Array.from({ length: 80 }, (_, at) => ({
      ...facts.layers[2],
      digest: digestOf(0x500 + at),
      bytes: 1000,
    }));
    const section = sectionOf(text(120, { ...facts, layers: many as RelayerFacts['layers'] }));
    expect(section).toContain('10 more layers: 10.0 kB.');
  });

  test('is followed by what was said on the way, ten lines at most', () => {
    const relayerNotices = Array.from({ length: 12 }, (_, at) => `The attestation ${at} was dropped.`);
    const all = terminalReport({ ...reportWith(facts), relayerNotices }, { colour: false, columns: 100 });
    expect(all).toContain('Said while re-layering\n  The attestation 0 was dropped.\n');
    expect(all).toContain('  And 2 more, in the report file.\n');
    expect(text(100, facts)).not.toContain('Said while');
  });

  test('keeps what an image says of itself inert', () => {
    const evil = layerFacts(2, 1, 1, '| <img src=x> \u001b[2J\n::error::x');
    const report = reportOf({ image: setFacts('r.example/a:2', [imageFacts([evil])]), relayer: [facts] });
    expect(summaryMarkdown(report)).not.toContain('<img');
    expect(terminalReport(report, { colour: false, columns: 100 })).not.toMatch(/\u001b|^::/m);
  });
});

test('what is in layers is what their history says, our own words left out', () => {
  const contents = layerContents([setFacts('a', [imageFacts(layers)])]);
  expect(layers.map(({ diffId }) => contents.get(diffId))).toEqual([
    'ADD rootfs.tar /',
    'python torch 2.5.1',
    'app /srv/app',
  ]);
});
