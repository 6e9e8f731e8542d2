import { describe, expect, it } from 'vitest';
import { classes, type Owner, tellsOwners } from '../../../src/stages/relayer/owners.ts';
import { fixtureRows, ownedTree, rowsOf } from './owners/owned-tree.ts';

const site = 'usr/lib/python3/dist-packages';
const wheel = {
  [`${site}/six-1.0.dist-info/RECORD`]: 'six.py,,\nhelp/a.txt,,\nhelp/b.txt,,\n',
  [`${site}/six.py`]: 'x',
  [`${site}/help/a.txt`]: 'x',
  [`${site}/help/b.txt`]: 'x',
};

describe('owners', () => {
  it('has one for every node, each with a name of its own, in a class', async () => {
    for (const fixture of ['venv', 'egg', 'debian']) {
      const { owners, of, names, tree } = await ownedTree(fixtureRows(fixture));
      expect(of).toHaveLength(tree.size);
      expect(new Set(of).size).toBe(owners.length);
      expect(new Set(names).size).toBe(names.length);
      for (const owner of owners) expect(classes).toContain(owner.class);
    }
  });

  it('are the same whatever the layers and their order of entries', async () => {
    const rows = fixtureRows('venv');
    const whole = await ownedTree(rows);
    const half = Math.floor(rows.length / 2);
    const split = await ownedTree(rows.slice(half).reverse(), {}, [rows.slice(0, half)]);
    expect(split.owners).toEqual(whole.owners);
    expect(split.of).toEqual(whole.of);
  });

  it('of a directory is who has all below it; a shared one goes by place', async () => {
    const owned = await ownedTree(rowsOf({ ...wheel, [`${site}/other.py`]: 'x', 'srv/empty': 'directory' }));
    expect(owned.owner(`${site}/help`).name).toBe('python six');
    expect(owned.owner(site).name).toBe(`files /${site}`);
    expect(owned.owner('usr').class).toBe('system');
    expect(owned.owner('srv/empty').class).toBe('app');
  });

  it('of hard links is one', async () => {
    const owned = await ownedTree(rowsOf({ ...wheel, 'opt/copy.py': { linkOf: `${site}/six.py` } }));
    expect(owned.owner('opt/copy.py').name).toBe('python six');
  });

  it('of an empty image is the root’s', async () => {
    expect((await ownedTree([])).owners).toEqual([{ name: 'files /', class: 'app' }]);
  });
});

describe('patterns', () => {
  it('win over all who claim, volatile over pinned', async () => {
    const owned = await ownedTree(rowsOf(wheel), {
      volatile: [`/${site}/help/a.*`, 'nothing'],
      pin: [`${site}/help/**`],
    });
    expect(owned.owner(`${site}/help/a.txt`)).toEqual({
      name: `volatile /${site}/help/a.*`,
      class: 'volatile',
    });
    expect(owned.owner(`${site}/help/b.txt`)).toEqual({ name: `pin ${site}/help/**`, class: 'system' });
    expect(owned.owner(`${site}/six.py`).name).toBe('python six');
    expect(owned.names).not.toContain('volatile nothing');
  });

  it('that fit a directory mean all below it, hidden files too', async () => {
    const owned = await ownedTree(rowsOf({ 'app/code/.env': 'x', 'app/code/x/y': 'x', 'app/codex': 'x' }), {
      volatile: ['/app/code/'],
    });
    expect(owned.files('volatile /app/code/')).toEqual(['app/code/.env', 'app/code/x/y']);
  });

  it('mean what they say: a path with wild cards in it is that path, an exclamation mark no contrary', async () => {
    const owned = await ownedTree(rowsOf({ 'app/[id].js': 'x', 'app/i.js': 'x', '!x': 'x' }), {
      volatile: ['/app/[id].js', '!x'],
    });
    expect(owned.files('volatile /app/[id].js')).toEqual(['app/[id].js']);
    expect(owned.files('volatile !x')).toEqual(['!x']);
  });

  it('that cannot be one is refused by its setting', async () => {
    const pattern = 'x'.repeat(70_000);
    await expect(ownedTree([], { pin: [pattern] })).rejects.toMatchObject({
      code: 'bad-pattern',
      message: expect.stringMatching(/^pin: "x{200}" is no pattern$/),
    });
  });

  it('leave a distribution whose metadata they name its other files', async () => {
    const owned = await ownedTree(rowsOf(wheel), { volatile: ['**/RECORD', '**/METADATA'] });
    expect(owned.owner(`${site}/six.py`).name).toBe('python six');
  });
});

describe('what is known of a layer that was not read', () => {
  const torch: Owner = { name: 'python torch', version: '2.4.1', class: 'heavy', pinned: ['python triton'] };

  it('beats places, and yields to who lists the file', async () => {
    const rows = rowsOf({ ...wheel, 'usr/lib/libtorch.so': 'x', 'usr/lib/z.so': 'x' });
    const named = new Map(rows.map(({ path }, row) => [row, String(path)]));
    const known = (layer: number, row: number): Owner | undefined =>
      layer === 0 && !named.get(row)?.endsWith('z.so') ? torch : undefined;
    const owned = await ownedTree(rows, { known });
    expect(owned.owner('usr/lib/libtorch.so')).toEqual({
      name: 'python torch',
      version: '2.4.1',
      class: 'heavy',
    });
    expect(owned.owner(`${site}/six.py`).name).toBe('python six');
    expect(owned.owner('usr/lib/z.so').name).toBe('files /usr/lib');
  });

  it('is one with an owner that goes by its name', async () => {
    const six: Owner = { name: 'python six', class: 'library' };
    const owned = await ownedTree(rowsOf({ ...wheel, 'opt/x': 'x' }), { known: () => six });
    expect(owned.files('python six')).toContain('opt/x');
    expect(owned.owner('opt/x')).toBe(owned.owner(`${site}/six.py`));
  });

  it('does not bring back patterns of another run', async () => {
    const owned = await ownedTree(rowsOf({ 'srv/a': 'x' }), {
      known: () => ({ name: 'volatile /srv/**', class: 'volatile' }),
    });
    expect(owned.owner('srv/a').class).toBe('app');
  });
});

describe('files that are kept', () => {
  const isTold = (path: string, bytes = 1000): boolean => tellsOwners(Buffer.from(path), bytes);

  it('are those that finders read, up to a size', () => {
    expect(isTold('opt/venv/lib/python3.12/site-packages/x-1.dist-info/RECORD')).toBe(true);
    expect(isTold('opt/venv/lib/python3.12/site-packages/x-1.dist-info/RECORD', 17 * 2 ** 20)).toBe(false);
    expect(isTold('var/lib/dpkg/info/libc6:amd64.list')).toBe(true);
    expect(isTold('var/lib/dpkg/status.d/base')).toBe(true);
    expect(isTold('app/node_modules/@a/b/package.json')).toBe(true);
    expect(isTold('opt/conda/conda-meta/python-3.12.4-0.json')).toBe(true);
  });

  it('are no others', () => {
    expect(isTold('app/node_modules/a/dist/package.json')).toBe(false);
    expect(isTold('app/package.json')).toBe(false);
    expect(isTold('srv/var/lib/dpkg/info/x.list')).toBe(false);
    expect(isTold('app/RECORD')).toBe(false);
  });
});
