import { runPipeline } from '../pipeline/run.ts';
import type { Call } from './call.ts';
import { showReport } from './report-output.ts';

/** Times, and nothing that is judged or pushed, whatever the settings file has for `run`. */
export async function run({ settings, context, output }: Call): Promise<number> {
  const report = await runPipeline({ ...settings, push: false, budgets: '', waivers: [] }, context);
  return showReport(report, settings.report, output);
}
