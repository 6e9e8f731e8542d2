/** Compresses a tar and makes its zTOC, as one process: node bench/compress-once.ts TAR BLOB ZTOC. */
import { open } from 'node:fs/promises';
import { readAt, writeAt } from '../src/content/store/file.ts';
import { compressLayer } from '../src/stages/soci/compress.ts';

const [tar = '', blob = '', ztoc = ''] = process.argv.slice(2);
await using from = await open(tar);
await using to = await open(blob, 'wx');
const { size } = await from.stat();
const { outcome } = await compressLayer({
  tar: readAt(from, 0, size, tar),
  where: tar,
  spanBytes: 4 * 1024 * 1024,
  file: ztoc,
  write: async (bytes) => {
    let at = 0;
    for await (const chunk of bytes) {
      await writeAt(to, chunk, at, blob);
      at += chunk.byteLength;
    }
  },
});
if (outcome?.kind !== 'indexed') throw new Error(`no zTOC: ${outcome?.reason}`);
