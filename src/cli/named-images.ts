import { inputError } from '../content/error.ts';
import { deltasOf } from '../facts/delta.ts';
import type { Report } from '../facts/report.ts';
import { tool } from '../facts/tool.ts';
import { describeImages } from '../pipeline/describe.ts';
import { openImage, registryOptions } from '../pipeline/open.ts';
import type { Call } from './call.ts';

/**
 * What manifests and configs tell of the image and the baseline that the settings name, as a report without times
 * and verdicts: `gate --report` can judge it. No layer is read.
 */
export async function describeNamed({ settings, context }: Call): Promise<Report> {
  const options = registryOptions(settings, context);
  if (settings.image === undefined) {
    throw inputError('no-image', 'no image is named', { hint: 'Name one as the argument of the command.' });
  }
  await using open = new AsyncDisposableStack();
  const image = await openImage(settings.image, options);
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
