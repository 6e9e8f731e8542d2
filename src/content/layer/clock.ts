/** Seconds on the machine's monotonic clock, the same in every thread; only differences mean something. */
export function monotonicSeconds(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}
