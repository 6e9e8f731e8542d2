import { inputError } from '../../content/error.ts';
import { isSamePlatform } from '../../content/image/platform.ts';
import type { Budget } from '../../facts/budget.ts';
import type { ImageSetFacts } from '../../facts/image.ts';
import { inSentence } from './judgement.ts';
import { metrics } from './metrics.ts';

/** What budgets can be judged from. */
export interface Means {
  /** One is named, whether or not it is there yet. */
  readonly baseline: boolean;
  readonly pulls: boolean;
}

/**
 * Refuses budgets that nothing of this run could ever decide: a gate that always leaves one open is no gate.
 * @throws PullBudgetError `no-baseline-named`, `no-pulls`
 */
export function refuseUnjudgeable(budgets: readonly Budget[], means: Means): void {
  for (const budget of budgets) {
    if (isAgainstBaseline(budget) && !means.baseline) {
      const what = `budget "${budget.text}" is against a baseline, and none is named`;
      throw inputError('no-baseline-named', what, {
        hint: 'Set baseline to the image that nodes hold today.',
      });
    }
    if (metrics[budget.metric].scope === 'pull' && !means.pulls) {
      throw inputError('no-pulls', `budget "${budget.text}" needs pulls, and nothing is measured`, {
        hint: 'Set runs above 0, or judge a report with gate --report.',
      });
    }
  }
}

/** Refuses budgets for a platform that the image lacks. @throws PullBudgetError `no-platform` */
export function refuseMissingPlatforms(budgets: readonly Budget[], { name, platforms }: ImageSetFacts): void {
  for (const { text, selector } of budgets) {
    const { platform } = selector;
    if (platform === undefined || platforms.some((one) => isSamePlatform(one.platform, platform))) continue;
    throw inputError('no-platform', `budget "${text}" is for a platform that ${inSentence(name)} lacks`, {
      hint: `It has ${platforms.map((one) => inSentence(one.platform)).join(', ') || 'none'}.`,
    });
  }
}

function isAgainstBaseline({ metric, selector, limit }: Budget): boolean {
  return metrics[metric].scope === 'delta' || selector.holds === 'baseline' || limit.kind === 'relative';
}
