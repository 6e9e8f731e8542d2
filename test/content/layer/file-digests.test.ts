import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inflate } from '../../../src/content/gzip/inflate.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { FileDigests } from '../../../src/content/layer/file-digests.ts';
import { readLayer } from '../../../src/content/layer/read.ts';
import { ScratchTree } from '../../../src/content/layer/scratch-tree.ts';
import { verified } from '../../../src/content/store/verify.ts';
import { LayerContents } from '../../../src/stages/soci/layer-contents.ts';
import { SpanSpool, spooledSpans } from '../../../src/stages/soci/spans.ts';
import { chunked, makeLayer } from './made-layer.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-digests-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = {
  empty: Buffer.alloc(0),
  small: Buffer.from('content'),
  'over/several/chunks': Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) >> 7)),
  last: Buffer.alloc(512, 1),
};
const digests = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, digestOf(content)]));

describe('digests of files', () => {
  it('are those of their content, whatever the chunks', async () => {
    const layer = makeLayer(files, 'none');
    for (const size of [1000, 65_536, layer.bytes.byteLength]) {
      const found: Record<string, string> = {};
      const subscriber = new FileDigests(({ path }, digest) => {
        found[path] = digest;
      });
      await readLayer(chunked(layer.bytes, size), layer, { ratioLimit: 10, subscribers: [subscriber] });
      expect(found).toEqual(digests);
    }
  });

  it('come with checked blob, diffID, entries, checkpoints and an unpacked tree from one read', async () => {
    const layer = makeLayer(files);
    let reads = 0;
    const blob = async function* () {
      reads++;
      yield* verified(chunked(layer.bytes), layer.descriptor, 'here', 'at rest');
    };
    const found: Record<string, string> = {};
    const contents = new LayerContents();
    using tree = new ScratchTree(folder);
    using spool = new SpanSpool(join(folder, 'spool'), 65_536, false);
    const subscribers = [
      contents,
      tree,
      new FileDigests(({ path }, digest) => {
        found[path] = digest;
      }),
    ];
    const read = await readLayer(blob(), layer, {
      ratioLimit: 10,
      subscribers,
      decompress: (bytes, where) => inflate(bytes, where, spool),
    });
    spool.end();
    expect(reads).toBe(1);
    expect(read.unpackedBytes).toBe(layer.tar.byteLength);
    expect(found).toEqual(digests);
    expect(contents.entries.count).toBe(4);
    expect(tree.files).toBe(4);
    expect(spooledSpans(join(folder, 'spool'), 65_536).digests.length).toBeGreaterThan(1);
  });
});
