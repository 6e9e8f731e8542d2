/** A thread of the pool: does one job after the other. */
import { parentPort } from 'node:worker_threads';
import { packError } from './error-message.ts';
import { jobs } from './jobs.ts';
import type { JobMessage, JobName, Result, ResultMessage } from './pool.ts';

parentPort?.on('message', async ({ job, input }: JobMessage) => {
  parentPort?.postMessage(await answer(job, input));
});

async function answer(job: JobMessage['job'], input: JobMessage['input']): Promise<ResultMessage> {
  try {
    // Name and input of a job come together, which their types cannot say.
    const work: (input: never) => Promise<Result<JobName>> = jobs[job];
    return { result: await work(input as never) };
  } catch (error) {
    return { error: packError(error) };
  }
}
