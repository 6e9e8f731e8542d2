import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/cat.ts';
import { digestOf } from '../../src/content/image/digest.ts';
import { copyConverted } from '../stages/soci/image-vectors.ts';
import { vectorNamed } from '../stages/soci/lazy-layer.ts';
import { callOf, indexedLayer, outputOf, plainLayer, servedSociImage } from './soci-image.ts';

async function cat(image: string, path: string, { flags = {}, settings = {}, isTTY = false } = {}) {
  const { stdout, bytes } = outputOf();
  const { call, shown, notices } = callOf({ image, ...settings }, { flags, positionals: { PATH: path } });
  const code = await run(call, { stdout, stderr: { isTTY } });
  return { code, bytes: bytes(), shown, notices };
}

const textOf = async (image: string, path: string): Promise<string> =>
  (await cat(image, path)).bytes.toString();

/** What of the layer a vector's file takes. */
function fileOf(vector: string, name: string) {
  const { decoded, tar } = vectorNamed(vector);
  for (let at = 0; at < decoded.entryCount; at++) {
    const entry = decoded.entry(at);
    if (entry.name.toString() !== name) continue;
    const before = at === 0 ? undefined : decoded.entry(at - 1);
    const start = before ? Math.ceil((before.offset + before.size) / 512) * 512 : 0;
    const end = entry.offset + entry.size;
    const spans = decoded.spans.filter(({ outStart, outEnd }) => outEnd > start && outStart < end);
    const bytes = (spans.at(-1)?.end ?? 0) - (spans[0]?.start ?? 0);
    return { content: tar.subarray(entry.offset, end), spans: spans.length, bytes };
  }
  throw new Error(`there is no ${name}`);
}

describe('cat', () => {
  test('writes a file as it is, and fetches of its layer only the spans that hold it', async () => {
    const layer = indexedLayer('stream-many-blocks');
    const { name, server } = await servedSociImage([layer]);
    const wanted = fileOf('stream-many-blocks', 'data/04-papa-mike4');
    const { code, bytes, notices } = await cat(name, '/data/04-papa-mike4', { isTTY: true });
    expect(code).toBe(0);
    expect(bytes.equals(wanted.content)).toBe(true);
    expect(server.traffic.sent.get(layer.descriptor.digest)).toBe(wanted.bytes);
    expect(wanted.bytes).toBeLessThan(layer.bytes.byteLength / 2);
    expect(notices).toEqual([
      expect.stringMatching(
        new RegExp(`^Fetched ${wanted.spans} of 5 spans, [\\d.]+ k?B, of layer [0-9a-f]{12} `),
      ),
    ]);
  });

  test('says nothing where nobody watches', async () => {
    const { name } = await servedSociImage([indexedLayer('tar-basic')]);
    expect((await cat(name, 'lib/x').catch((error) => error)).code).toBe('no-such-file');
    const layer = await servedSociImage([indexedLayer('stream-many-blocks')]);
    expect((await cat(layer.name, 'data/04-papa-mike4')).notices).toEqual([]);
  });

  test('tells as JSON where the file lies and what was fetched, and not its content', async () => {
    const layer = indexedLayer('stream-many-blocks');
    const { name } = await servedSociImage([layer]);
    const wanted = fileOf('stream-many-blocks', 'data/08-golf-lima67');
    const { bytes, shown } = await cat(name, 'data//./08-golf-lima67', { flags: { json: true } });
    expect(bytes).toHaveLength(0);
    expect(shown.map(({ result }) => result)).toEqual([
      {
        image: name,
        platform: expect.stringMatching(/^linux\//),
        path: '/data/08-golf-lima67',
        bytes: wanted.content.byteLength,
        digest: digestOf(wanted.content),
        layer: layer.descriptor.digest,
        layerBytes: layer.bytes.byteLength,
        spans: 5,
        fetchedSpans: wanted.spans,
        fetchedBytes: wanted.bytes,
      },
    ]);
  });

  test('takes what the topmost layer says, indexed or not, and downloads no layer beneath it', async () => {
    const lower = indexedLayer('stream-many-blocks');
    const upper = await plainLayer([{ name: 'data/04-papa-mike4', content: 'changed' }]);
    const { name, server } = await servedSociImage([lower, upper]);
    expect(await textOf(name, 'data/04-papa-mike4')).toBe('changed');
    expect(server.traffic.sent.has(lower.descriptor.digest)).toBe(false);
    expect(await textOf(name, 'data/05-bravo-alpha10')).toBe(
      fileOf('stream-many-blocks', 'data/05-bravo-alpha10').content.toString(),
    );
  });

  test.each(['gzip', 'zstd', 'none'] as const)(
    'reads layers without a zTOC whole: %s',
    async (compression) => {
      const layer = await plainLayer([{ name: './etc/motd', content: 'hello' }], compression);
      const { name, server } = await servedSociImage([indexedLayer('tar-basic'), layer]);
      const { bytes, notices } = await cat(name, 'etc/motd');
      expect(bytes.toString()).toBe('hello');
      expect(notices).toEqual([
        expect.stringMatching(/^Layer [0-9a-f]{12} \(.* k?B\) has no zTOC: all of it is read/),
      ]);
      expect(server.traffic.sent.get(layer.descriptor.digest)).toBeGreaterThanOrEqual(layer.bytes.byteLength);
    },
  );

  test.each(['etc/motd/', 'etc/motd/.'])('takes no file for a directory: %s', async (path) => {
    const { name } = await servedSociImage([
      indexedLayer('tar-basic'),
      await plainLayer([{ name: 'etc/motd', content: 'hello' }]),
    ]);
    await expect(cat(name, path)).rejects.toMatchObject({
      code: 'not-a-file',
      message: expect.stringContaining('is not a directory'),
    });
  });

  test('gives nothing of a layer that is not what its image says', async () => {
    const layer = await plainLayer([{ name: 'etc/motd', content: 'hello' }]);
    const other = { ...layer, diffId: digestOf('other') };
    const { name } = await servedSociImage([indexedLayer('tar-basic'), other]);
    await expect(cat(name, 'etc/motd')).rejects.toMatchObject({ code: 'diff-id-mismatch' });
  });

  test('sees whiteouts, opaque directories and links as a container does', async () => {
    const { name } = await servedSociImage([
      indexedLayer('tar-links'),
      indexedLayer('stream-many-blocks'),
      await plainLayer([
        { name: 'data/.wh.00-golf-echo67' },
        { name: 'to-data', type: 'symlink', linkname: '/data' },
        { name: 'linked', type: 'symlink', linkname: 'to-data/../data/./01-golf-mike2' },
        { name: 'hard', type: 'link', linkname: 'data/02-delta-india57' },
        { name: 'loop', type: 'symlink', linkname: 'loop' },
        { name: 'pipe', type: 'fifo' },
      ]),
    ]);
    const vector = (file: string) => fileOf('stream-many-blocks', file).content.toString();
    expect(await textOf(name, 'linked')).toBe(vector('data/01-golf-mike2'));
    expect(await textOf(name, '/to-data/03-juliett-charlie34')).toBe(vector('data/03-juliett-charlie34'));
    expect(await textOf(name, 'hard')).toBe(vector('data/02-delta-india57'));
    const tool = fileOf('tar-links', './bin/tool').content.toString();
    for (const path of [
      'bin/tool',
      'bin/relative',
      'bin/hard-of-hard',
      'bin/hard-without-dot',
      'to-a-directory/tool',
    ]) {
      expect(await textOf(name, path)).toBe(tool);
    }
    const failures = {
      'data/00-golf-echo67': { code: 'no-such-file' },
      dangling: {
        code: 'no-such-file',
        message: expect.stringContaining('it leads to "/nowhere/delta-bravo45"'),
      },
      data: { code: 'not-a-file', message: expect.stringContaining('is a directory') },
      '/': { code: 'not-a-file', message: expect.stringContaining('is a directory') },
      'bin/tool/more': { code: 'no-such-file' },
      loop: { code: 'too-many-links' },
      pipe: { code: 'not-a-file', message: expect.stringContaining('is a pipe') },
      'data/.wh.00-golf-echo67': { code: 'no-such-file' },
    };
    for (const [path, failure] of Object.entries(failures)) {
      await expect(cat(name, path), path).rejects.toMatchObject(failure);
    }
  });

  test('reads through a v1 index too', async () => {
    const { name } = await servedSociImage([indexedLayer('stream-many-blocks')], { version: 'v1' });
    expect(await textOf(name, 'data/01-golf-mike2')).toBe(
      fileOf('stream-many-blocks', 'data/01-golf-mike2').content.toString(),
    );
  });

  test('ends quietly where its reader has seen enough', async () => {
    const { name } = await servedSociImage([indexedLayer('stream-many-blocks')]);
    const { stdout, bytes } = outputOf(1);
    const { call } = callOf({ image: name }, { positionals: { PATH: 'data/05-bravo-alpha10' } });
    expect(await run(call, { stdout, stderr: {} })).toBe(0);
    expect(bytes().byteLength).toBeLessThanOrEqual(2000);
  });

  test('says how to make an index where there is none', async () => {
    const { name } = await servedSociImage([await plainLayer([{ name: 'a' }])], {
      version: 'v1',
      withoutIndex: true,
    });
    await expect(cat(name, 'a')).rejects.toMatchObject({
      code: 'no-soci-index',
      kind: 'input',
      hint: expect.stringContaining('pull-budget index'),
    });
  });

  test('takes the platform that is named, and only one', async () => {
    const image = `oci:${await copyConverted('image-multi-platform')}`;
    const { shown } = await cat(image, './etc/missing', { settings: { platforms: 'linux/arm64' } }).catch(
      (error) => {
        expect(error).toMatchObject({
          code: 'no-such-file',
          message: expect.stringContaining('(linux/arm64)'),
        });
        return { shown: [] };
      },
    );
    expect(shown).toEqual([]);
    await expect(
      cat(image, 'a', { settings: { platforms: ['linux/arm64', 'linux/amd64'] } }),
    ).rejects.toMatchObject({
      code: 'which-platform',
    });
    await expect(cat(image, 'a', { settings: { platforms: 'linux/s390x' } })).rejects.toMatchObject({
      code: 'no-platform',
    });
  });
});
