import { inputError } from '../../../content/error.ts';
import type { Limits } from './layer-plan.ts';

/** @throws PullBudgetError `bad-limits` where they are no numbers that can be met, or contradict each other */
export function checkLimits(limits: Limits): void {
  const { maxLayers, minLayerBytes, targetLayerBytes, maxLayerBytes, slack } = limits;
  if (!Number.isInteger(maxLayers) || maxLayers < 1) {
    refuse(`max-layers is ${maxLayers}`, 'Write a whole number from 1 to 127.');
  }
  for (const bytes of [minLayerBytes, targetLayerBytes, maxLayerBytes, slack]) {
    if (!Number.isFinite(bytes) || bytes < 0) refuse(`${bytes} is no limit`, 'Write a positive number.');
  }
  if (minLayerBytes > targetLayerBytes || targetLayerBytes > maxLayerBytes || maxLayerBytes === 0) {
    refuse(
      `min-layer-size (${minLayerBytes} B), target-layer-size (${targetLayerBytes} B) and max-layer-size (${maxLayerBytes} B) contradict each other`,
      'The smallest must not be above the target, nor the target above the largest.',
    );
  }
}

function refuse(message: string, hint: string): never {
  throw inputError('bad-limits', message, { hint });
}

/** @throws PullBudgetError `too-many-layers` where nothing can be put on top of `carried` layers */
export function checkRoom(carried: number, limits: Limits): void {
  if (carried < limits.maxLayers) return;
  throw inputError(
    'too-many-layers',
    `the base alone has ${carried} layers, and ${limits.maxLayers} are allowed with what goes on top`,
    { hint: 'Raise `max-layers`, or set `flatten-base: true`.' },
  );
}
