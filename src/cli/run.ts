import { remarksOn } from '../config/settings.ts';
import { runPipeline } from '../pipeline/run.ts';
import type { Call } from './call.ts';
import { showReport } from './report-output.ts';

/** The whole pipeline. */
export async function run({ settings, context, output }: Call): Promise<number> {
  const report = await runPipeline({ ...settings, remarks: remarksOn(settings) }, context);
  return showReport(report, settings.report, output);
}
