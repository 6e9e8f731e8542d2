import { inputError } from '../content/error.ts';
import { deltasOf } from '../facts/delta.ts';
import type { Report } from '../facts/report.ts';
import { tool } from '../facts/tool.ts';
import { describeImages } from '../pipeline/describe.ts';
import { type OpenImage, openImage, registryOptions } from '../pipeline/open.ts';
import type { Call } from './call.ts';

/** The image that the settings name. The caller closes its source. @throws PullBudgetError `no-image`, and what openImage throws */
export async function openNamedImage({ settings, context }: Call): Promise<OpenImage> {
  if (settings.image === undefined) {
    throw inputError('no-image', 'no image is named', { hint: 'Name one as the argument of the command.' });
  }
  return openImage(settings.image, registryOptions(settings, context));
}

/**
 * What manifests and configs tell of the image and the baseline that the settings name, as a report without times
 * and verdicts: `gate --report` can judge it. No layer is read.
 */
export async function describeNamed(call: Call): Promise<Report> {
  const { settings, context } = call;
  const options = registryOptions(settings, context);
  await using open = new AsyncDisposableStack();
  const image = await openNamedImage(call);
  open.defer(() => image.source.close());
  const baseline = settings.baseline && (await openImage(settings.baseline, options));
  if (baseline) open.defer(() => baseline.source.close());
  const facts = await describeImages(image, baseline, settings.platforms);
  return {
    schemaVersion: 1,
    tool,
    createdAt: new Date().toISOString(),
    image: facts.image,
    ...(facts.baseline ? { baseline: facts.baseline } : {}),
    deltas: facts.baseline ? deltasOf(facts.image, facts.baseline) : [],
    pushed: [],
  };
}
