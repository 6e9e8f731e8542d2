import type { Settings } from '../config/settings.ts';
import { inputError } from '../content/error.ts';
import type { ImageName } from '../content/image/name.ts';
import { formatReference } from '../content/image/reference.ts';
import { openRegistry, type RegistryOptions } from '../content/registry/registry.ts';
import type { Budget } from '../facts/budget.ts';
import { deltasOf } from '../facts/delta.ts';
import type { Report } from '../facts/report.ts';
import type { Measurement } from '../facts/sample.ts';
import { tool } from '../facts/tool.ts';
import { parseBudgets } from '../stages/gate/budgets.ts';
import { evaluate, type GateInput } from '../stages/gate/evaluate.ts';
import { refuseMissingPlatforms, refuseUnjudgeable } from '../stages/gate/needs.ts';
import { nextRuns } from '../stages/gate/repeat.ts';
import { type BaselineNames, latestBeside, openBaseline } from './baseline.ts';
import type { Context } from './context.ts';
import { type Described, describeImages } from './describe.ts';
import { startMeasuring } from './measuring.ts';
import { type OpenImage, openImage, registryOptions } from './open.ts';
import { type Pushable, parseTags, pushImage } from './push.ts';
import { relay, withPlanArtifacts } from './relayer.ts';
import { planSoci, pushIndexed } from './soci.ts';
import { withMeasuredSizes, withReadSizes, withRelaidSizes } from './unpacked.ts';

/** The images that a run is about. */
interface Found {
  readonly image: OpenImage;
  readonly baseline: OpenImage | undefined;
  /** Set where a baseline was asked for and is not there. */
  readonly baselineMissing: string | undefined;
  /** References that the image was pushed to. */
  readonly pushed: readonly string[];
  /** What was made of the image. */
  readonly made?: Pick<Report, 'relayer' | 'relayerNotices' | 'soci' | 'sociImage'>;
}

/**
 * The stages in order: find the baseline → re-layer → index → push → measure → gate. Without `push` an image that is in no registry
 * is measured from one on loopback, and not indexed; with `runs: 0` nothing is measured; without budgets nothing is judged.
 * @throws PullBudgetError of kind `input` or `infrastructure`; a failed budget is a verdict, not an error
 */
export async function runPipeline(given: Settings, context: Context): Promise<Report> {
  const usual = usualBaseline(given);
  const settings = { ...given, baseline: given.baseline ?? usual };
  const budgets = parseBudgets(settings.budgets, settings.placeInBudgets);
  refuseUnjudgeable(budgets, { baseline: settings.baseline !== undefined, pulls: settings.runs > 0 });
  for (const remark of settings.remarks ?? []) context.notice(remark);
  const options = registryOptions(settings, context);
  await using open = new AsyncDisposableStack();
  const baseline = { named: given.baseline, usual };
  const found = await findImages({ settings, baseline, budgets, options, context, open });
  const described = withRelaidSizes(
    await context.phase('Inspect', () => describeImages(found.image, found.baseline, settings.platforms)),
    found.made?.relayer,
  );
  const judged = (facts: Described, measurement: Measurement | undefined) =>
    gateInput(settings, budgets, facts, found.baselineMissing, measurement);

  const measuring =
    settings.runs === 0
      ? undefined
      : await startMeasuring(found, described, { budgets, settings, options, context, open });
  if (measuring) {
    await context.phase('Measure', async () => {
      let more: { add: number; total: number } | undefined = { add: settings.runs, total: settings.runs };
      while (more) {
        await measuring.run(more.add);
        const measurement = measuring.facts();
        more = nextRuns(judged(withMeasuredSizes(described, measurement), measurement), more.total);
        if (more)
          context.notice(
            `A time budget is undecided: ${more.total} runs instead of ${more.total - more.add}.`,
          );
      }
    });
  }
  const measurement = measuring?.facts();
  const sized = await withReadSizes(
    withMeasuredSizes(described, measurement),
    found,
    budgets,
    settings,
    context,
  );
  return reportOf(judged(sized, measurement), found);
}

/** Where an image that is re-laid finds the release before, if nobody names it. @throws PullBudgetError `bad-reference` */
function usualBaseline({ relayer, tags }: Settings): ImageName | undefined {
  return relayer && tags.length > 0 ? latestBeside(parseTags(tags)[0]) : undefined;
}

interface Search {
  readonly settings: Settings;
  readonly baseline: BaselineNames;
  readonly budgets: readonly Budget[];
  readonly options: RegistryOptions;
  readonly context: Context;
  /** Closes what is opened when the run ends. */
  readonly open: AsyncDisposableStack;
}

async function findImages({
  settings,
  baseline: names,
  budgets,
  options,
  context,
  open,
}: Search): Promise<Found> {
  if (settings.image === undefined) {
    throw inputError('no-image', 'no image is named', {
      hint: 'Set image to what was built: oci:DIR, docker-daemon:NAME, or a reference in a registry.',
    });
  }
  const name = settings.image;
  const references = settings.push ? parseTags(settings.tags) : undefined;
  const plan = planSoci(settings.soci ?? 'off', settings.sociTagSuffix);
  const opened = await context.phase('Resolve', () => openImage(name, options));
  open.defer(() => opened.source.close());
  if (budgets.some(({ selector }) => selector.platform !== undefined)) {
    // Described once more after a push, which may leave platforms out.
    refuseMissingPlatforms(budgets, (await describeImages(opened, undefined, settings.platforms)).image);
  }
  // Looked up before the push: a tag that is pushed may be the baseline's own.
  const { image: baseline, missing: baselineMissing } = await openBaseline(names, options);
  if (baseline) open.defer(() => baseline.source.close());
  if (baselineMissing) {
    const afresh = settings.relayer ? ', and the image is re-laid afresh' : '';
    context.notice(`No baseline: ${baselineMissing}. Budgets against it pass this time${afresh}.`);
  }
  const relaid = settings.relayer
    ? await relay({ image: opened, baseline, settings, options, context }, open)
    : undefined;
  if (relaid) open.defer(() => relaid.close());
  const image: OpenImage = relaid ?? opened;
  const relaying = relaid && {
    relayer: [...relaid.facts],
    ...(relaid.notices.length > 0 ? { relayerNotices: [...relaid.notices] } : {}),
  };
  if (!references) return { image, baseline, baselineMissing, pushed: [], made: { ...relaying } };

  const known = settings.baseline ? [settings.baseline] : [];
  const attach = <T extends Pushable>(what: T): Promise<T> =>
    withPlanArtifacts(what, relaid?.plans ?? [], settings.platforms);
  const request = { image, plan, known, made: relaid?.ztocs, settings, options, context, attach };
  const { descriptor, ...indexed } = plan
    ? await pushIndexed({ ...request, plan }, references)
    : {
        descriptor: await context.phase('Push', async () =>
          pushImage(await attach(image), references, settings.platforms, options, context),
        ),
      };
  const source = openRegistry(references[0], options);
  open.defer(() => source.close());
  return {
    image: { name: formatReference(references[0]), source, descriptor },
    baseline,
    baselineMissing,
    pushed: references.map(formatReference),
    made: { ...relaying, ...indexed },
  };
}

function gateInput(
  settings: Settings,
  budgets: readonly Budget[],
  facts: Described,
  baselineMissing: string | undefined,
  measurement: Measurement | undefined,
): GateInput {
  return {
    budgets,
    waivers: settings.waivers,
    onInconclusive: settings.onInconclusive,
    today: new Date().toISOString().slice(0, 10),
    image: facts.image,
    ...(facts.baseline ? { baseline: facts.baseline } : {}),
    ...(baselineMissing === undefined ? {} : { baselineMissing }),
    deltas: facts.baseline ? deltasOf(facts.image, facts.baseline) : [],
    ...(measurement ? { measurement } : {}),
  };
}

function reportOf(input: GateInput, found: Found): Report {
  return {
    schemaVersion: 1,
    tool,
    createdAt: new Date().toISOString(),
    image: input.image,
    ...(input.baseline ? { baseline: input.baseline } : {}),
    ...(input.baselineMissing === undefined ? {} : { baselineMissing: input.baselineMissing }),
    deltas: [...input.deltas],
    ...(input.measurement ? { measurement: input.measurement } : {}),
    gate: evaluate(input),
    pushed: [...found.pushed],
    ...found.made,
  };
}
