import type { Settings } from '../config/settings.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import { isSamePlatform } from '../content/image/platform.ts';
import { readUnpackedSizes } from '../content/layer/unpacked-sizes.ts';
import type { Budget, Metric } from '../facts/budget.ts';
import type { ImageFacts, ImageSetFacts, LayerFacts } from '../facts/image.ts';
import type { RelayerFacts } from '../facts/relayer.ts';
import type { Measurement } from '../facts/sample.ts';
import type { Context } from './context.ts';
import type { Described } from './describe.ts';
import type { OpenImage } from './open.ts';

/** Metrics that need to know what layers unpack to. */
const needSizes: readonly Metric[] = ['unpacked', 'delta-unpacked'];

/** The facts, with the unpacked sizes that a measurement saw. */
export function withMeasuredSizes(described: Described, measurement: Measurement | undefined): Described {
  return withSizesOfBoth(described, new Map(Object.entries(measurement?.unpackedBytesByLayer ?? {})));
}

/** The facts, with what re-layering knows of layers, those too that it did not read. */
export function withRelaidSizes(described: Described, relaid: readonly RelayerFacts[] = []): Described {
  const layers = relaid.flatMap((image) => image.layers);
  return withSizesOfBoth(described, new Map(layers.map((layer) => [layer.digest, layer.unpackedBytes])));
}

function withSizesOfBoth(described: Described, sizes: ReadonlyMap<string, number>): Described {
  return {
    image: withSizes(described.image, sizes),
    baseline: described.baseline && withSizes(described.baseline, sizes),
  };
}

/**
 * The facts, with what no measurement saw (another platform, `runs: 0`) read from the layers themselves: they are
 * read whole, so only those of platforms that a budget asks about, the baseline's only for a relative one.
 */
export async function withReadSizes(
  described: Described,
  found: { readonly image: OpenImage; readonly baseline: OpenImage | undefined },
  budgets: readonly Budget[],
  settings: Settings,
  context: Context,
): Promise<Described> {
  const read = async (
    image: OpenImage,
    facts: ImageSetFacts,
    asking: readonly Budget[],
  ): Promise<ImageSetFacts> => {
    const unknown = facts.platforms
      .filter(({ platform }) => described.image.platforms.some((one) => one.platform === platform))
      .filter(({ platform }) => asking.some((budget) => isAbout(budget, platform)))
      .flatMap(({ layers }) => layers)
      .filter((layer) => layer.unpackedBytes === undefined);
    if (unknown.length === 0) return facts;
    const sizes = await context.phase(`Read the layers of ${facts.name}`, () =>
      readUnpackedSizes(image.source, unknown.map(layerDescriptor), {
        ratioLimit: settings.unpackRatioLimit,
        progress: context.progress,
        signal: context.signal,
      }),
    );
    return withSizes(facts, sizes);
  };
  const asking = budgets.filter(({ metric }) => needSizes.includes(metric));
  const relative = asking.filter(({ limit }) => limit.kind === 'relative');
  return {
    image: await read(found.image, described.image, asking),
    baseline:
      found.baseline && described.baseline && (await read(found.baseline, described.baseline, relative)),
  };
}

const isAbout = ({ selector }: Budget, platform: string): boolean =>
  selector.platform === undefined || isSamePlatform(platform, selector.platform);

/** A layer of facts as content/layer reads it: the digests were checked when the facts were made. */
function layerDescriptor({ digest, diffId, mediaType, bytes }: LayerFacts) {
  return {
    descriptor: { digest, mediaType, size: bytes } as Descriptor,
    diffId: diffId as Descriptor['digest'],
  };
}

function withSizes(facts: ImageSetFacts, sizes: ReadonlyMap<string, number>): ImageSetFacts {
  const sized = (image: ImageFacts): ImageFacts => ({
    ...image,
    layers: image.layers.map((layer) => {
      const unpackedBytes = layer.unpackedBytes ?? sizes.get(layer.digest);
      return unpackedBytes === undefined ? layer : { ...layer, unpackedBytes };
    }),
  });
  return { ...facts, platforms: facts.platforms.map(sized) };
}
