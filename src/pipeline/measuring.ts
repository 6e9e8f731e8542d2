import type { Settings } from '../config/settings.ts';
import { inputError } from '../content/error.ts';
import { formatPlatform, hostPlatform, isSamePlatform, splitPlatform } from '../content/image/platform.ts';
import type { RegistryOptions } from '../content/registry/registry.ts';
import type { Budget } from '../facts/budget.ts';
import type { ImageSetFacts } from '../facts/image.ts';
import type { Subject } from '../facts/sample.ts';
import { createMeasurement, type MeasuredImage, type Measuring } from '../stages/measure/measure.ts';
import type { Context } from './context.ts';
import type { Described } from './describe.ts';
import type { OpenImage } from './open.ts';
import { type Place, placeOf } from './place.ts';

interface Surroundings {
  readonly budgets: readonly Budget[];
  readonly settings: Settings;
  readonly options: RegistryOptions;
  readonly context: Context;
  /** Closes what is opened here when the run ends. */
  readonly open: AsyncDisposableStack;
}

/**
 * Gets both images to where they can be pulled from, and a measurement of them ready to run.
 * An image that is in no registry is served on loopback; its baseline is then served there too: times from two
 * registries do not compare.
 */
export async function startMeasuring(
  found: { readonly image: OpenImage; readonly baseline: OpenImage | undefined },
  described: Described,
  { budgets, settings, options, context, open }: Surroundings,
): Promise<Measuring> {
  const placed = async (
    subject: Subject,
    platform: string,
    like?: Place,
  ): Promise<{ image: MeasuredImage; at: Place } | undefined> => {
    const [image, facts] = [
      found[subject],
      described[subject]?.platforms.find((one) => one.platform === platform),
    ];
    if (!image || !facts) return undefined;
    const { scratch } = settings;
    const at = await placeOf(image, facts, { scratch, options, context, ...(like ? { like } : {}) });
    open.defer(() => at.close());
    return { image: { subject, open: at.open, digest: at.digest, platform: splitPlatform(platform) }, at };
  };
  const subjects: MeasuredImage[] = [];
  let sameRegistry = true;
  for (const platform of measuredPlatforms(described.image, budgets)) {
    const image = await placed('image', platform);
    const baseline = await placed('baseline', platform, image?.at);
    subjects.push(...[image, baseline].flatMap((one) => one?.image ?? []));
    if (baseline && baseline.at.registry !== image?.at.registry) sameRegistry = false;
  }
  return createMeasurement({
    subjects,
    // A third of the time more, so only where somebody asks.
    holdsBaseline:
      found.baseline !== undefined && budgets.some(({ selector }) => selector.holds === 'baseline'),
    sameRegistry,
    seed: settings.seed,
    scratch: settings.scratch,
    attempts: settings.attempts,
    sampleTimeoutSeconds: settings.sampleTimeout,
    unpackRatioLimit: settings.unpackRatioLimit,
    progress: context.progress,
    signal: context.signal,
  });
}

/**
 * This machine's platform, else the image's only one, and those that a time budget names: the embedded engine runs
 * nothing, so it can pull any. @throws PullBudgetError `no-platform`
 */
function measuredPlatforms(facts: ImageSetFacts, budgets: readonly Budget[]): ReadonlySet<string> {
  const there = facts.platforms.map((image) => image.platform);
  const host = formatPlatform(hostPlatform());
  const mine =
    there.find((have) => isSamePlatform(have, host)) ?? (there.length === 1 ? there[0] : undefined);
  const wanted = budgets
    .filter(({ metric }) => metric === 'pull-time')
    .flatMap(({ selector }) => selector.platform ?? []);
  const named = there.filter((have) => wanted.some((want) => isSamePlatform(have, want)));
  const chosen = new Set([...(mine === undefined ? [] : [mine]), ...named]);
  if (chosen.size > 0) return chosen;
  throw inputError('no-platform', `${facts.name} has no image for this machine (${host}) to measure`, {
    hint: `Set platforms to one of ${there.join(', ')}, or runs to 0.`,
  });
}
