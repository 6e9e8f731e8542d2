import fc from 'fast-check';

/** .ci/full runs the same properties, fifty times as long. */
if (process.env.PULL_BUDGET_FULL) fc.configureGlobal({ numRuns: 5000, interruptAfterTimeLimit: 600_000 });
