/** A thread of the pool: does one job after the other. */
import { parentPort } from 'node:worker_threads';
import { packError } from './error-message.ts';
import { jobs } from './jobs.ts';
import type { JobMessage, ResultMessage } from './pool.ts';

parentPort?.on('message', async ({ job, input }: JobMessage) => {
  parentPort?.postMessage(await answer(job, input));
});

async function answer(job: JobMessage['job'], input: JobMessage['input']): Promise<ResultMessage> {
  try {
    return { result: await jobs[job](input) };
  } catch (error) {
    return { error: packError(error) };
  }
}
