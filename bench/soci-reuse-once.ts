/**
 * Indexes an image whose baseline is indexed, as one process: node bench/soci-reuse-once.ts IMAGE BASELINE SCRATCH.
 * Prints what it took: seconds, bytes read of the image's content and of zTOCs, the process's largest size in memory.
 */
import { readFileSync } from 'node:fs';
import type { ByteRange, ByteStream } from '../src/content/bytes.ts';
import type { Descriptor } from '../src/content/image/descriptor.ts';
import { silentProgress } from '../src/content/progress.ts';
import { openLayout } from '../src/content/store/layout.ts';
import { indexImage } from '../src/stages/soci/index-image.ts';
import { ztocMediaType } from '../src/stages/soci/ztoc.ts';

const [imagePath = '', baselinePath = '', scratch = ''] = process.argv.slice(2);
const read = { contentBytes: 0, ztocBytes: 0 };

/** A layout that counts what is read of it. */
async function opened(path: string) {
  const source = await openLayout(path);
  const readBlob = source.readBlob.bind(source);
  source.readBlob = async function* (blob: Descriptor, range?: ByteRange): ByteStream {
    for await (const chunk of readBlob(blob, range)) {
      read[blob.mediaType === ztocMediaType ? 'ztocBytes' : 'contentBytes'] += chunk.byteLength;
      yield chunk;
    }
  };
  return { source, descriptor: await source.resolve('bench') };
}

const start = performance.now();
const image = await opened(imagePath);
const indexed = await indexImage({
  ...image,
  versions: new Set(['v2']),
  platforms: [],
  spanBytes: 4 * 1024 * 1024,
  minLayerBytes: 0,
  prefetch: [],
  onUnindexable: 'fail',
  ratioLimit: 200,
  known: [await opened(baselinePath)],
  cache: undefined,
  scratch,
  progress: silentProgress,
  signal: new AbortController().signal,
  notice: (line) => console.error(line),
});
const seconds = (performance.now() - start) / 1000;
const [facts] = indexed.facts;
await indexed.close();
console.log(
  JSON.stringify({
    seconds,
    ...read,
    reused: facts?.layers.filter(({ ztoc }) => ztoc?.reused !== undefined).length,
    made: facts?.layers.filter(({ ztoc }) => ztoc && ztoc.reused === undefined).length,
    // Not maxRSS: of a new process that begins with what its parent has.
    rssBytes: Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024,
  }),
);
