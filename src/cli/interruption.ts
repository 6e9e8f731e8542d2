import { constants } from 'node:os';

/** SIGHUP: the terminal was closed, or the connection to it is gone. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The user, or whoever runs the process, wants it to end: its exit code is 128 and the signal's number. */
export class Interruption extends Error {
  readonly exitCode: number;

  constructor(signal: (typeof signals)[number]) {
    super(`interrupted by ${signal}`);
    this.name = 'Interruption';
    this.exitCode = 128 + constants.signals[signal];
  }

  /**
   * Turns signals into an abort, so that work can end and clean up. A second signal ends the process at once, but
   * for SIGHUP: a shell that loses its terminal sends it to its jobs, and the kernel sends it once more.
   */
  static listen(): { readonly signal: AbortSignal; stop(): void } {
    const controller = new AbortController();
    const onSignal = (signal: NodeJS.Signals): void => {
      const interruption = new Interruption(signal as (typeof signals)[number]);
      if (controller.signal.aborted && signal !== 'SIGHUP') process.exit(interruption.exitCode);
      controller.abort(interruption);
    };
    for (const signal of signals) process.on(signal, onSignal);
    return {
      signal: controller.signal,
      stop: () => {
        for (const signal of signals) process.off(signal, onSignal);
      },
    };
  }
}
