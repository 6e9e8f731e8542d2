import { setTimeout as wait } from 'node:timers/promises';
import { RegistryFailure } from './failure.ts';

/** Time and chance, so that a test can do without either. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(milliseconds, signal) {
    // Its own error says that it was aborted, and not by what.
    await wait(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};

export interface RetryPolicy {
  /** How often a request is sent at most. */
  readonly attempts: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Hears of each wait: a build log should show why it stands still. */
  readonly onRetry: (message: string) => void;
}

const firstDelay = 1_000;
const longestDelay = 30_000;
/** What a registry may make us wait: a limit per hour is no reason to hold a build for an hour. */
const longestRetryAfter = 60_000;

/**
 * Milliseconds before attempt `attempt + 1`: exponential with full jitter, so that many jobs that failed together
 * do not come back together. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoff(attempt: number, random: number): number {
  return Math.round(random * Math.min(longestDelay, firstDelay * 2 ** (attempt - 1)));
}

/** Milliseconds that a Retry-After header asks for (seconds or a date), bounded; undefined where it says nothing. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const wanted = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(wanted) ? undefined : Math.min(Math.max(wanted, 0), longestRetryAfter);
}

/** The tries of one operation. */
export class Attempts {
  readonly #policy: RetryPolicy;
  #made = 0;

  constructor(policy: RetryPolicy) {
    this.#policy = policy;
  }

  /** Waits until the next try is due. @throws the error itself, where another try cannot help or none is left */
  async next(error: unknown): Promise<void> {
    const { attempts, clock, signal, onRetry } = this.#policy;
    this.#made++;
    if (!(error instanceof RegistryFailure) || !error.transient || this.#made >= attempts) throw error;
    const delay = parseRetryAfter(error.retryAfter, clock.now()) ?? backoff(this.#made, clock.random());
    onRetry(
      `${error.message}; trying again in ${(delay / 1_000).toFixed(1)} s (${this.#made + 1} of ${attempts})`,
    );
    await clock.sleep(delay, signal);
    signal.throwIfAborted();
  }
}

/** Runs `operation` until it succeeds, fails for good, or no attempt is left. */
export async function retrying<T>(policy: RetryPolicy, operation: () => Promise<T>): Promise<T> {
  const attempts = new Attempts(policy);
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      await attempts.next(error);
    }
  }
}
