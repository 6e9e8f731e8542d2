import type { Settings } from '../config/settings.ts';
import { inputError } from '../content/error.ts';
import { formatPlatform, hostPlatform, parsePlatform, platformMatches } from '../content/image/platform.ts';
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
  const platform = measuredPlatform(described.image);
  const placed = async (
    subject: Subject,
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
    return { image: { subject, open: at.open, digest: at.digest, platform: parsePlatform(platform) }, at };
  };
  const image = await placed('image');
  const baseline = await placed('baseline', image?.at);
  return createMeasurement({
    subjects: [image, baseline].flatMap((one) => one?.image ?? []),
    // A third of the time more, so only where somebody asks.
    holdsBaseline: baseline !== undefined && budgets.some(({ selector }) => selector.holds === 'baseline'),
    sameRegistry: baseline === undefined || baseline.at.registry === image?.at.registry,
    seed: settings.seed,
    scratch: settings.scratch,
    attempts: settings.attempts,
    sampleTimeoutSeconds: settings.sampleTimeout,
    unpackRatioLimit: settings.unpackRatioLimit,
    progress: context.progress,
    signal: context.signal,
  });
}

/** This machine's platform, else the image's only one. @throws PullBudgetError `no-platform` */
function measuredPlatform(facts: ImageSetFacts): string {
  const host = hostPlatform();
  const mine = facts.platforms.find((image) => platformMatches(parsePlatform(image.platform), host));
  const only = facts.platforms.length === 1 ? facts.platforms[0] : undefined;
  const chosen = mine ?? only;
  if (chosen) return chosen.platform;
  throw inputError(
    'no-platform',
    `${facts.name} has no image for this machine (${formatPlatform(host)}) to measure`,
    {
      hint: `Set platforms to one of ${facts.platforms.map((image) => image.platform).join(', ')}, or runs to 0.`,
    },
  );
}
