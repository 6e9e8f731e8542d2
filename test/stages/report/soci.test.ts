import { describe, expect, test } from 'vitest';
import type { SociFacts } from '../../../src/facts/soci.ts';
import { sociLayerSection } from '../../../src/stages/report/soci.ts';
import { summaryMarkdown } from '../../../src/stages/report/summary.ts';
import { terminalDocument, terminalReport } from '../../../src/stages/report/terminal.ts';
import { digestOf, reportOf } from './fixture.ts';

const style = { colour: false, columns: 100 };

const facts: SociFacts = {
  platform: 'linux/amd64',
  image: digestOf(0x300),
  v2: digestOf(0x301),
  layers: [
    {
      digest: digestOf(1),
      bytes: 3_000_000_000,
      ztoc: { digest: digestOf(0x311), bytes: 25_000_000, spans: 720, spanBytes: 4_194_304, files: 12_000 },
    },
    {
      digest: digestOf(2),
      bytes: 900_000_000,
      ztoc: { digest: digestOf(0x312), bytes: 8_000_000, reused: `r.example/a@sha256:${'ab'.repeat(32)}` },
    },
    { digest: digestOf(3), bytes: 100_000_000, reason: 'compressed with zstd' },
  ],
  indexBytes: 33_001_234,
};

describe('the section on SOCI indexes', () => {
  test('tells of each platform how much can be loaded lazily, at what cost, and what was taken over', () => {
    const none: SociFacts = {
      ...facts,
      platform: 'linux/arm64',
      layers: facts.layers.slice(2),
      indexBytes: 0,
    };
    const text = terminalReport(reportOf({ soci: [facts, none] }), style);
    expect(text).toMatch(/^SOCI index\n {2}Platform +Layers +Lazily loadable +Index +Reused\n/m);
    expect(text).toMatch(/^ {2}linux\/amd64 +2 of 3 +97\.5 % +33\.0 MB +1 layer$/m);
    expect(text).toMatch(/^ {2}linux\/arm64 +0 of 1 +0 % +0 B +–$/m);
    expect(summaryMarkdown(reportOf({ soci: [facts] }))).toContain(
      '| <code>linux/amd64</code> | 2 of 3 | 97.5 % | 33.0 MB | 1 layer |',
    );
  });

  test('names the image that has the index where it is not the one that is judged', () => {
    const report = reportOf({ soci: [facts] });
    const { digest } = report.image;
    const same = { ...report, sociImage: { digest, pushed: ['r.example/a:1'] } };
    expect(terminalReport(same, style)).not.toContain('The image with its index is');
    const beside = { ...report, sociImage: { digest: digestOf(0x302), pushed: ['r.example/a:1-soci'] } };
    expect(terminalReport(beside, style).replace(/\s+/g, ' ')).toContain(
      `The image with its index is ${digestOf(0x302)} at r.example/a:1-soci; figures above are of the plain one.`,
    );
  });

  test('is not there where nothing was to be indexed', () => {
    expect(terminalReport(reportOf(), style)).not.toContain('SOCI');
    expect(terminalReport(reportOf({ soci: [] }), style)).not.toContain('SOCI');
  });
});

test('layer by layer it says what is indexed, how, from where, and why the rest is not', () => {
  const document = { headline: { text: 'x' }, about: [], sections: [sociLayerSection(facts)] };
  const text = terminalDocument(document, style);
  expect(text).toMatch(/^linux\/amd64: 97\.5 % lazily loadable, 3\.90 GB of 4\.00 GB$/m);
  expect(text).toContain('The index has 33.0 MB.');
  expect(text).toContain(`SOCI index v2 ${facts.v2}.`);
  expect(text).not.toContain('SOCI index v1');
  expect(text).toMatch(/^ {2}1 +\S{12} +3\.00 GB +25\.0 MB +720 +4 MiB +12000$/m);
  expect(text).toMatch(/^ {2}2 +\S{12} +900 MB +8\.00 MB +– +– +– +reused from r\.example\/a@abababababab$/m);
  expect(text).toMatch(/^ {2}3 +\S{12} +100 MB +– +– +– +– +not indexed: compressed with zstd$/m);
});

test('a share is all only where no byte is left out', () => {
  const tiny = { digest: digestOf(4), bytes: 140, reason: 'too small' };
  const [first] = facts.layers;
  const title = (layers: SociFacts['layers']) => sociLayerSection({ ...facts, layers }).title;
  expect(title(first ? [first, tiny] : [])).toMatch(/: >99\.9 % lazily loadable, 3\.00 GB of 3\.00 GB$/);
  expect(title(first ? [first] : [])).toMatch(/: 100 % lazily/);
  expect(title([tiny])).toMatch(/: 0 % lazily/);
});

test('an image without an index says what that means', () => {
  const { v2: _, ...without } = facts;
  const { before } = sociLayerSection({ ...without, layers: facts.layers.slice(2), indexBytes: 0 });
  expect(before?.at(-1)).toEqual(['No SOCI index: nodes pull all of it before the container starts.']);
});
