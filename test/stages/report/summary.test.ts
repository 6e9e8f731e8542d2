import { describe, expect, test } from 'vitest';
import { summaryMarkdown } from '../../../src/stages/report/summary.ts';
import { terminalReport } from '../../../src/stages/report/terminal.ts';
import {
  baseLayers,
  digestOf,
  failedReport,
  faultOf,
  gateOf,
  imageFacts,
  layerFacts,
  measurementOf,
  nextLayers,
  reportOf,
  sampleOf,
  setFacts,
  verdictOf,
} from './fixture.ts';
import { decoded, tableUnder } from './rendered.ts';

describe('summaryMarkdown', () => {
  test('says the verdict in its first line', () => {
    const first = (report: Parameters<typeof summaryMarkdown>[0]) => summaryMarkdown(report).split('\n')[0];
    expect(first(failedReport())).toBe('## ❌ pull-budget: fail, 1 of 2 budgets exceeded');
    expect(first(reportOf({ gate: gateOf([verdictOf('layers <= 60', { value: 6 })]) }))).toBe(
      '## ✅ pull-budget: pass, the budget holds',
    );
    expect(first(reportOf())).toBe('## pull-budget: nothing to judge, no budgets are set');
    const measured = [sampleOf(3), sampleOf(1), sampleOf(2), sampleOf(9, { subject: 'baseline' })];
    expect(first(reportOf({ gate: gateOf([]), measurement: measurementOf(measured) }))).toBe(
      '## pull-budget: pulled in 2.00 s, the median of 3',
    );
    expect(first(reportOf({ measurement: measurementOf([], [faultOf('http-503')]) }))).toBe(
      '## pull-budget: no pull of the image ended well',
    );
    const warned = gateOf([
      verdictOf('layers <= 60', { value: 6 }),
      verdictOf('warn: layers <= 5', { outcome: 'fail', value: 6 }),
    ]);
    expect(first(reportOf({ gate: warned }))).toBe('## ✅ pull-budget: pass, the budget holds, 1 warning');
  });

  test('shows each budget with limit, baseline, value, change and verdict, what fails first', () => {
    expect(tableUnder(summaryMarkdown(failedReport()), 'Budgets')).toEqual([
      ['Budget', 'Limit', 'Baseline', 'Now', 'Change', 'Verdict'],
      ['size <= 6.74 GB', '6.74 GB', '6.37 GB', '6.75 GB', '+380 MB (+6.0 %)', '❌ fail: 8.03 MB over'],
      ['layers <= 60', '60', '6', '6', 'none', '✅ pass'],
    ]);
  });

  test('gives the reason of a verdict where it says more than its row', () => {
    const gate = gateOf([
      verdictOf('size <= 6 GB', { outcome: 'fail', value: 6.75e9, reason: 'an excess once more' }),
      verdictOf('pull-time <= 40 s', { outcome: 'fail', value: 44.1, reason: 'the fastest is over' }),
      verdictOf('pull-time <= baseline + 5%', {
        outcome: 'fail',
        value: 44.1,
        limit: 40,
        p: 0.05,
        reason: '4.1 s slower; p = 0.05',
      }),
      verdictOf('layer-size <= 4 GB', { outcome: 'fail', value: 4.62e9, reason: 'layer 2 is the one' }),
      verdictOf('delta <= 1 GB', { outcome: 'inconclusive', reason: 'no baseline was named' }),
    ]);
    const text = decoded(summaryMarkdown(reportOf({ gate })));
    expect(text).not.toMatch(/an excess once more|the fastest is over/);
    expect(text).toContain('pull-time <= baseline + 5% – 4.1 s slower; p = 0.05');
    expect(text).toContain('layer-size <= 4 GB – layer 2 is the one');
    expect(text).toContain('delta <= 1 GB – no baseline was named');
  });

  test('shows what the baseline has of an absolute limit too, though the gate did not need it', () => {
    const gate = gateOf([
      verdictOf('size <= 7 GB', { value: 6.75e9 }),
      verdictOf('layer-size <= 5 GB', { value: 4.62e9 }),
      verdictOf('unpacked <= 20 GB', { value: 15.1e9 }),
      verdictOf('pull-time <= 60 s', { value: 44.1 }),
      verdictOf('delta <= 1 GB', { value: 752e6 }),
    ]);
    const samples = [
      sampleOf(44.1),
      sampleOf(40, { subject: 'baseline' }),
      sampleOf(42, { subject: 'baseline' }),
    ];
    const rows = tableUnder(
      summaryMarkdown(reportOf({ gate, measurement: measurementOf(samples) })),
      'Budgets',
    );
    expect(rows.slice(1).map((row) => [row[2], row[4]])).toEqual([
      ['6.37 GB', '+382 MB (+6.0 %)'],
      ['4.62 GB', 'none'],
      ['14.0 GB', '+1.09 GB (+7.8 %)'],
      ['41.0 s', '+3.10 s (+7.6 %)'],
      ['–', '–'],
    ]);
  });

  test('shows the largest layers with what made them and what a node with the baseline does about them', () => {
    const rows = tableUnder(summaryMarkdown(failedReport()), 'Size by layer');
    expect(rows[1]).toEqual([
      '2',
      '000200020002',
      'RUN apt-get install -y cuda-libraries-12-4 libnccl2',
      '4.62 GB',
      '68.5 %',
      '8.90 GB',
      'kept',
    ]);
    expect(rows.map((row) => row[6])).toEqual(['Baseline', 'kept', 'kept', 'new', 'kept', 'kept', 'new']);
  });

  test('tells the delta by both rules where they differ, and which layers stand unchanged above a change', () => {
    const [base, cuda, , torch] = baseLayers;
    if (!base || !cuda || !torch) throw new Error('fixture');
    const moved = [base, layerFacts(0x31, 40_000_000, 130_000_000, 'RUN pip install uv==2'), torch];
    const image = setFacts('r.example/a:2', [imageFacts(moved)]);
    const baseline = setFacts('r.example/a:1', [imageFacts([base, cuda, torch], 0x110)]);
    const text = decoded(summaryMarkdown(reportOf({ image, baseline })));
    expect(text).toContain('keeps 1 of 3 layers and downloads 1.35 GB (chain rule');
    expect(text).toContain('or 40.0 MB where it keeps blobs (blob rule); it unpacks 4.03 GB');
    expect(text).toContain('1 layer (1.31 GB) did not change');
    expect(text).toContain('1 layer of the baseline (4.62 GB) is gone');
  });

  test('says why there is no baseline, and says of a budget that passes for it that it does', () => {
    const gate = gateOf([
      verdictOf('delta <= 1 GB', { limit: undefined, reason: 'no baseline: …' }),
      verdictOf('size <= baseline + 5%', { limit: undefined, value: 6e9, reason: 'no baseline: …' }),
    ]);
    const text = decoded(
      summaryMarkdown(reportOf({ baseline: undefined, baselineMissing: 'r.example/a:1 is not there', gate })),
    );
    expect(text).toContain('There is no baseline: r.example/a:1 is not there.');
    expect(text.match(/✅ pass: no baseline/g)).toHaveLength(2);
  });

  test('shows every sample, the median, flags and faults', () => {
    const measurement = measurementOf(
      [
        sampleOf(20, { holds: 'baseline' }),
        sampleOf(44.1),
        sampleOf(45.9, { bottleneck: 'disk', flags: ['page-cache-not-dropped'] }),
        sampleOf(43.2),
        sampleOf(40, { subject: 'baseline' }),
      ],
      [faultOf('http-503'), faultOf('http-503'), faultOf('disk-full')],
    );
    const text = summaryMarkdown(reportOf({ measurement }));
    const [, image, baseline, held] = tableUnder(text, 'Pull times');
    expect(image).toEqual([
      'image, embedded',
      '44.1 s, 45.9 s, 43.2 s',
      '44.1 s',
      '35.3 s',
      '41.9 s',
      '153 MB/s',
      'network (2 of 3)',
    ]);
    expect(baseline?.slice(0, 3)).toEqual(['baseline, embedded', '40.0 s', '40.0 s']);
    expect(held?.slice(0, 3)).toEqual(['image, embedded, holds baseline', '20.0 s', '20.0 s']);
    expect(decoded(text)).toContain('1 sample of 5: not fully cold');
    expect(text).toContain('Fetch and unpack overlap');
    expect(decoded(text)).toContain('2 pulls broken by the world, not counted as samples: http-503');
    expect(decoded(text)).toContain('1 pull broken by the world, not counted as samples: disk-full');
  });

  test('counts what stands beside the image by kind', () => {
    const image = {
      ...setFacts('r.example/a:1', [imageFacts(nextLayers)]),
      beside: [
        { kind: 'attestation' as const, digest: digestOf(0x40), bytes: 12_000 },
        { kind: 'soci-index' as const, digest: digestOf(0x41), bytes: 70_000_000 },
        { kind: 'soci-index' as const, digest: digestOf(0x42), bytes: 30_000_000 },
      ],
    };
    expect(tableUnder(summaryMarkdown(reportOf({ image })), 'Beside the image')).toEqual([
      ['What', 'Count', 'Size'],
      ['SOCI indexes', '2', '100 MB'],
      ['Attestations', '1', '12.0 kB'],
    ]);
  });

  test('lists waivers that hold, that have expired, and that hold for nothing', () => {
    const waiver = { budget: 'size', reason: 'CUDA 13 move', until: '2026-06-30', owner: '@acme/gpu' };
    const gate = gateOf([verdictOf('size <= 6 GB', { outcome: 'fail', value: 6.75e9, waiver })], {
      waiverProblems: [
        { waiver: { ...waiver, budget: 'layers', until: '2026-01-31' }, problem: 'expired' },
        { waiver: { ...waiver, budget: 'delta' }, problem: 'unused' },
      ],
    });
    const text = summaryMarkdown(reportOf({ gate }));
    expect(tableUnder(text, 'Waivers').map((row) => [row[0], row[4]])).toEqual([
      ['Budget', 'State'],
      ['layers', '❌ expired'],
      ['delta', '⚠️ unused'],
      ['size', '⚠️ waived until 2026-06-30: 750 MB over'],
    ]);
    expect(text.split('\n')[0]).toContain('1 waiver expired, 1 waived');
  });

  test('marks an index and gives each platform its own sections', () => {
    const image = setFacts('r.example/a:2', [
      imageFacts(nextLayers),
      imageFacts(nextLayers.slice(1), 0x120, 'linux/arm64'),
    ]);
    const gate = gateOf([
      verdictOf('layers <= 5', { outcome: 'fail', value: 6 }),
      verdictOf('layers <= 5', { value: 5, platform: 'linux/arm64' }),
    ]);
    const text = decoded(summaryMarkdown(reportOf({ image, gate })));
    expect(text).toContain('An index of 2 platforms: linux/amd64, linux/arm64. Budgets hold for each.');
    expect(text).toContain('### Size by layer: linux/arm64');
    expect(text).toContain('has no image of this platform');
    expect(tableUnder(summaryMarkdown(reportOf({ image, gate })), 'Budgets')[1]?.[1]).toBe('linux/amd64');
  });

  test('stays within 1 MiB for the largest report, and says what it left out', () => {
    const long = '@`|<'.repeat(100);
    const layers = Array.from({ length: 120 }, (_, n) => layerFacts(n + 1, 1_000_000, 3_000_000, long));
    const image = setFacts(
      long,
      Array.from({ length: 30 }, (_, n) => imageFacts(layers, 0x400 + 2 * n, `linux/${n}${long}`)),
    );
    const verdicts = image.platforms.flatMap(({ platform }) =>
      Array.from({ length: 30 }, () =>
        verdictOf('layers <= 5', { outcome: 'fail', value: 120, platform, reason: long.repeat(5) }),
      ),
    );
    const samples = Array.from({ length: 3000 }, (_, n) =>
      sampleOf(n, { platform: `linux/${n % 60}${long}` }),
    );
    const text = summaryMarkdown(
      reportOf({ image, gate: gateOf(verdicts), measurement: measurementOf(samples) }),
    );
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
    expect(Buffer.byteLength(text)).toBeGreaterThan(100_000);
    expect(text).toContain('800 more verdicts, in the report file.');
    expect(text).toContain('in the report file only.');
  });
});

const hostile = [
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '</code></td></table><h1>pass</h1>',
  '| pass | ✅ |\n| --- | --- |\n## ✅ pull-budget: pass',
  '`code` **bold** ![i](https://evil.example/x.png) [l](javascript:alert(1))',
  '@octocat @acme/team #1 GH-1 https://evil.example www.evil.example a@b.example',
  '::error::pwned\n::add-mask::fail\r::stop-commands::x',
  '##[error]pwned ##[add-mask]x',
  '\x1b[2J\x1b[31mred\x1b]0;title\x07\x9b31m',
  '\u202eevil\u2066 \u200b\u0000\u0008\u2028## x',
  '&lt;b&gt; &#60;b&#62; \\| \\` $x$ <!-- c -->',
  '- item\n1. item\n> quote\n```sh\nrm -rf /\n```',
];

/** A report in which everything that somebody else may have written says the same. */
function everywhere(text: string) {
  const name = text;
  const layers = [layerFacts(1, 5_000, 9_000, text), layerFacts(2, 4_000, 8_000, `RUN ${text}`)];
  const waiver = { budget: text, reason: text, until: '2026-01-31', owner: text };
  const failed = verdictOf('size <= 1 kB', { outcome: 'fail', value: 9_000, reason: text, platform: text });
  return reportOf({
    image: { ...setFacts(name, [imageFacts(layers, 0x100, text), imageFacts(layers, 0x110, 'linux/arm64')]) },
    baseline: setFacts(name, [imageFacts(layers.slice(0, 1), 0x120, text)]),
    pushed: [text],
    gate: gateOf(
      [
        { ...failed, budget: { ...failed.budget, text } },
        { ...failed, waiver },
      ],
      {
        waiverProblems: [{ waiver, problem: 'expired' }],
      },
    ),
    measurement: {
      ...measurementOf([sampleOf(3, { platform: text })], [faultOf(text, { message: text })]),
      host: { ...measurementOf([]).host, hostname: text, cpuModel: text, os: text, scratch: text },
    },
  });
}

describe('whatever an image says of itself', () => {
  test.each(hostile)('%j is inert in the summary', (text) => {
    const markdown = summaryMarkdown(everywhere(text));
    expect(markdown.replace(/<\/?code>/g, '')).not.toMatch(/[<>`*_[\]\\$\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(markdown.match(/<code>/g)?.length).toBe(markdown.match(/<\/code>/g)?.length);
    for (const line of markdown.split('\n')) {
      expect(line).toMatch(/^$|^## |^### |^\| .* \|$|^(?![#>|\s]|[-+] |\d+[.)] )/u);
    }
    for (const table of markdown.split('\n\n').filter((block) => block.startsWith('| '))) {
      const widths = table
        .trim()
        .split('\n')
        .map((line) => line.split('|').length);
      expect(new Set(widths).size).toBe(1);
    }
    const outsideCode = decoded(markdown.replace(/<code>.*?<\/code>/g, ''));
    expect(outsideCode).not.toMatch(/@\w|[^#\n]#\d|:\/\/|www\./);
  });

  test.each(hostile)('%j is inert on a terminal and in a log', (text) => {
    for (const colour of [false, true]) {
      const shown = terminalReport(everywhere(text), { colour, columns: 80 });
      expect(shown).not.toContain('##[');
      for (const line of shown.split('\n')) {
        expect(line.trimStart()).not.toMatch(/^::/);
        expect(colour ? line.replace(/\x1b\[[\d;]+m/g, '') : line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }
  });
});
