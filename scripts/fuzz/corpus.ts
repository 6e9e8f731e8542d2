/** What mutations begin with: the layers and zTOCs of the tests, and inputs that once failed. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const fixtures = new URL('../../test/fixtures/', import.meta.url).pathname;

export interface Corpus {
  readonly tars: readonly Buffer[];
  readonly gzips: readonly Buffer[];
  readonly ztocs: readonly Buffer[];
}

export function readCorpus(): Corpus {
  const gzips = files('{soci,layers}/*/layer.tar.gz');
  const tars = gzips.flatMap((bytes) => {
    try {
      return [gunzipSync(bytes)];
    } catch {
      return [];
    }
  });
  return {
    tars: [...files('fuzz/tar/*'), ...files('{soci,layers}/*/layer.tar'), ...tars],
    gzips: [...files('fuzz/gzip/*'), ...gzips],
    ztocs: [...files('fuzz/ztoc/*'), ...files('soci/*/ztoc')],
  };
}

/** In the order of their names, for a seed must always mean the same. */
function files(pattern: string): Buffer[] {
  return globSync(pattern, { cwd: fixtures })
    .sort()
    .map((path) => readFileSync(join(fixtures, path)));
}
