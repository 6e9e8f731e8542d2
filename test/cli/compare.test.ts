import { describe, expect, test } from 'vitest';
import { openLayout } from '../../src/content/store/layout.ts';
import { describeLayer, makeLayer } from '../content/layer/made-layer.ts';
import { app, base, wheels, writeRelease } from '../pipeline/relaid.ts';
import { relaying, widest } from './relaying.ts';

describe('compare', () => {
  test('finds a re-laid image equal to what it was made of, and says by which tree', async () => {
    const { call, built, registry } = await relaying();
    const { host } = await registry();
    await call(['relayer', built('1'), `${host}/app:1`]);
    const { code, out } = await call(['compare', built('1'), `${host}/app:1`]);
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ The same files to a container\n/);
    const trees = out.match(/tree\s+sha256:[0-9a-f]{64}/g) ?? [];
    expect(trees).toHaveLength(2);
    expect(new Set(trees.map((tree) => tree.replace(/\s+/, ' '))).size).toBe(1);
  });

  test('names the paths that differ and how, and exits with 1', async () => {
    const { call, built } = await relaying();
    const { code, out, err } = await call(['compare', built('1'), built('2')]);
    expect(code).toBe(1);
    expect(out).toMatch(/^✗ \d+ paths differ\n/);
    expect(out).toMatch(/srv\/app\/main\.py.*content/);
    expect(out).toMatch(/foo-2\.dist-info\/METADATA/);
    expect(err).toMatch(/^Compare oci:\S+ and oci:\S+\n/);
    expect((await call(['compare', built('1'), built('2'), '--quiet'])).err).toBe('');
  });

  test('prints one JSON document, whatever it finds, and where it fails', async () => {
    const { call, built } = await relaying();
    const same = await call(['compare', built('1'), built('1'), '--json']);
    expect(JSON.parse(same.out)).toMatchObject({ verdict: 'same', differences: 0, first: [] });
    const { code, out } = await call(['compare', built('1'), built('2'), '--json']);
    const found = JSON.parse(out);
    expect({ code, found }).toMatchObject({
      code: 1,
      found: {
        a: {
          name: built('1'),
          digest: expect.stringMatching(/^sha256:/),
          tree: expect.stringMatching(/^sha256:/),
        },
        b: { name: built('2') },
        verdict: 'different',
      },
    });
    expect(found.first).toHaveLength(found.differences);
    const failed = await call(['compare', built('1'), built('9'), '--json']);
    expect(failed.code).toBe(2);
    expect(JSON.parse(failed.out).error).toMatchObject({ code: 'not-found' });
    const gone = await call(['compare', built('1'), '127.0.0.1:1/a:1', '--attempts', '1', '--json']);
    expect({ code: gone.code, error: JSON.parse(gone.out).error }).toMatchObject({
      code: 3,
      error: { kind: 'infrastructure' },
    });
  });

  test('shows a hundred differences at most, and how many are left', async () => {
    const { call, layout, built } = await relaying();
    const files = Object.fromEntries(
      Array.from({ length: 120 }, (_, at) => [`data/${at}`, Buffer.from('x')]),
    );
    await writeRelease(layout, [base, wheels('1'), app('1'), makeLayer(files)], { tag: 'more' });
    const { out } = await call(['compare', built('1'), built('more')]);
    const [, count] = /^✗ (\d+) paths differ/.exec(out) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(120);
    expect(out).toContain(`And ${Number(count) - 100} more.`);
    expect(widest((await call(['compare', built('1'), built('more')], 80)).out)).toBeLessThanOrEqual(80);
  });

  test('counts times of modification only where they are asked for', async () => {
    const { call, folder, built } = await relaying();
    const other = await openLayout(`${folder}/other`, { create: true });
    await writeRelease(other, [base, wheels('1'), touched(app('1'))], { tag: '1' });
    expect((await call(['compare', built('1'), `oci:${folder}/other:1`])).code).toBe(0);
    const timed = await call(['compare', built('1'), `oci:${folder}/other:1`, '--mtimes']);
    expect(timed).toMatchObject({ code: 1, out: expect.stringMatching(/main\.py.*modif|time/) });
  });
});

/** The layer with its first entry an hour later. */
function touched({ tar }: ReturnType<typeof makeLayer>) {
  const changed = Buffer.from(tar);
  const mtime = Number.parseInt(changed.toString('latin1', 136, 147), 8) + 3600;
  changed.write(`${mtime.toString(8).padStart(11, '0')}\0`, 136, 'latin1');
  changed.fill(' ', 148, 156);
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return describeLayer(changed, 'gzip');
}
