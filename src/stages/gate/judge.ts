import { isSamePlatform } from '../../content/image/platform.ts';
import type { Budget } from '../../facts/budget.ts';
import type { ImageFacts } from '../../facts/image.ts';
import { decided, type GateInput, inSentence, type Judgement } from './judgement.ts';
import { metrics } from './metrics.ts';
import { judgeDelta, judgeImage } from './sizes.ts';
import { judgePulls } from './times.ts';

/** Each budget on each platform that it is for, before policy and waivers. */
export function judge(input: GateInput): Judgement[] {
  return input.budgets.flatMap((budget) => {
    const metric = metrics[budget.metric];
    const images = imagesOf(budget, input);
    if (images.length === 0) return [notThere(budget, input)];
    return images.flatMap((image) => {
      if (metric.scope === 'image') return [judgeImage(budget, metric, image, input)];
      if (metric.scope === 'delta') return [judgeDelta(budget, metric, image, input)];
      return judgePulls(budget, metric, image, input);
    });
  });
}

/** Of an index each platform's image, or the one that the budget names; times only where something was measured. */
function imagesOf({ metric, selector }: Budget, { image, measurement }: GateInput): readonly ImageFacts[] {
  const { platform } = selector;
  if (platform !== undefined) {
    return image.platforms.filter((candidate) => isSamePlatform(candidate.platform, platform));
  }
  if (metrics[metric].scope !== 'pull') return image.platforms;
  const pulls = [...(measurement?.samples ?? []), ...(measurement?.faults ?? [])];
  const measured = image.platforms.filter((candidate) =>
    pulls.some((pull) => pull.subject === 'image' && pull.platform === candidate.platform),
  );
  return measured.length > 0 ? measured : image.platforms;
}

function notThere(budget: Budget, { image }: GateInput): Judgement {
  const platforms = image.platforms.map(({ platform }) => inSentence(platform)).join(', ');
  const { platform = 'no platform' } = budget.selector;
  const reason = platforms
    ? `the image has no ${platform}; it has ${platforms}`
    : 'the image has no platform at all';
  return decided({ budget, platform }, 'error', reason);
}
