import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { infrastructureError } from '../error.ts';
import { type ErrorMessage, unpackError } from './error-message.ts';
import type { Jobs } from './jobs.ts';

export type JobName = keyof Jobs;
type Input<Name extends JobName> = Parameters<Jobs[Name]>[0];
export type Result<Name extends JobName> = Awaited<ReturnType<Jobs[Name]>>;

export interface JobMessage {
  readonly job: JobName;
  readonly input: Input<JobName>;
}

export type ResultMessage = { readonly result: Result<JobName> } | { readonly error: ErrorMessage };

/** Beside this file in src/; in dist/ the build puts its bundle beside the chunk that this file is in. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './layer-worker.js',
  import.meta.url,
);

/** Threads that read layers, so that several are inflated, hashed and written at once. */
export class LayerPool implements AsyncDisposable {
  readonly threads: number;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #idle: Worker[] = [];

  constructor(threads: number) {
    this.threads = threads;
    this.#limit = pLimit(threads);
  }

  /** Starts the threads, so that the first jobs do not pay for it. */
  async start(): Promise<void> {
    while (this.#idle.length < this.threads) this.#idle.push(newWorker());
    await Promise.all(this.#idle.map((worker) => once(worker, 'online')));
  }

  /**
   * Does a job on a free thread, when there is one. When `signal` aborts its thread is ended: once the promise is
   * rejected, nothing of the job goes on.
   * @throws PullBudgetError what the job throws, with its kind, code and hint; `worker-failed`; the signal's reason
   */
  run<Name extends JobName>(job: Name, input: Input<Name>, signal: AbortSignal): Promise<Result<Name>> {
    return this.#limit(async () => {
      signal.throwIfAborted();
      const worker = this.#idle.pop() ?? newWorker();
      const message = await exchange(worker, { job, input }, signal);
      this.#idle.push(worker);
      if ('error' in message) throw unpackError(message.error);
      return message.result;
    }) as Promise<Result<Name>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }
}

function newWorker(): Worker {
  return new Worker(workerFile, { name: 'layer' });
}

/** Sends a job and awaits what comes of it. Without an answer the worker has ended when this throws. */
async function exchange(worker: Worker, job: JobMessage, signal: AbortSignal): Promise<ResultMessage> {
  const settled = new AbortController();
  try {
    worker.postMessage(job);
    const ended = once(worker, 'exit', { signal: settled.signal }).then(() => {
      throw new Error('it ended');
    });
    ended.catch(() => {});
    const [message] = await Promise.race([once(worker, 'message', { signal }), ended]);
    return message;
  } catch (cause) {
    await worker.terminate();
    signal.throwIfAborted();
    throw infrastructureError(
      'worker-failed',
      `a thread that reads layers failed: ${(cause as Error).message}`,
      {
        hint: 'The machine may be out of memory; run again with more.',
        cause,
      },
    );
  } finally {
    settled.abort();
  }
}
