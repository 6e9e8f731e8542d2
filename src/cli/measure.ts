import { exitCodes, inputError } from '../content/error.ts';
import { runPipeline } from '../pipeline/run.ts';
import type { Call } from './call.ts';
import { showReport } from './report-output.ts';

/** Times: what `run` would push and judge is not among the settings of this command. Without one it has failed. */
export async function run({ settings, context, output }: Call): Promise<number> {
  if (settings.runs === 0) {
    throw inputError('no-runs', 'runs is 0: there is nothing to measure', {
      hint: 'Set runs to 1 or more; inspect shows an image without pulling it.',
    });
  }
  const report = await runPipeline(settings, context);
  const code = await showReport(report, settings.report, output);
  const isTimed = report.measurement?.samples.some(({ subject }) => subject === 'image') ?? false;
  return isTimed ? code : exitCodes.infrastructure;
}
