import { parentPort } from 'node:worker_threads';
import { packError } from './error-message.ts';
import type { JobMessage, JobTable, ResultMessage } from './pool.ts';

/** Makes this thread one of a pool: it does one job of the table after the other. */
export function serveJobs(jobs: JobTable): void {
  parentPort?.on('message', async ({ job, input }: JobMessage) => {
    parentPort?.postMessage(await answer(jobs[job], input));
  });
}

async function answer(work: JobTable[string] | undefined, input: unknown): Promise<ResultMessage> {
  try {
    // Name and input of a job come together, which their types cannot say.
    return { result: await (work as (input: unknown) => Promise<unknown>)(input) };
  } catch (error) {
    return { error: packError(error) };
  }
}
