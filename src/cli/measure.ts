import { runPipeline } from '../pipeline/run.ts';
import type { Call } from './call.ts';
import { showReport } from './report-output.ts';

/** Times: what `run` would push and judge is not among the settings of this command. */
export async function run({ settings, context, output }: Call): Promise<number> {
  return showReport(await runPipeline(settings, context), settings.report, output);
}
