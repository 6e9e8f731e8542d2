import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { appFiles, dockerfile } from '../../../bench/series/context.ts';
import { changes, releasesOf } from '../../../bench/series/releases.ts';

const requirements = (
  await readFile(join(import.meta.dirname, '../../../bench/series/requirements.txt'), 'utf8')
)
  .trim()
  .split('\n');

describe('a table of changes', () => {
  const releases = releasesOf(
    [
      { title: 'first', base: 'base1', packages: ['python3', 'curl'], app: true, model: true },
      { title: 'bump', pins: { numpy: '2.0.0' } },
      {
        title: 'swap',
        pins: { redis: '5.2.1', pandas: null },
        packages: ['tini'],
        securityUpdates: true,
        app: true,
      },
      { title: 'base', base: 'base2' },
    ],
    ['numpy==1.0.0', 'pandas==2.2.2'],
  );

  test('makes one release of each, numbered from r1', () => {
    expect(releases.map(({ tag, title }) => `${tag} ${title}`)).toEqual([
      'r1 first',
      'r2 bump',
      'r3 swap',
      'r4 base',
    ]);
  });

  test('pins, adds and removes distributions from a release on', () => {
    expect(releases.map((release) => release.requirements)).toEqual([
      ['numpy==1.0.0', 'pandas==2.2.2'],
      ['numpy==2.0.0', 'pandas==2.2.2'],
      ['numpy==2.0.0', 'redis==5.2.1'],
      ['numpy==2.0.0', 'redis==5.2.1'],
    ]);
  });

  test('keeps what a release does not name', () => {
    expect(releases[3]).toMatchObject({
      base: 'base2',
      packages: ['curl', 'python3', 'tini'],
      securityUpdates: true,
      app: 2,
      model: 1,
    });
  });
});

describe('the series', () => {
  const releases = releasesOf(changes, requirements);

  test('has at least eight releases, one of them an app change alone', () => {
    expect(releases.length).toBeGreaterThanOrEqual(8);
    expect(changes.some(({ title, app, ...rest }) => app && title && Object.keys(rest).length === 0)).toBe(
      true,
    );
  });

  test('pins every distribution exactly', () => {
    for (const { requirements: pinned } of releases) {
      for (const line of pinned) expect(line).toMatch(/^[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*$/);
    }
  });

  test('changes only versions of distributions that an earlier release has, or adds new ones', () => {
    for (const [at, { pins = {} }] of changes.entries()) {
      const before = releases[at - 1]?.requirements ?? [];
      for (const [name, version] of Object.entries(pins)) {
        const had = before.some((line) => line.startsWith(`${name}==`));
        if (version === null) expect(had).toBe(true);
        expect(before).not.toContain(`${name}==${version}`);
      }
    }
  });

  test('an app change edits some modules and leaves most as they were', () => {
    const [before, after] = [new Map(appFiles(1)), appFiles(2)];
    const edited = after.filter(([path, text]) => before.get(path) !== text);
    expect(edited.length).toBeGreaterThan(0);
    expect(edited.length).toBeLessThan(after.length / 2);
  });

  test('one app change renames a module', () => {
    expect(new Map(appFiles(4)).has('app/routes/carts.py')).toBe(true);
    expect(new Map(appFiles(5)).has('app/routes/carts.py')).toBe(false);
    expect(new Map(appFiles(5)).has('app/routes/baskets.py')).toBe(true);
  });

  test('the Dockerfile installs what the release wants upon its base', () => {
    const [release] = releases;
    if (!release) throw new Error('there is no release');
    expect(dockerfile(release)).toContain(`FROM localhost/${release.base}\n`);
    expect(dockerfile(release)).toContain(` ${release.packages.join(' ')} `);
  });
});
