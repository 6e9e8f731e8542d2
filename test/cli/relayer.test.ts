import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatPlatform, hostPlatform, parsePlatform } from '../../src/content/image/platform.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import { openOciArchive } from '../../src/content/store/oci-archive.ts';
import { relayerFacts } from '../../src/facts/relayer.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { readAll } from '../content/store/sample-image.ts';
import { writeIndex } from '../pipeline/pipeline.ts';
import { layersOf, writeRelease } from '../pipeline/relaid.ts';
import { relaying, widest } from './relaying.ts';

describe('relayer', () => {
  test('writes a release, and of the next one what changed, and says which layers that are', async () => {
    const { call, built, relaid } = await relaying();
    const first = await call(['relayer', built('1'), relaid('1')]);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^oci:\S+:1 is sha256:[0-9a-f]{64}\n {2}1\.\d\d MB written\.\n/);
    expect(first.out).toContain('There is no baseline: the next release is what profits.');
    expect(first.err).toMatch(/^Re-layer oci:\S+:1\n(.*\n)*Write oci:\S+:1\n/);

    const second = await call(['relayer', built('2'), relaid('2'), '--baseline', relaid('1')]);
    const out = second.out.replace(/\s+/g, ' ');
    expect(out).toMatch(/linux\/\w+: the files are those of sha256:[0-9a-f]{64}, tree sha256:[0-9a-f]{64}\./);
    expect(out).toMatch(
      /A node with the baseline downloads [\d.]+ k?B of layers, as built it would be 90\d kB; one that keeps blobs/,
    );
    expect(second.out).toMatch(
      /^ {2}1 {2}[0-9a-f]{12} +40\d kB {2}base +ADD rootfs\.tar \/ +of the base image$/m,
    );
    expect(second.out).toMatch(/^ {2}\d {2}[0-9a-f]{12} +90\d kB {2}reused {2}.*big/m);
    expect(second.out).toMatch(/^ {2}\d {2}[0-9a-f]{12} +[\d.]+ k?B {2}new {5}.*foo 2/m);
  });

  test('prints one JSON document, with the facts of each platform', async () => {
    const { call, built, relaid } = await relaying();
    const { code, out } = await call(['relayer', built('1'), relaid('1'), '--json']);
    const result = JSON.parse(out);
    expect({ code, result }).toMatchObject({
      code: 0,
      result: {
        source: built('1'),
        destination: relaid('1'),
        digest: expect.stringMatching(/^sha256:/),
        writtenBytes: expect.any(Number),
      },
    });
    expect(result.relayer.map((facts: unknown) => relayerFacts.parse(facts))).toEqual(result.relayer);
  });

  test('finds nothing to write the second time, and the same image', async () => {
    const { call, built, relaid } = await relaying();
    const args = ['relayer', built('1'), relaid('1')];
    const first = JSON.parse((await call([...args, '--json'])).out);
    const again = await call(args);
    expect(again.out).toContain(first.digest);
    expect(again.out).toContain('Nothing had to be written: all of it was there.');
    const next = await call([...args, '--baseline', relaid('1'), '--json']);
    expect(JSON.parse(next.out)).toMatchObject({ digest: first.digest, writtenBytes: 0 });
  });

  test('keeps to the terminal', async () => {
    const { call, built, relaid } = await relaying();
    await call(['relayer', built('1'), relaid('1')]);
    const { out } = await call(['relayer', built('2'), relaid('2'), '--baseline', relaid('1')], 80);
    // But for its first line, which is for copying.
    expect(widest(out.slice(out.indexOf('\n')))).toBeLessThanOrEqual(80);
  });

  test('says with --quiet what came of it and nothing on the way', async () => {
    const { call, built, relaid } = await relaying();
    const { out, err } = await call([
      'relayer',
      built('1'),
      relaid('1'),
      '--quiet',
      '--baseline',
      relaid('0'),
    ]);
    expect(err).toBe('');
    expect(out).toMatch(/^oci:\S+:1 is sha256:/);
  });

  test('in a registry finds the release before under latest, and says that the first one has none', async () => {
    const { call, built, registry } = await relaying();
    const { host, layout } = await registry();
    const first = await call(['relayer', built('1'), `${host}/app:latest`]);
    expect(first.err).toContain(
      `No baseline: ${host}/app:latest is not there. The image is re-laid afresh.\n`,
    );
    const latest = await layout.resolve('latest');
    const second = await call(['relayer', built('2'), `docker://${host}/app:2`, '--json']);
    expect(second.err).not.toContain('No baseline');
    expect(JSON.parse(second.out).relayer).toMatchObject([{ baseline: latest.digest, reusedLayers: 2 }]);
    const named = await call(['relayer', built('2'), `${host}/app:3`, '--baseline', `${host}/app:0`]);
    expect(named).toMatchObject({ code: 0, err: expect.stringContaining(`${host}/app:0 is not there.`) });
  });

  test('writes an archive, with the plan in it', async () => {
    const { call, built, folder } = await relaying();
    const file = join(folder, 'image.tar');
    const { code, out } = await call(['relayer', built('1'), `oci-archive:${file}:1`, '--json']);
    expect(code).toBe(0);
    const archive = await openOciArchive(file);
    const top = await archive.resolve('1');
    expect(top.digest).toBe(JSON.parse(out).digest);
    await readAll(archive, top);
    await archive.close();
  });

  test('takes the platforms that it is told, and leaves the others out', async () => {
    const { call, layout, path, relaid } = await relaying();
    const [here, other] = [hostPlatform(), parsePlatform('linux/s390x')];
    const entries = [
      [await writeRelease(layout, layersOf('1')), { platform: here }],
      [await writeRelease(layout, layersOf('2'), { platform: other }), { platform: other }],
    ] as const;
    await writeIndex(layout, entries, 'both');
    const args = ['relayer', `oci:${path}:both`, relaid('1'), '--platforms', formatPlatform(here), '--json'];
    const { code, out } = await call(args);
    const result = JSON.parse(out);
    expect({ code, result }).toMatchObject({
      code: 0,
      result: { relayer: [{ platform: formatPlatform(here), image: result.digest }] },
    });
    const written = await openLayout(relaid('1').replace(/^oci:(.*):1$/, '$1'));
    const kinds = await Promise.all((await written.tags()).map((tag) => written.resolve(tag)));
    expect(kinds.map(({ digest }) => digest)).toEqual([result.digest]);
  });

  test.each([
    [
      'a platform that it is not for',
      ['relayer', 'SOURCE:1', 'TARGET:1', '--platforms', 'linux/s390x'],
      2,
      'no-platform',
    ],
    ['a source that is not there', ['relayer', 'SOURCE:9', 'TARGET:1'], 2, 'not-found'],
    [
      'a registry that does not answer',
      ['relayer', 'SOURCE:1', '127.0.0.1:1/app:1', '--attempts', '1'],
      3,
      '',
    ],
    [
      'a base that it does not stand on',
      ['relayer', 'SOURCE:1', 'TARGET:1', '--base', 'OTHER:1'],
      2,
      'base-mismatch',
    ],
    ['too few layers allowed', ['relayer', 'SOURCE:1', 'TARGET:1', '--max-layers', '1'], 2, 'bad-setting'],
    [
      'a file to purge that containers see',
      ['relayer', 'SOURCE:1', 'TARGET:1', '--purge', '/etc/os-release'],
      2,
      'purged-path-visible',
    ],
    ['the root to purge', ['relayer', 'SOURCE:1', 'TARGET:1', '--purge', '/'], 2, 'bad-pattern'],
    ["docker's archive", ['relayer', 'SOURCE:1', 'docker-archive:image.tar:a:1'], 2, 'no-plans-there'],
    ["docker's daemon", ['relayer', 'SOURCE:1', 'docker-daemon:a:1'], 2, 'no-plans-there'],
    ['a digest', ['relayer', 'SOURCE:1', `127.0.0.1:1/app@sha256:${'0'.repeat(64)}`], 2, 'bad-reference'],
    ['a name that is none', ['relayer', './image', 'TARGET:1'], 2, 'bad-reference'],
  ])('fails for %s with one document, and writes no image', async (_, args, code, error) => {
    const { call, path, folder } = await relaying();
    const target = join(folder, 'relaid');
    const other = await openLayout(join(folder, 'other'), { create: true });
    await writeRelease(other, [makeLayer({ x: Buffer.from('x') })], { tag: '1' });
    const filled = args.map((arg) =>
      arg
        .replace('SOURCE', `oci:${path}`)
        .replace('TARGET', `oci:${target}`)
        .replace('OTHER', `oci:${join(folder, 'other')}`),
    );
    const ended = await call([...filled, '--json']);
    expect(ended.code).toBe(code);
    expect(JSON.parse(ended.out).error).toMatchObject({
      exitCode: code,
      ...(error === '' ? { kind: 'infrastructure' } : { code: error }),
    });
    expect(ended.err).toContain('error: ');
    const tags = await openLayout(target).then(
      (layout) => layout.tags(),
      () => [],
    );
    expect(tags).toEqual([]);
  });
});
