import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { infrastructureError } from '../error.ts';
import { type ErrorMessage, unpackError } from './error-message.ts';

/** What the threads of a pool can do, by name. Inputs and results are copied between threads: plain data. */
export type JobTable = Readonly<Record<string, (input: never) => Promise<unknown>>>;

type Input<Jobs extends JobTable, Name extends keyof Jobs> = Parameters<Jobs[Name]>[0];
type Result<Jobs extends JobTable, Name extends keyof Jobs> = Awaited<ReturnType<Jobs[Name]>>;

export interface JobMessage {
  readonly job: string;
  readonly input: unknown;
}

export type ResultMessage = { readonly result: unknown } | { readonly error: ErrorMessage };

/**
 * Threads that read layers, so that several are inflated, hashed and written at once.
 * Each runs a module that calls `serveJobs` with the table of jobs.
 */
export class WorkerPool<Jobs extends JobTable> implements AsyncDisposable {
  readonly threads: number;
  readonly #module: URL;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #idle: Worker[] = [];

  constructor(module: URL, threads: number) {
    this.#module = module;
    this.threads = threads;
    this.#limit = pLimit(threads);
  }

  /** Starts the threads, so that the first jobs do not pay for it. */
  async start(): Promise<void> {
    while (this.#idle.length < this.threads) this.#idle.push(this.#newWorker());
    await Promise.all(this.#idle.map((worker) => once(worker, 'online')));
  }

  /**
   * Does a job on a free thread, when there is one. When `signal` aborts its thread is ended: once the promise is
   * rejected, nothing of the job goes on.
   * @throws PullBudgetError what the job throws, with its kind, code and hint; `worker-failed`; the signal's reason
   */
  run<Name extends keyof Jobs & string>(
    job: Name,
    input: Input<Jobs, Name>,
    signal: AbortSignal,
  ): Promise<Result<Jobs, Name>> {
    return this.#limit(async () => {
      signal.throwIfAborted();
      const worker = this.#idle.pop() ?? this.#newWorker();
      const message = await exchange(worker, { job, input }, signal);
      this.#idle.push(worker);
      if ('error' in message) throw unpackError(message.error);
      return message.result;
    }) as Promise<Result<Jobs, Name>>;
  }

  /** Ends the threads that have nothing to do, 25 MiB each: others are started when there are jobs again. */
  async rest(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.rest();
  }

  #newWorker(): Worker {
    return new Worker(this.#module, { name: 'layer' });
  }
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
