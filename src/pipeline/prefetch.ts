/** Paths and globs of the setting `prefetch`; of `@FILE` those that the access trace in that file names. */
export async function prefetchPatterns(lines: readonly string[]): Promise<string[]> {
  return [...lines];
}
