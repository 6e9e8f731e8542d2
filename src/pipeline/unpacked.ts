import type { Settings } from '../config/settings.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import { readUnpackedSizes } from '../content/layer/unpacked-sizes.ts';
import type { Budget, Metric } from '../facts/budget.ts';
import type { ImageFacts, ImageSetFacts, LayerFacts } from '../facts/image.ts';
import type { Measurement } from '../facts/sample.ts';
import type { Context } from './context.ts';
import type { Described } from './describe.ts';
import type { OpenImage } from './open.ts';

/** Metrics that need to know what layers unpack to. */
const needSizes: readonly Metric[] = ['unpacked', 'delta-unpacked'];

/** The facts, with the unpacked sizes that a measurement saw. */
export function withMeasuredSizes(described: Described, measurement: Measurement | undefined): Described {
  const sizes = new Map(Object.entries(measurement?.unpackedBytesByLayer ?? {}));
  return {
    image: withSizes(described.image, sizes),
    baseline: described.baseline && withSizes(described.baseline, sizes),
  };
}

/**
 * The facts, with what no measurement saw (another platform, `runs: 0`) read from the layers themselves:
 * only where a budget asks, since it reads them whole. The baseline's are read only for a relative budget.
 */
export async function withReadSizes(
  described: Described,
  found: { readonly image: OpenImage; readonly baseline: OpenImage | undefined },
  budgets: readonly Budget[],
  settings: Settings,
  context: Context,
): Promise<Described> {
  const asking = budgets.filter(({ metric }) => needSizes.includes(metric));
  const relative = asking.some(({ limit }) => limit.kind === 'relative');
  const read = async (image: OpenImage, facts: ImageSetFacts): Promise<ImageSetFacts> => {
    const unknown = facts.platforms
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
  return {
    image: asking.length > 0 ? await read(found.image, described.image) : described.image,
    baseline:
      relative && found.baseline && described.baseline
        ? await read(found.baseline, described.baseline)
        : described.baseline,
  };
}

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
