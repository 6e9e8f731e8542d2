/** A table comes of the pass that all else comes of, whatever tool made the layer. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../../../src/content/image/digest.ts';
import { readLayer } from '../../../src/content/layer/read.ts';
import { ScratchTree } from '../../../src/content/layer/scratch-tree.ts';
import { TableBuilder, tableOf } from '../../../src/content/rootfs/table-builder.ts';
import { verified } from '../../../src/content/store/verify.ts';
import { LayerContents } from '../../../src/stages/soci/layer-contents.ts';
import { chunked, describeLayer, gather, makeLayer } from '../layer/made-layer.ts';
import { rowsOf, tableOfTar } from './made-table.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-table-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const layers = join(import.meta.dirname, '../../fixtures/layers');
const kinds: Record<string, string> = {
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
  'character-device': 'character',
  'block-device': 'block',
  fifo: 'fifo',
};

test('a table comes with checked blob, diffID, entries and an unpacked tree from one read', async () => {
  const files = {
    empty: Buffer.alloc(0),
    small: Buffer.from('content'),
    'over/several/chunks': Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) >> 7)),
    last: Buffer.alloc(512, 1),
  };
  const layer = makeLayer(files);
  let reads = 0;
  const blob = async function* () {
    reads++;
    yield* verified(chunked(layer.bytes), layer.descriptor, 'here', 'at rest');
  };
  const contents = new LayerContents();
  const builder = new TableBuilder('layer made');
  using tree = new ScratchTree(folder);
  const { unpackedBytes } = await readLayer(blob(), layer, {
    ratioLimit: 10,
    subscribers: [contents, tree, builder],
  });
  expect(reads).toBe(1);
  const table = tableOf(builder.columns({ diffId: layer.diffId, unpackedBytes }));
  expect(rowsOf(table).map(({ path, digest }) => [path, digest])).toEqual(
    Object.entries(files).map(([path, content]) => [path, digestHex(digestOf(content))]),
  );
  expect(table.unpackedBytes).toBe(layer.tar.byteLength);
  expect(contents.entries.count).toBe(4);
  expect(tree.files).toBe(4);
});

test('columns pass between threads', () => {
  const tar = makeLayer({ 'a/b': Buffer.from('b'), 'a/c': Buffer.from('c') }, 'none').tar;
  const builder = new TableBuilder('layer made');
  const { descriptor, diffId, bytes } = describeLayer(tar, 'none');
  return readLayer(chunked(bytes), { descriptor, diffId }, { ratioLimit: 10, subscribers: [builder] }).then(
    ({ unpackedBytes }) => {
      const columns = builder.columns({ diffId, unpackedBytes });
      expect(rowsOf(tableOf(structuredClone(columns)))).toEqual(rowsOf(tableOf(columns)));
      expect(columns.rows).toBe(2);
    },
  );
});

describe('a table is what tar-stream makes of a layer by', () => {
  test.each([
    ...[
      'writer-gnu-tar',
      'writer-go-pax',
      'writer-python-pax',
      'tar-basic',
      'tar-duplicates',
      'tar-gnu-long-names',
    ],
    ...['tar-pax-names', 'tar-ustar-prefix', 'tar-blocking-10240'],
  ])('%s', async (name) => {
    await compareWithTarStream(gunzipSync(await readFile(join(layers, name, 'layer.tar.gz'))));
  });

  test.each(['gnu', 'posix', 'ustar', 'oldgnu'])('GNU tar in its format %s', async (format) => {
    await makeFiles();
    const flags = format === 'posix' ? ['--pax-option=delete=atime,delete=ctime'] : [];
    const tar = execFileSync('tar', [
      `--format=${format}`,
      ...flags,
      '--sort=name',
      '-C',
      folder,
      '-cf',
      '-',
      '.',
    ]);
    await compareWithTarStream(tar);
  });

  test.each(['USTAR', 'GNU', 'PAX'])("Python's tarfile in its format %s", async (format) => {
    await makeFiles();
    const program = `import sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.${format}_FORMAT) as tar: tar.add(sys.argv[1], '/')`;
    await compareWithTarStream(execFileSync('python3', ['-c', program, folder]));
  });
});

/** Of whole seconds: tar-stream does not read those of PAX. */
function makeFiles() {
  const script = `umask 022; mkdir -p d/e 'sp ace'; echo a > d/a; : > d/empty; head -c 70000 /dev/zero > d/e/zeros
    ln d/a d/hard; ln -s ../d/a d/soft; mkfifo d/pipe; chmod 4711 d/a
    echo b > 'sp ace/${'n'.repeat(90)}'; touch "$(printf 'caf\\303\\251')"
    find . -exec touch -h -d @1600000000 {} +`;
  return execFileSync('sh', ['-c', script], { cwd: folder });
}

async function compareWithTarStream(tar: Buffer): Promise<void> {
  const entries = extract();
  entries.end(tar);
  const expected: object[] = [];
  for await (const entry of entries) {
    const { header } = entry;
    const kind = kinds[header.type as string];
    const isLink = kind === 'symlink' || kind === 'hardlink';
    expected.push({
      path: trimmed(header.name),
      kind,
      mode: (header.mode as number) & 0o7777,
      uid: header.uid,
      gid: header.gid,
      mtime: Math.floor((header.mtime as Date).getTime() / 1000),
      bytes: header.type === 'file' ? header.size : 0,
      digest: digestHex(digestOf(await gather(entry))),
      target: isLink ? (kind === 'symlink' ? header.linkname : trimmed(header.linkname as string)) : '',
    });
  }
  const rows = rowsOf(tableOfTar([tar]), 'utf8').map(
    ({ path, kind, mode, uid, gid, mtime, bytes, digest, target }) => {
      return { path, kind, mode, uid, gid, mtime: Math.floor(mtime), bytes, digest, target };
    },
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(rows).toEqual(expected);
}

function trimmed(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
