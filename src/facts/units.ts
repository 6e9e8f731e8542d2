import { inputError } from '../content/error.ts';
import type { Unit } from './budget.ts';

/** Decimal and binary, as docker, AWS and IEC write them. */
const byteUnits = new Map([
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);
const secondUnits = new Map([
  ['ms', 1e-3],
  ['s', 1],
  ['sec', 1],
  ['m', 60],
  ['min', 60],
  ['h', 3600],
]);

const quantity = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)$/i;

/** `6 GB`, `1.5GiB`, `512 MB`; a bare number is bytes. Rounded to whole bytes. @throws PullBudgetError `bad-size` */
export function parseBytes(text: string): number {
  const bytes = Math.round(product(text, byteUnits, 'b'));
  if (!Number.isSafeInteger(bytes)) {
    throw inputError('bad-size', `"${text}" is not a size`, {
      hint: 'Write a number and a unit: 500 MB, 6 GB, 1.5 GiB.',
    });
  }
  return bytes;
}

/**
 * `45 s`, `1.5 min`, `300ms`; a bare number is seconds. Rounded to whole nanoseconds, which a double keeps apart
 * for times up to months. @throws PullBudgetError `bad-duration`
 */
export function parseSeconds(text: string): number {
  const nanoseconds = Math.round(product(text, secondUnits, 's') * 1e9);
  if (!Number.isSafeInteger(nanoseconds)) {
    throw inputError('bad-duration', `"${text}" is not a duration`, {
      hint: 'Write a number and a unit: 45 s, 2 min, 300 ms.',
    });
  }
  return nanoseconds / 1e9;
}

/** NaN for what is no number with one of the units. */
function product(text: string, units: ReadonlyMap<string, number>, bare: string): number {
  const match = quantity.exec(text.trim());
  return Number(match?.[1]) * (units.get((match?.[2] || bare).toLowerCase()) ?? Number.NaN);
}

/** Decimal units with three digits, as registries and clouds bill: `9.72 GB`. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let unit = 'B';
  for (const larger of ['kB', 'MB', 'GB', 'TB']) {
    // 999.5 would round up to 1000: it belongs to the next unit.
    if (value < 999.5) break;
    value /= 1000;
    unit = larger;
  }
  return `${bytes < 0 ? '-' : ''}${unit === 'B' ? Math.round(value) : threeDigits(value)} ${unit}`;
}

/** `4 MiB`: a size that somebody chose, as it was written; as formatBytes has it where it is no whole binary unit. */
export function formatChosenBytes(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit: string | undefined;
  for (const larger of units) {
    if (value === 0 || value % 1024 !== 0) break;
    value /= 1024;
    unit = larger;
  }
  return unit === undefined ? formatBytes(bytes) : `${value} ${unit}`;
}

/** `4.20 ms`, `0.42 s`, `21.3 s`, `6 min 59 s`. Three digits throughout: what is short differs by little. */
export function formatSeconds(seconds: number): string {
  const sign = seconds < 0 ? '-' : '';
  const value = Math.abs(seconds);
  if (value > 0 && value < 0.0995) return `${sign}${threeDigits(value * 1000)} ms`;
  if (value < 99.95) return `${sign}${threeDigits(value)} s`;
  const whole = Math.round(value);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return (
    sign +
    [hours ? `${hours} h` : '', minutes ? `${minutes} min` : '', rest ? `${rest} s` : '']
      .filter(Boolean)
      .join(' ')
  );
}

/** A value as its unit is read: `6.38 GB`, `45.2 s`, `61`. */
export const formatValue: Readonly<Record<Unit, (value: number) => string>> = {
  bytes: formatBytes,
  count: (value) => String(Math.round(value)),
  seconds: formatSeconds,
};

function threeDigits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
