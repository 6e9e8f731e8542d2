import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { terminalReport } from '../../../src/stages/report/terminal.ts';
import { cut, displayWidth, wrap } from '../../../src/stages/report/width.ts';
import {
  failedReport,
  gateOf,
  imageFacts,
  layerFacts,
  nextLayers,
  reportOf,
  setFacts,
  verdictOf,
} from './fixture.ts';

describe('terminalReport', () => {
  test('lays the verdicts out in columns, and marks them by sign and word', () => {
    const text = terminalReport(failedReport(), { colour: false, columns: 100 });
    const lines = text.split('\n');
    expect(lines[0]).toBe('✗ pull-budget: fail, 1 of 2 budgets exceeded');
    const at = lines.indexOf('Budgets');
    expect(lines.slice(at + 1, at + 5)).toEqual([
      '  Budget             Limit  Baseline      Now            Change  Verdict',
      '  ───────────────  ───────  ────────  ───────  ────────────────  ────────────────────',
      '  size <= 6.74 GB  6.74 GB   6.37 GB  6.75 GB  +380 MB (+6.0 %)  ✗ fail: 8.03 MB over',
      '  layers <= 60          60         6        6              none  ✓ pass',
    ]);
  });

  test('leaves out the columns that nothing stands in', () => {
    const gate = gateOf([verdictOf('size <= 6.74 GB', { outcome: 'fail', value: 6_748_029_640 })]);
    const text = terminalReport(reportOf({ baseline: undefined, gate }), { colour: false, columns: 80 });
    const lines = text.split('\n');
    const at = lines.indexOf('Budgets');
    expect(lines.slice(at + 1, at + 5)).toEqual([
      '  Budget             Limit      Now  Verdict',
      '  ───────────────  ───────  ───────  ────────────────────',
      '  size <= 6.74 GB  6.74 GB  6.75 GB  ✗ fail: 8.03 MB over',
      '',
    ]);
  });

  test('keeps a verdict in its line where other columns can give way', () => {
    const arm = imageFacts(nextLayers, 0x120, 'linux/arm64');
    const image = setFacts('r.example/a:2', [imageFacts(nextLayers), arm]);
    const gate = gateOf([
      verdictOf('size[linux/amd64] <= baseline + 5% and 100 MB', {
        outcome: 'fail',
        value: 6_748_029_640,
        limit: 6_740_000_000,
        baseline: 6_370_000_000,
      }),
      verdictOf('layers <= 60', { value: 6, platform: 'linux/arm64' }),
    ]);
    const text = terminalReport(reportOf({ image, gate }), { colour: false, columns: 100 });
    expect(text).toMatch(/✗ fail: 8\.03 MB over$/m);
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(100);
  });

  test('says the same with and without colour', () => {
    const style = { columns: 90 };
    const coloured = terminalReport(failedReport(), { ...style, colour: true });
    expect(coloured).toContain('\x1b[1;31m✗ pull-budget: fail');
    const bare = coloured.replace(/\x1b\[[\d;]+m/g, '').replace(/ +$/gm, '');
    expect(bare).toBe(terminalReport(failedReport(), { ...style, colour: false }));
  });

  test('keeps to the terminal, whatever made the layers', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.integer({ min: 72, max: 200 }),
        (by, columns) => {
          const layers = [layerFacts(1, 5_000_000, 9_000_000, by), layerFacts(2, 3_000_000)];
          const report = failedReport({ image: setFacts(by || 'x', [imageFacts(layers)]) });
          for (const line of terminalReport(report, { colour: false, columns }).split('\n')) {
            expect(displayWidth(line)).toBeLessThanOrEqual(columns);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('speaks of nothing that the report does not have', () => {
    const text = terminalReport(reportOf({ baseline: undefined }), { colour: false, columns: 80 });
    expect(text).not.toMatch(/Budgets|Waivers|Pull times|baseline|Beside|What to do/);
  });
});

describe('width', () => {
  test('wide characters take two columns and combining marks none', () => {
    expect(['abc', '大小', 'e\u0301', '🚀'].map(displayWidth)).toEqual([3, 4, 1, 2]);
  });

  test('cuts to the width', () => {
    expect(cut('大小大小', 5)).toBe('大小…');
    expect(cut('abc', 3)).toBe('abc');
  });

  test('wraps at spaces, keeps numbers with their units, and breaks words that are too long', () => {
    expect(wrap('grew by 380 MB (6.0 %) since', 12)).toEqual(['grew by', '380 MB', '(6.0 %)', 'since']);
    expect(wrap('abcdefgh ij', 3)).toEqual(['abc', 'def', 'gh', 'ij']);
    expect(wrap('', 3)).toEqual(['']);
  });

  test('wrapping loses no character but spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, width) => {
        const lines = wrap(text, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
