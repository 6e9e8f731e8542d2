import type { ImageName } from '../content/image/name.ts';
import { formatPlatform } from '../content/image/platform.ts';
import { formatBytes } from '../facts/units.ts';
import { latestBeside, openBaseline } from '../pipeline/baseline.ts';
import { describeImages } from '../pipeline/describe.ts';
import { registryOptions } from '../pipeline/open.ts';
import { planRelay } from '../pipeline/relayer.ts';
import { layerDelta } from '../stages/relayer/delta.ts';
import { explain, type PlannedLayer } from '../stages/relayer/plan.ts';
import type { PlannedImage } from '../stages/relayer/relayer-platform.ts';
import { codeSpan, type Document, type Inline, type Section } from '../stages/report/document.ts';
import { counted } from '../stages/report/figures.ts';
import { shortDigest } from '../stages/report/layers.ts';
import { layerContents } from '../stages/report/relayer.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import type { Call } from './call.ts';
import { openNamedImage } from './named-images.ts';

/** What of a plan is shown. */
interface PlatformPlan {
  readonly platform: string;
  readonly layers: readonly {
    readonly kind: PlannedLayer['kind'];
    readonly digest?: string;
    readonly diffId?: string;
    /** Compressed; of new layers an estimate. */
    readonly bytes: number;
    readonly files?: number;
    readonly whiteouts?: number;
    readonly title: string;
    readonly reason: string;
  }[];
  /** Bytes of layers: what a node with the baseline downloads of the image as it is built; undefined without one. */
  readonly asBuilt: number | undefined;
  /** By estimate: what it downloads then, what a node with nothing does, and what of that no container sees. */
  readonly cost: PlannedImage['plan']['cost'];
  readonly explained: readonly string[];
}

/** Prints how an image would be re-laid, and what that costs. Writes nothing. */
export async function run(call: Call): Promise<number> {
  const { settings, flags, context, output } = call;
  const options = registryOptions(settings, context);
  await using open = new AsyncDisposableStack();
  const image = await openNamedImage(call);
  open.defer(() => image.source.close());
  const usual = usualBaseline(settings.image);
  const baseline = await openBaseline({ named: settings.baseline, usual }, options);
  if (baseline.image) open.defer(() => baseline.image?.source.close());
  else context.notice(`No baseline: ${baseline.missing ?? unnamed}. This is what a first run makes.`);
  const input = { image, baseline: baseline.image, settings, options, context };
  const facts = await describeImages(image, baseline.image, settings.platforms);
  const contents = layerContents([facts.image, ...(facts.baseline ? [facts.baseline] : [])]);
  const platforms = await planRelay(input, (planned) =>
    planned.map((one) => platformPlan(one, contents, flags.explain)),
  );
  const result = { image: image.name, digest: image.descriptor.digest, platforms };
  output.show(result, () => terminalDocument(documentOf(image.name, platforms), output));
  return 0;
}

/** As `relayer` has it, if the image is to go to the repository that it is in. It is not its own release before. */
function usualBaseline(image: ImageName | undefined): ImageName | undefined {
  if (image?.transport !== 'docker') return undefined;
  const { tag = 'latest', digest } = image.reference;
  return digest === undefined && tag === 'latest' ? undefined : latestBeside(image.reference);
}

const unnamed = 'none is named (run and relayer look for latest beside the place that they write to)';

function platformPlan(
  { input, before, plan, tree, owners, stacks }: PlannedImage,
  contents: ReadonlyMap<string, string>,
  path: string | undefined,
): PlatformPlan {
  return {
    platform: formatPlatform(input.platform),
    layers: plan.layers.map((layer) => {
      if (layer.kind === 'new') {
        const { kind, title, reason, nodes, whiteouts, bytes } = layer;
        return { kind, bytes, title, reason, files: nodes.length, whiteouts: whiteouts.length };
      }
      const held = stacks[layer.from][layer.index];
      return {
        kind: layer.kind,
        ...(held && { digest: held.layer.descriptor.digest, diffId: held.diffId }),
        bytes: held?.bytes ?? 0,
        title: (held && contents.get(held.diffId)) ?? '',
        reason: layer.from === 'base' ? 'of the base image' : 'unchanged since the baseline',
      };
    }),
    asBuilt: input.baseline && layerDelta(input.layers, before).chain,
    cost: {
      delta: Math.round(plan.cost.delta),
      fresh: Math.round(plan.cost.fresh),
      dead: Math.round(plan.cost.dead),
    },
    explained:
      path === undefined
        ? []
        : [explain(plan, tree, owners, Buffer.from(path.split('/').filter(Boolean).join('/')))],
  };
}

function documentOf(image: string, platforms: readonly PlatformPlan[]): Document {
  return {
    headline: { text: `${image}: ${counted(platforms[0]?.layers.length ?? 0, 'layer')}` },
    about: platforms.flatMap(({ explained }) => explained.map((text) => [text])),
    sections: platforms.map(platformSection),
  };
}

function platformSection({ platform, layers, asBuilt, cost }: PlatformPlan): Section {
  const dead = cost.dead === 0 ? '' : `, of which no container sees ${formatBytes(cost.dead)}`;
  return {
    title: platform,
    before: [
      ...(asBuilt === undefined
        ? []
        : [
            [
              `By estimate a node with the baseline downloads ${formatBytes(cost.delta)} of layers, `,
              `as built it would be ${formatBytes(asBuilt)}.`,
            ],
          ]),
      [`One with nothing downloads some ${formatBytes(cost.fresh)}${dead}.`],
    ],
    table: {
      columns: [
        { title: '#', align: 'right' },
        { title: 'Layer' },
        { title: 'Size', align: 'right' },
        { title: 'What is in it', narrow: 'wrap' },
        { title: 'Why', narrow: 'last' },
      ],
      rows: layers.map(({ digest, title, reason, bytes }, at): Inline[] => [
        `${at + 1}`,
        digest === undefined ? 'new' : codeSpan(shortDigest(digest)),
        `${digest === undefined ? '~' : ''}${formatBytes(bytes)}`,
        title || '–',
        reason,
      ]),
    },
  };
}
