import { judge } from './judge.ts';
import type { GateInput } from './judgement.ts';

/** How often each kind of pull is repeated while times do not decide. */
const steps = [3, 5, 7];

/**
 * After `runs` pulls of each kind: how many there should be in all, and how many that are more, so that a time
 * may be decided. Undefined where all are, where pulling again cannot help, and where enough is enough.
 */
export function nextRuns(input: GateInput, runs: number): { total: number; add: number } | undefined {
  const total = steps.find((step) => step > runs);
  const isOpen = judge(input).some(({ open }) => open?.by === 'samples' || open?.by === 'faults');
  return isOpen && total !== undefined ? { total, add: total - runs } : undefined;
}
