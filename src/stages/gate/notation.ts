import type { Budget, Limit, Selector, Unit } from '../../facts/budget.ts';
import { parseBytes } from '../../facts/units.ts';
import { metrics } from './metrics.ts';

/** A budget as one would write it; parsing it gives the same budget. */
export function formatBudget(budget: Omit<Budget, 'text'>): string {
  const prefix = budget.severity === 'warn' ? 'warn: ' : '';
  return `${prefix}${leftSide(budget)} <= ${formatLimit(budget.limit, metrics[budget.metric].unit)}`;
}

/** What stands before the operator: `size[linux/arm64]`. */
export function leftSide({ metric, selector }: Pick<Budget, 'metric' | 'selector'>): string {
  const { platform, engine, holds, reuse } = selector;
  const parts = [platform, engine, holds && `holds=${holds}`, reuse].filter((part) => part !== undefined);
  return parts.length > 0 ? `${metric}[${parts.join(',')}]` : metric;
}

/** What makes two budgets one: everything but the numbers of their limits, defaults filled in. */
export function budgetKey(budget: Budget): string {
  const selector: Selector = { holds: 'nothing', reuse: 'chain', ...budget.selector };
  const limit = Object.keys(budget.limit).toSorted().join('+');
  return `${budget.severity}: ${leftSide({ ...budget, selector })} ${budget.limit.kind} ${limit}`;
}

function formatLimit(limit: Limit, unit: Unit): string {
  if (limit.kind === 'absolute') return exact[unit](limit.value);
  const terms = [
    ...(limit.percent === undefined ? [] : [`${decimal(limit.percent)}%`]),
    ...(limit.absolute === undefined ? [] : [exact[unit](limit.absolute)]),
  ];
  return `baseline + ${terms.join(' and ')}`;
}

const byteUnits = ['TB', 'TiB', 'GB', 'GiB', 'MB', 'MiB', 'kB', 'KiB'].map((name) => ({
  name,
  bytes: parseBytes(`1 ${name}`),
}));

const exact: Readonly<Record<Unit, (value: number) => string>> = {
  bytes(value) {
    for (const { name, bytes } of byteUnits) {
      const text = `${Number((value / bytes).toFixed(3))} ${name}`;
      if (value >= bytes && parseBytes(text) === value) return text;
    }
    return `${value} B`;
  },
  count: String,
  seconds: (value) => `${decimal(value)} s`,
};

/** Never `1e-7`, which is no number in a budget. */
function decimal(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumSignificantDigits: 21 });
}
