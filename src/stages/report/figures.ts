import type { Unit } from '../../facts/budget.ts';
import { formatValue } from '../../facts/units.ts';

/** `+380 MB (+6.3 %)`; of nothing there is no share. */
export function formatChange(now: number, before: number, unit: Unit): string {
  if (now === before) return 'none';
  const signed = `${now > before ? '+' : ''}${formatValue[unit](now - before)}`;
  return before === 0
    ? signed
    : `${signed} (${now > before ? '+' : ''}${formatPercent(now - before, before)})`;
}

/** `6.3 %`; below a tenth `<0.1 %`. */
export function formatPercent(part: number, whole: number): string {
  if (part === 0 || whole === 0) return '0 %';
  const percent = (100 * part) / whole;
  if (Math.abs(percent) < 0.1) return percent < 0 ? '>-0.1 %' : '<0.1 %';
  return `${percent.toFixed(Math.abs(percent) < 99.95 ? 1 : 0)} %`;
}

/** `1 layer`, `12 layers`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
