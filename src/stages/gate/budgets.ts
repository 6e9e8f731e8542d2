import { PullBudgetError } from '../../content/error.ts';
import { formatPlatform, parsePlatform } from '../../content/image/platform.ts';
import {
  type Budget,
  type Limit,
  metric as metricName,
  type PlaceInBudgets,
  type Selector,
  type Unit,
} from '../../facts/budget.ts';
import { engineName, holds } from '../../facts/sample.ts';
import { parseBytes, parseSeconds } from '../../facts/units.ts';
import { Line, type Token } from './line.ts';
import { metrics } from './metrics.ts';
import { budgetKey } from './notation.ts';

/**
 * Reads budgets, one a line: `warn: size[linux/arm64] <= baseline + 5% and 100 MB  # a comment`.
 * `place` says where the text stands, for errors.
 * @throws PullBudgetError `bad-budget`, pointing at line and column.
 */
export function parseBudgets(text: string, place?: PlaceInBudgets): Budget[] {
  const seen = new Map<string, { line: Line; budget: Budget }>();
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const line = new Line(raw, index, place);
    if (line.text === '') continue;
    const start = line.next;
    const budget = parseBudget(line);
    const key = budgetKey(budget);
    const first = seen.get(key);
    if (first) {
      const what = `this budget is there already, in line ${first.line.number}: ${first.budget.text}`;
      throw line.mistake(start, what, 'Keep one of the two.');
    }
    seen.set(key, { line, budget });
  }
  return [...seen.values()].map(({ budget }) => budget);
}

function parseBudget(line: Line): Budget {
  const severity = parseSeverity(line);
  const metric = parseMetric(line);
  const selector = line.takeIf('[') ? parseSelectors(line, metric) : {};
  parseOperator(line);
  const limit = parseLimit(line, metric, selector);
  if (line.next.kind !== 'end') throw line.unexpected('the end of the line');
  return { text: line.text, severity, metric, selector, limit };
}

function parseSeverity(line: Line): Budget['severity'] {
  if (!line.takeIf('warn')) return 'fail';
  if (!line.takeIf(':')) throw line.unexpected('":" after "warn"', 'Write: warn: layers <= 40.');
  return 'warn';
}

function parseMetric(line: Line): Budget['metric'] {
  const parsed = metricName.safeParse(line.next.text);
  if (!parsed.success) throw line.unexpected(`what is limited: ${metricName.options.join(', ')}`);
  line.take();
  return parsed.data;
}

const selectorNames: Readonly<Record<keyof Selector, string>> = {
  platform: 'a platform (linux/arm64)',
  engine: `an engine (${engineName.options.join(', ')})`,
  holds: 'holds=baseline',
  reuse: 'chain or blobs',
};

/** Behind `[`, up to and with `]`. */
function parseSelectors(line: Line, metric: Budget['metric']): Selector {
  const selector: Selector = {};
  const takes = metrics[metric].selectors.map((key) => selectorNames[key]).join(', ');
  do {
    const start = line.next;
    if (start.kind !== 'word') throw line.unexpected(`what ${metric} takes in brackets: ${takes}`);
    const found = parseSelector(line, metric);
    const [key] = Object.keys(found) as (keyof Selector)[];
    if (!key || !metrics[metric].selectors.includes(key)) {
      throw line.mistake(start, `"${start.text}" says nothing about ${metric}, which takes ${takes}`);
    }
    if (selector[key] !== undefined) {
      const what = `${selectorNames[key]} is there already: ${selector[key]}`;
      throw line.mistake(start, what, 'Write one budget for each.');
    }
    Object.assign(selector, found);
  } while (line.takeIf(','));
  if (!line.takeIf(']')) throw line.unexpected('"," or "]"');
  return selector;
}

/** One selector, as an object with its one key; with none for a word that nobody knows. */
function parseSelector(line: Line, metric: Budget['metric']): Selector {
  const token = line.take();
  if (line.takeIf('=')) return parseKeyed(line, token);
  if (token.text.includes('/')) {
    return { platform: explain(line, token, () => formatPlatform(parsePlatform(token.text))) };
  }
  if (token.text === 'chain' || token.text === 'blobs') return { reuse: token.text };
  const engine = engineName.safeParse(token.text);
  if (engine.success) return { engine: engine.data };
  if (metrics[metric].scope === 'pull') {
    const known = `Engines: ${engineName.options.join(', ')}.`;
    throw line.mistake(token, `"${token.text}" is not an engine that this version has`, known);
  }
  return {};
}

function parseKeyed(line: Line, key: Token): Selector {
  if (key.text !== 'holds') {
    throw line.mistake(key, `"${key.text}=" is not a selector`, 'Only holds=baseline is written with "=".');
  }
  const value = holds.safeParse(line.next.text);
  if (!value.success) throw line.unexpected(`what the node holds: ${holds.options.join(' or ')}`);
  line.take();
  return { holds: value.data };
}

function parseOperator(line: Line): void {
  if (line.takeIf('<=', '≤')) return;
  const isOperator = /^([<>=!]+|≥)$/.test(line.next.text);
  throw line.unexpected('"<="', isOperator ? 'Budgets are upper limits: write <=.' : undefined);
}

function parseLimit(line: Line, metric: Budget['metric'], selector: Selector): Limit {
  const { unit, scope } = metrics[metric];
  const start = line.next;
  if (!line.takeIf('baseline')) {
    const number = takeNumber(line, `a limit such as ${quantities[unit].example} or baseline + 5%`);
    if (line.next.text === '%') {
      throw line.unexpected('a unit', `A percentage is of the baseline: baseline + ${number.text}%.`);
    }
    return { kind: 'absolute', value: quantities[unit].parse(line, number) };
  }
  if (scope === 'delta') {
    const hint = `Write an absolute limit: ${metric} <= 500 MB.`;
    throw line.mistake(start, `${metric} is what an image costs a node that has the baseline already`, hint);
  }
  if (selector.holds === 'baseline') {
    const hint = 'Write an absolute limit, or leave out holds=baseline.';
    throw line.mistake(start, 'a node that holds the baseline pulls it in no time: nothing to compare', hint);
  }
  if (line.next.kind === 'end') return { kind: 'relative', absolute: 0 };
  if (!line.takeIf('+')) throw line.unexpected('"+" or the end of the line');
  return parseGrowth(line, unit);
}

/** `5%`, `100 MB`, or both with `and` between, in either order. */
function parseGrowth(line: Line, unit: Unit): Limit {
  const growth: Growth = {};
  do {
    const number = takeNumber(line, `how much it may grow, such as 5% or ${quantities[unit].example}`);
    const term: Growth = line.takeIf('%')
      ? { percent: Number(number.text) }
      : { absolute: quantities[unit].parse(line, number) };
    const [key] = Object.keys(term) as (keyof Growth)[];
    if (key && growth[key] !== undefined) {
      throw line.mistake(number, 'a growth has one percentage and one amount at most', andMeaning);
    }
    Object.assign(growth, term);
  } while (line.takeIf('and'));
  if (line.next.kind !== 'end') throw line.unexpected('"and" or the end of the line', andMeaning);
  return { kind: 'relative', ...growth };
}

type Growth = Omit<Extract<Limit, { kind: 'relative' }>, 'kind'>;

const andMeaning =
  '"5% and 100 MB" fails what grows by more than both; to fail what passes either, write two budgets.';

interface Quantity {
  readonly example: string;
  /** Takes the unit behind the number. */
  parse(line: Line, number: Token): number;
}

const quantities: Readonly<Record<Unit, Quantity>> = {
  bytes: {
    example: '6 GB',
    parse: (line, number) => withUnit(line, number, 'B, kB, MB, GB, TB, KiB, MiB, GiB or TiB', parseBytes),
  },
  seconds: {
    example: '45 s',
    parse: (line, number) => withUnit(line, number, 'ms, s, min or h', parseSeconds),
  },
  count: {
    example: '60',
    parse(line, number) {
      if (line.next.kind === 'word' && line.next.text !== 'and') {
        throw line.mistake(line.next, 'layers are counted, without a unit');
      }
      const count = Number(number.text);
      if (Number.isSafeInteger(count)) return count;
      throw line.mistake(number, `${number.text} is not a count of layers`);
    },
  },
};

function takeNumber(line: Line, expected: string): Token {
  if (line.next.kind !== 'number') throw line.unexpected(expected);
  const number = line.take();
  if (Number.isFinite(Number(number.text))) return number;
  throw line.mistake(number, 'this number is too large');
}

function withUnit(line: Line, number: Token, units: string, parse: (text: string) => number): number {
  if (line.next.kind !== 'word') throw line.unexpected(`a unit: ${units}`);
  const unit = line.take();
  return explain(line, unit, () => parse(`${number.text} ${unit.text}`), `Units: ${units}.`);
}

/** Runs a parser of a smaller language; its error becomes one that points at the token. */
function explain<T>(line: Line, token: Token, parse: () => T, hint?: string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PullBudgetError)) throw error;
    throw line.mistake(token, error.message, hint ?? error.hint);
  }
}
