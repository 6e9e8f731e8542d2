import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PullBudgetError } from '../../../src/content/error.ts';
import { type Budget, metric, type PlaceInBudgets } from '../../../src/facts/budget.ts';
import { parseBudgets } from '../../../src/stages/gate/budgets.ts';
import { metrics } from '../../../src/stages/gate/metrics.ts';
import { formatBudget, leftSide } from '../../../src/stages/gate/notation.ts';

function mistakeIn(text: string, place?: PlaceInBudgets): PullBudgetError {
  try {
    parseBudgets(text, place);
  } catch (error) {
    if (error instanceof PullBudgetError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('parseBudgets', () => {
  it('reads every line of the grammar', () => {
    const text = `
      size <= 6 GB                         # compressed bytes to download on a fresh node
      unpacked <= 15 GiB
      layer-size <= 2 GB
      layers <= 60

      delta <= 500 MB                      # chain rule
      delta[blobs] <= 200 MB
      delta-unpacked <= 1 GB
      size <= baseline + 5% and 100 MB     # fails only if growth passes both
      pull-time <= 45 s
      pull-time[embedded] <= baseline + 10% and 2 s
      pull-time[linux/arm64,holds=baseline] <= 1.5 min
      size[linux/arm64] <= 5.5 GB
      warn: layers <= 40`;
    expect(parseBudgets(text).map(({ text: _, ...rest }) => rest)).toEqual([
      budget('size', {}, { kind: 'absolute', value: 6e9 }),
      budget('unpacked', {}, { kind: 'absolute', value: 15 * 2 ** 30 }),
      budget('layer-size', {}, { kind: 'absolute', value: 2e9 }),
      budget('layers', {}, { kind: 'absolute', value: 60 }),
      budget('delta', {}, { kind: 'absolute', value: 500e6 }),
      budget('delta', { reuse: 'blobs' }, { kind: 'absolute', value: 200e6 }),
      budget('delta-unpacked', {}, { kind: 'absolute', value: 1e9 }),
      budget('size', {}, { kind: 'relative', percent: 5, absolute: 100e6 }),
      budget('pull-time', {}, { kind: 'absolute', value: 45 }),
      budget('pull-time', { engine: 'embedded' }, { kind: 'relative', percent: 10, absolute: 2 }),
      budget('pull-time', { platform: 'linux/arm64', holds: 'baseline' }, { kind: 'absolute', value: 90 }),
      budget('size', { platform: 'linux/arm64' }, { kind: 'absolute', value: 5.5e9 }),
      budget('layers', {}, { kind: 'absolute', value: 40 }, 'warn'),
    ]);
  });

  it.each(['', '\n\n', '# nothing', '  \t # nothing\r\n#\r\n'])('finds no budget in %j', (text) => {
    expect(parseBudgets(text)).toEqual([]);
  });

  it('keeps a budget as it was written, without comment and surrounding space', () => {
    const [first, second] = parseBudgets('  size  <=6GB# tight\r\nwarn:layers<=40');
    expect(first?.text).toBe('size  <=6GB');
    expect(second?.text).toBe('warn:layers<=40');
  });

  it.each([
    ['size ≤ 6 GB', { kind: 'absolute', value: 6e9 }],
    ['size <= baseline', { kind: 'relative', absolute: 0 }],
    ['size <= baseline + 5%', { kind: 'relative', percent: 5 }],
    ['size <= baseline+5 %', { kind: 'relative', percent: 5 }],
    ['size <= baseline + 0.5%', { kind: 'relative', percent: 0.5 }],
    ['size <= baseline + 100 MB', { kind: 'relative', absolute: 100e6 }],
    ['size <= baseline + 100 MB and 5%', { kind: 'relative', percent: 5, absolute: 100e6 }],
    ['layers <= baseline + 3', { kind: 'relative', absolute: 3 }],
    ['layers <= baseline + 3 and 10%', { kind: 'relative', percent: 10, absolute: 3 }],
    ['layers <= 0', { kind: 'absolute', value: 0 }],
    ['pull-time <= 1500 ms', { kind: 'absolute', value: 1.5 }],
  ])('reads the limit of %j', (text, limit) => {
    expect(parseBudgets(text)[0]?.limit).toEqual(limit);
  });

  it.each([
    ['size[linux/aarch64] <= 1 GB', { platform: 'linux/arm64' }],
    ['size[linux/arm64/v8] <= 1 GB', { platform: 'linux/arm64' }],
    ['size[ linux/arm/v6 ] <= 1 GB', { platform: 'linux/arm/v6' }],
    ['delta[chain] <= 1 GB', { reuse: 'chain' }],
    ['delta[blobs, linux/amd64] <= 1 GB', { reuse: 'blobs', platform: 'linux/amd64' }],
    ['pull-time[holds = nothing] <= 1 s', { holds: 'nothing' }],
    [
      'pull-time[holds=baseline,embedded,linux/amd64] <= 1 s',
      { holds: 'baseline', engine: 'embedded', platform: 'linux/amd64' },
    ],
  ])('reads the selectors of %j', (text, selector) => {
    expect(parseBudgets(text)[0]?.selector).toEqual(selector);
  });

  /** Each with the column and something of the message; the hint where there is one to give. */
  it.each<[text: string, column: number, message: string | RegExp, hint?: string]>([
    [
      'sise <= 6 GB',
      1,
      'expected what is limited: size, unpacked, layer-size, layers, delta, delta-unpacked, pull-time, found "sise"',
    ],
    ['<= 6 GB', 1, 'found "<="'],
    ['constructor <= 6 GB', 1, 'found "constructor"'],
    ['warn size <= 6 GB', 6, 'expected ":" after "warn", found "size"', 'warn: layers <= 40'],
    ['warn:', 6, 'found the end of the line'],
    ['fail: size <= 6 GB', 1, 'found "fail"'],
    ['size', 5, 'expected "<=", found the end of the line'],
    ['size 6 GB', 6, 'expected "<=", found "6"'],
    ['size < 6 GB', 6, 'expected "<=", found "<"', 'upper limits: write <='],
    ['size =< 6 GB', 6, 'expected "<=", found "=<"', 'upper limits: write <='],
    ['size > 6 GB', 6, 'expected "<=", found ">"', 'upper limits: write <='],
    ['size >= 6 GB', 6, 'expected "<=", found ">="', 'upper limits: write <='],
    ['size ≥ 6 GB', 6, 'expected "<=", found "≥"', 'upper limits: write <='],
    ['size == 6 GB', 6, 'expected "<=", found "=="', 'upper limits: write <='],
    ['size <=', 8, 'expected a limit such as 6 GB or baseline + 5%, found the end of the line'],
    ['size <= GB', 9, 'expected a limit such as 6 GB'],
    ['size <= -6 GB', 9, 'found "-"'],
    ['size <= 6', 10, 'expected a unit: B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, found the end of the line'],
    ['size <= 6 s', 11, '"6 s" is not a size', 'GiB'],
    ['size <= 6 constructor', 11, 'is not a size'],
    ['size <= 1,5 GB', 10, 'expected a unit: B'],
    ['size <= 6 GB or so', 14, 'expected the end of the line, found "or"'],
    ['size <= 5%', 10, 'expected a unit, found "%"', 'baseline + 5%'],
    ['size <= 9999999999 TB', 20, 'is not a size'],
    [`size <= baseline + ${'9'.repeat(400)}%`, 20, 'this number is too large'],
    ['pull-time <= 45', 16, 'expected a unit: ms, s, min or h'],
    ['pull-time <= 45 GB', 17, '"45 GB" is not a duration', 'ms, s, min or h'],
    ['layers <= 60 GB', 14, 'layers are counted, without a unit'],
    ['layers <= 1.5', 11, '1.5 is not a count of layers'],
    ['size <= baseline 5%', 18, 'expected "+" or the end of the line, found "5"'],
    ['size <= baseline - 5%', 18, 'expected "+" or the end of the line, found "-"'],
    ['size <= baseline +', 19, 'expected how much it may grow, such as 5% or 6 GB'],
    ['size <= baseline + 5', 21, 'expected a unit'],
    [
      'size <= baseline + 5% or 3 MB',
      23,
      'expected "and" or the end of the line, found "or"',
      'write two budgets',
    ],
    ['size <= baseline + 5% and', 26, 'expected how much it may grow'],
    [
      'size <= baseline + 5% and 3%',
      27,
      'one percentage and one amount at most',
      'fails what grows by more than both',
    ],
    ['size <= baseline + 5 MB and 3 MB', 29, 'one percentage and one amount at most'],
    ['size <= baseline + 5% and 3 MB and 2%', 36, 'one percentage and one amount at most'],
    [
      'delta <= baseline + 5%',
      10,
      'delta is what an image costs a node that has the baseline already',
      'absolute limit',
    ],
    ['delta-unpacked <= baseline', 19, 'a node that has the baseline already'],
    ['pull-time[holds=baseline] <= baseline + 5%', 30, 'a node that holds the baseline pulls it in no time'],
    ['size[] <= 6 GB', 6, 'expected what size takes in brackets: a platform (linux/arm64), found "]"'],
    ['size[linux/arm64 <= 6 GB', 18, 'expected "," or "]", found "<="'],
    ['size[linux/arm64,] <= 6 GB', 18, 'expected what size takes in brackets'],
    ['size[linux/] <= 6 GB', 6, '"linux/" is not a platform', 'linux/amd64'],
    ['size[linux/arm64,linux/amd64] <= 6 GB', 18, 'is there already: linux/arm64', 'one budget for each'],
    ['size[embedded] <= 6 GB', 6, '"embedded" says nothing about size, which takes a platform'],
    ['size[docker] <= 6 GB', 6, '"docker" says nothing about size'],
    ['size[holds=baseline] <= 6 GB', 6, '"holds" says nothing about size'],
    ['layers[blobs] <= 6', 8, '"blobs" says nothing about layers'],
    [
      'delta[holds=baseline] <= 6 GB',
      7,
      'says nothing about delta, which takes a platform (linux/arm64), chain or blobs',
    ],
    ['delta-unpacked[blobs] <= 6 GB', 16, 'says nothing about delta-unpacked'],
    ['pull-time[blobs] <= 6 s', 11, 'says nothing about pull-time'],
    ['pull-time[docker] <= 6 s', 11, '"docker" is not an engine that this version has', 'Engines: embedded.'],
    ['pull-time[holds=all] <= 6 s', 17, 'expected what the node holds: nothing or baseline, found "all"'],
    ['pull-time[holds=] <= 6 s', 17, 'found "]"'],
    ['pull-time[engine=embedded] <= 6 s', 11, '"engine=" is not a selector', 'holds=baseline'],
    ['pull-time[embedded,embedded] <= 6 s', 20, 'is there already: embedded'],
  ])('points at what is wrong in %j', (text, column, message, hint) => {
    const error = mistakeIn(text);
    expect(error).toMatchObject({ kind: 'input', code: 'bad-budget' });
    expect(error.message).toContain(`budgets, line 1, column ${column}: `);
    expect(error.message).toContain(message);
    if (hint !== undefined) expect(error.hint).toContain(hint);
    const [, excerpt, caret] = error.message.split('\n');
    expect(excerpt).toBe(`  1 | ${text}`);
    expect(caret?.indexOf('^')).toBe('  1 | '.length + column - 1);
  });

  it('names the text and the line, and shows it with the caret under what is wrong', () => {
    const inFile = (line: number, column: number) => ({
      where: `.github/pull-budget.yml:${line + 1}:${column + 2}`,
      line: line + 1,
    });
    const text = `${'# comment\n'.repeat(10)}\tsize[linux/arm64] <= 6 TiBs  # too much`;
    expect(mistakeIn(text, inFile).message).toBe(
      [
        '.github/pull-budget.yml:12:27: "6 TiBs" is not a size',
        '  12 |  size[linux/arm64] <= 6 TiBs  # too much',
        '     |                         ^^^^',
      ].join('\n'),
    );
  });

  it.each([
    ['size <= 6 GB\nsize <= 7 GB', 'line 2, column 1: this budget is there already, in line 1: size <= 6 GB'],
    ['delta <= 1 GB\n\n  delta[chain] <= 1 GB', 'line 3, column 3'],
    ['pull-time <= 4 s\npull-time[holds=nothing] <= 5 s', 'line 2, column 1'],
    ['size[linux/arm64] <= 1 B\nsize[linux/aarch64] <= 1 B', 'line 2, column 1'],
    ['size <= baseline + 5%\nsize <= baseline + 6%', 'line 2, column 1'],
    ['warn: layers <= 4\nwarn: layers <= 5', 'line 2, column 1'],
  ])('refuses a budget that is there twice: %j', (text, message) => {
    expect(mistakeIn(text).message).toContain(message);
  });

  it('takes budgets side by side that say different things', () => {
    const text = `
      size <= 6 GB
      warn: size <= 5 GB
      size[linux/arm64] <= 5 GB
      size <= baseline + 5%
      size <= baseline + 100 MB
      size <= baseline + 3% and 10 MB
      delta <= 1 GB
      delta[blobs] <= 1 GB
      pull-time <= 9 s
      pull-time[embedded] <= 9 s
      pull-time[holds=baseline] <= 9 s`;
    expect(parseBudgets(text)).toHaveLength(11);
  });

  it('gives data that the schema of budgets accepts', async () => {
    const { budget: schema } = await import('../../../src/facts/budget.ts');
    fc.assert(
      fc.property(anyBudget, (written) => {
        const [parsed] = parseBudgets(formatBudget(written));
        expect(schema.parse(parsed)).toEqual(parsed);
      }),
    );
  });

  it('reads back what is formatted', () => {
    fc.assert(
      fc.property(anyBudget, (written) => {
        const text = formatBudget(written);
        const [parsed] = parseBudgets(text);
        expect(parsed).toEqual({ ...written, text });
        expect(parsed && formatBudget(parsed)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('does not mind space between tokens, nor a comment', () => {
    fc.assert(
      fc.property(
        anyBudget,
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('', ' ', '\t '),
        (written, comment, space) => {
          const text = formatBudget(written);
          const spaced = text.replace(/(<=|\[|\]|,|:|%|\+)/g, `${space}$1${space}`);
          const line = `${spaced} #${comment.replace(/[\r\n]/g, ' ')}`;
          expect(parseBudgets(line)).toEqual([{ ...written, text: spaced.trim() }]);
        },
      ),
    );
  });

  it('takes any text, or says where in it the mistake is', () => {
    const pieces = fc.constantFrom(
      ...[
        'size',
        'pull-time',
        'layers',
        'delta',
        '[',
        ']',
        ',',
        'linux/arm64',
        'embedded',
        'blobs',
        'holds',
        '=',
      ],
      ...[
        '<=',
        '<',
        'baseline',
        '+',
        '5',
        '%',
        'GB',
        's',
        'and',
        'warn',
        ':',
        '#',
        '\n',
        '\u0000',
        '😀',
        '-',
        '1.5.',
      ],
    );
    const noise = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 14 });
    fc.assert(
      fc.property(noise, (parts) => {
        const text = parts.join(' ');
        try {
          expect(parseBudgets(text).length).toBeLessThanOrEqual(text.split('\n').length);
        } catch (error) {
          if (!(error instanceof PullBudgetError)) throw error;
          const [, line, column] = /^budgets, line (\d+), column (\d+): /.exec(error.message) ?? [];
          const raw = text.split(/\r\n|\r|\n/)[Number(line) - 1] ?? '';
          expect(Number(column)).toBeGreaterThanOrEqual(1);
          expect(Number(column)).toBeLessThanOrEqual(raw.length + 1);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('formatBudget', () => {
  it.each([
    ['size<=6GB', 'size <= 6 GB'],
    ['size <= 16106127360 B', 'size <= 15 GiB'],
    ['size <= 1500 MB', 'size <= 1.5 GB'],
    ['size <= 1.234567 MB', 'size <= 1234.567 kB'],
    ['size <= 1234567.8911 kB', 'size <= 1234567.891 kB'],
    ['size <= 999 B', 'size <= 999 B'],
    ['size <= 0 GB', 'size <= 0 B'],
    ['size <= baseline', 'size <= baseline + 0 B'],
    ['pull-time <= 2 min', 'pull-time <= 120 s'],
    ['warn : layers <= baseline + 3 and 5 %', 'warn: layers <= baseline + 5% and 3'],
    [
      'pull-time [ holds = baseline , embedded,linux/x86_64 ] <= 9s',
      'pull-time[linux/amd64,embedded,holds=baseline] <= 9 s',
    ],
  ])('writes %j as %j', (text, canonical) => {
    expect(parseBudgets(text).map(formatBudget)).toEqual([canonical]);
  });

  it('gives the left side by itself', () => {
    const [parsed] = parseBudgets('warn: delta[blobs , linux/arm64] <= 3 GB');
    expect(parsed && leftSide(parsed)).toBe('delta[linux/arm64,blobs]');
  });
});

function budget(
  name: Budget['metric'],
  selector: Budget['selector'],
  limit: Budget['limit'],
  severity: Budget['severity'] = 'fail',
): Omit<Budget, 'text'> {
  return { severity, metric: name, selector, limit };
}

const anyAmount = {
  bytes: fc.oneof(
    fc.nat(999).map((n) => n * 1e8),
    fc.nat(999).map((n) => n * 2 ** 28),
    fc.nat(2 ** 31),
  ),
  count: fc.nat(200),
  seconds: fc.oneof(
    fc.nat(600),
    fc.nat(1e6).map((n) => n / 1e9),
    fc.nat(6000).map((n) => n / 10),
  ),
};

const anyBudget: fc.Arbitrary<Omit<Budget, 'text'>> = fc
  .record({
    name: fc.constantFrom(...metric.options),
    severity: fc.constantFrom('fail' as const, 'warn' as const),
  })
  .chain(({ name, severity }) => {
    const { unit, selectors, scope } = metrics[name];
    const selector = fc.record(
      Object.fromEntries(selectors.map((key) => [key, anySelector[key]])) as Record<
        string,
        fc.Arbitrary<string>
      >,
      { requiredKeys: [] },
    ) as fc.Arbitrary<Budget['selector']>;
    const absolute = anyAmount[unit].map((value) => ({ kind: 'absolute' as const, value }));
    const growth = fc
      .record(
        {
          percent: fc.oneof(fc.nat(300), fc.double({ min: 0, max: 50, noNaN: true }).map(Math.abs)),
          absolute: anyAmount[unit],
        },
        { requiredKeys: [] },
      )
      .filter((terms) => Object.keys(terms).length > 0)
      .map((terms) => ({ kind: 'relative' as const, ...terms }));
    return selector.chain((chosen) => {
      const mayGrow = scope !== 'delta' && chosen.holds !== 'baseline';
      const limit: fc.Arbitrary<Budget['limit']> = mayGrow ? fc.oneof(absolute, growth) : absolute;
      return limit.map((each) => budget(name, chosen, each, severity));
    });
  });

const anySelector = {
  platform: fc.constantFrom('linux/amd64', 'linux/arm64', 'linux/arm/v7', 'windows/amd64'),
  engine: fc.constant('embedded'),
  holds: fc.constantFrom('nothing', 'baseline'),
  reuse: fc.constantFrom('chain', 'blobs'),
};
