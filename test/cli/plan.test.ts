import { describe, expect, test } from 'vitest';
import { layersOf, writeRelease } from '../pipeline/relaid.ts';
import { relaying, widest } from './relaying.ts';

describe('plan', () => {
  test('shows the layers that there would be and what they cost, and writes nothing', async () => {
    const { call, built, relaid, layout } = await relaying();
    await call(['relayer', built('1'), relaid('1')]);
    const tags = await layout.tags();
    const { code, out } = await call(['plan', built('2'), '--baseline', relaid('1')]);
    expect(code).toBe(0);
    expect(out).toMatch(/^oci:\S+:2: \d layers\n\nlinux\/\w+\n/);
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /By estimate a node with the baseline downloads [\d.]+ k?B of layers, as built it would be 901 kB\. One with nothing downloads some 1\.\d\d MB, of which no container sees/,
    );
    expect(out).toMatch(/^ {2}1 {2}[0-9a-f]{12} +40\d kB {2}ADD rootfs\.tar \/ +of the base image$/m);
    expect(out).toMatch(/^ {2}\d {2}[0-9a-f]{12} +90\d kB .*big.* unchanged since the baseline$/m);
    expect(out).toMatch(/^ {2}\d {2}new +~[\d.]+ kB .*foo 2/m);
    expect(await layout.tags()).toEqual(tags);
  });

  test('explains of a path why it is in the layer that it is in, however it is written', async () => {
    const { call, built, relaid } = await relaying();
    await call(['relayer', built('1'), relaid('1')]);
    const explained = async (path: string) =>
      (await call(['plan', built('2'), '--baseline', relaid('1'), '--explain', path])).out.replace(
        /\s+/g,
        ' ',
      );
    const changed = await explained('/usr/lib/python3/site-packages/foo/a.py');
    expect(changed).toMatch(
      /foo\/a\.py" \(file\) belongs to python foo 2, .* It is in layer \d of \d, which is new/,
    );
    expect(await explained('srv/app/main.py')).toContain('which is new');
    expect(await explained('/etc//os-release')).toMatch(/is in layer 1 of \d/);
    expect(await explained('/no/such')).toMatch(/\/no\/such.*not/);
  });

  test('prints one JSON document, on failure too', async () => {
    const { call, built } = await relaying();
    const { code, out } = await call(['plan', built('1'), '--json', '--explain', '/srv/app/main.py']);
    const { platforms, ...rest } = JSON.parse(out);
    expect({ code, rest }).toEqual({
      code: 0,
      rest: { image: built('1'), digest: expect.stringMatching(/^sha256:/) },
    });
    expect(platforms).toMatchObject([
      {
        platform: expect.stringMatching(/^linux\//),
        layers: expect.arrayContaining([expect.objectContaining({ kind: 'new', files: expect.any(Number) })]),
        cost: { delta: expect.any(Number), fresh: expect.any(Number), dead: 0 },
        explained: [expect.stringContaining('main.py')],
      },
    ]);
    const failed = await call(['plan', built('9'), '--json']);
    expect(failed.code).toBe(2);
    expect(JSON.parse(failed.out).error).toMatchObject({ code: 'not-found', exitCode: 2 });
  });

  test('says of a baseline that is not there that this is a first run, unless it is to be quiet', async () => {
    const { call, built, registry } = await relaying();
    const { host } = await registry();
    const args = ['plan', built('1'), '--baseline', `${host}/app:latest`];
    const said = `No baseline: ${host}/app:latest is not there. This is what a first run makes.\n`;
    expect((await call(args)).err).toContain(said);
    expect((await call([...args, '--quiet'])).err).toBe('');
  });

  test('finds the release before where relayer would: under latest, in the image’s own repository', async () => {
    const { call, built, registry } = await relaying();
    const { host, layout } = await registry();
    await call(['relayer', built('1'), `${host}/app:latest`]);
    await writeRelease(layout, layersOf('2'), { tag: '2' });
    const { out, err } = await call(['plan', `${host}/app:2`]);
    expect(err).not.toContain('No baseline');
    expect(out).toContain('unchanged since the baseline');
    const latest = await call(['plan', `${host}/app:latest`]);
    expect(latest.err).toContain('No baseline: none is named');
  });

  test('says so where no baseline is named, and none can be looked for', async () => {
    const { call, built } = await relaying();
    const { code, err } = await call(['plan', built('1')]);
    expect(code).toBe(0);
    expect(err).toContain('No baseline: none is named (run and relayer look for latest beside the place');
  });

  test('gives up more of what is dead where less slack is allowed', async () => {
    const { call, built, relaid } = await relaying();
    await call(['relayer', built('1'), relaid('1')]);
    const deadWith = async (...more: string[]) =>
      JSON.parse((await call(['plan', built('2'), '--baseline', relaid('1'), '--json', ...more])).out)
        .platforms[0].cost.dead;
    expect(await deadWith()).toBeGreaterThan(0);
    expect(await deadWith('--slack', '0')).toBe(0);
  });

  test('keeps to the terminal', async () => {
    const { call, built } = await relaying();
    const { out } = await call(['plan', built('1'), '--explain', '/srv/app/main.py'], 80);
    expect(widest(out)).toBeLessThanOrEqual(80);
  });
});
