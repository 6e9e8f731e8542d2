import { describe, expect, it } from 'vitest';
import { Claims } from '../../../../src/stages/relayer/owners/claims.ts';
import { joined, readable } from '../../../../src/stages/relayer/owners/path.ts';
import { type Made, ownedTree, rowsOf } from './owned-tree.ts';

const site = 'usr/lib/python3/site-packages';

describe('what images say of themselves', () => {
  it('claims nothing outside of the tree, by whatever path', async () => {
    const record = [
      `${'../'.repeat(40)}etc/passwd`,
      '/../etc/passwd',
      '.',
      '..',
      '',
      ' ',
      '\0',
      'x'.repeat(100_000),
    ];
    const owned = await ownedTree(
      rowsOf({
        'etc/passwd': 'x',
        [`${site}/evil-1.dist-info/RECORD`]: record.map((path) => `${path},,`).join('\n'),
      }),
    );
    expect(owned.files('python evil')).toEqual([`${site}/evil-1.dist-info/RECORD`]);
  });

  it('may be no text, no JSON, no record, and owners are found all the same', async () => {
    const junk = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256));
    for (const content of [
      junk,
      Buffer.alloc(0),
      Buffer.from('null'),
      Buffer.from('[{"files":3}]'),
      Buffer.from('"'),
    ]) {
      const owned = await ownedTree(
        rowsOf({
          [`${site}/a-1.dist-info/RECORD`]: content,
          [`${site}/a-1.dist-info/METADATA`]: content,
          [`${site}/b.egg-info/installed-files.txt`]: content,
          [`${site}/c.egg-info/top_level.txt`]: content,
          'opt/conda/conda-meta/a.json': content,
          'opt/node_modules/a/package.json': content,
          'lib/apk/db/installed': content,
          'var/lib/dpkg/info/a.list': content,
          'var/lib/dpkg/status': content,
          'var/lib/dpkg/status.d/a': content,
          'var/lib/dpkg/status.d/a.md5sums': content,
          'var/lib/dpkg/diversions': content,
        }),
      );
      expect(owned.names).toEqual(expect.arrayContaining(['python a', 'debian a', 'npm a']));
    }
  });

  it('may have names that objects have', async () => {
    const owned = await ownedTree(
      rowsOf({
        [`${site}/constructor-1.dist-info/RECORD`]: 'constructor.py,,\n',
        [`${site}/constructor.py`]: 'x',
        'srv/node_modules/__proto__/package.json': '{"__proto__":{"version":"1"},"version":"2"}',
        'var/lib/dpkg/info/toString.list': '/__proto__\n',
        __proto__x: 'x',
      }),
    );
    expect(owned.owner(`${site}/constructor.py`).name).toBe('python constructor');
    expect(owned.owner('srv/node_modules/__proto__/package.json')).toMatchObject({
      name: 'npm __proto__',
      version: '2',
    });
  });

  it('has versions and names that terminals can show', async () => {
    const owned = await ownedTree(
      rowsOf({
        [`${site}/a-1.dist-info/METADATA`]: 'Name: a\u001b[31m\nVersion: 1\u001b[0m\n',
        [`${site}/a-1.dist-info/RECORD`]: '',
        'opt/\u001b[2J/x': 'x',
      }),
    );
    expect(owned.owner(`${site}/a-1.dist-info/RECORD`)).toMatchObject({ name: 'python a', version: '1' });
    expect(owned.owner('opt/\u001b[2J/x').name).toBe('files /opt/\\x1b[2J');
  });

  it('may have paths that are no text', async () => {
    const path = Buffer.from([0x6f, 0x70, 0x74, 0x2f, 0xff, 0x2f, 0x78]);
    const list = Buffer.concat([Buffer.from('/'), path, Buffer.from('\n')]);
    const rows = [
      ...rowsOf({ 'var/lib/dpkg/info/odd.list': list }),
      { path, kind: 'file' as const, content: 'x' },
    ];
    const owned = await ownedTree(rows);
    expect(owned.owner(path).name).toBe('debian odd');
    const other = await ownedTree([{ path, kind: 'file', content: 'x' }]);
    expect(other.owner(path).name).toBe('files /opt/\\xff');
  });

  it('may lead in circles, and out of the root', async () => {
    const owned = await ownedTree(
      rowsOf({
        a: { to: 'b' },
        b: { to: 'a' },
        up: { to: '../../../usr' },
        self: { to: 'self/self' },
        'usr/x': 'x',
        'var/lib/dpkg/info/odd.list': '/a/x\n/self/x\n/up/x\n/b\n',
      }),
    );
    expect(owned.owner('usr/x').name).toBe('debian odd');
    expect(owned.owner('b').name).toBe('debian odd');
  });
});

describe('many', () => {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };

  it('distributions that all name one directory cost no more than one that does', async () => {
    const files: Record<string, Made> = {};
    for (let at = 0; at < 2000; at += 1) {
      files[`${site}/d${at}.egg-info/top_level.txt`] = 'shared\n';
      files[`${site}/shared/${at}.py`] = 'x';
    }
    const rows = rowsOf(files);
    let owned: Awaited<ReturnType<typeof ownedTree>> | undefined;
    const milliseconds = await timed(async () => {
      owned = await ownedTree(rows);
    });
    expect(owned?.files('python d0')).toHaveLength(2001);
    expect(milliseconds).toBeLessThan(5000);
  });

  it('hard links of one inode are one claim', async () => {
    const files: Record<string, Made> = { 'opt/a/first': 'x' };
    for (let at = 0; at < 20_000; at += 1) files[`opt/b/${at}`] = { linkOf: 'opt/a/first' };
    files['var/lib/dpkg/info/many.list'] = Object.keys(files)
      .map((path) => `/${path}\n`)
      .join('');
    const milliseconds = await timed(async () => {
      expect((await ownedTree(rowsOf(files))).owner('opt/b/77').name).toBe('debian many');
    });
    expect(milliseconds).toBeLessThan(10_000);
  });

  it('spaces, brackets and quotes in a requirement take no time', async () => {
    const requirement = `Requires-Dist: a${' '.repeat(200_000)}==${'['.repeat(200_000)}\n`;
    const rows = rowsOf({
      [`${site}/a-1.dist-info/METADATA`]: requirement.slice(0, 2 ** 18),
      [`${site}/a-1.dist-info/RECORD`]: '"'.repeat(500_000),
    });
    expect(await timed(() => ownedTree(rows))).toBeLessThan(5000);
  });

  it('owners above 65,536 go together', async () => {
    const owned = await ownedTree(rowsOf({ 'srv/x': 'x' }));
    const claims = new Claims(owned.tree, () => undefined, {
      workingDir: Buffer.alloc(0),
      volatile: [],
      pin: [],
    });
    const register = (at: number) =>
      claims.register({ kind: 'npm', what: `p${at}`, place: '', class: 'library' });
    for (let at = 0; at < 65_536; at += 1) register(at);
    expect(register(65_535)).toBe(65_535);
    expect(register(70_000)).toBe(65_536);
    expect(register(80_000)).toBe(65_536);
    expect(register(3)).toBe(3);
  });
});

describe('a path', () => {
  it('is put together by its text, and does not leave the root', () => {
    expect(joined('a/b', '../c')).toBe('a/c');
    expect(joined('a/b', '/c/./d//e/')).toBe('c/d/e');
    expect(joined('', 'a..b/.c')).toBe('a..b/.c');
    expect(joined('a', '../../c')).toBeUndefined();
    expect(joined('a', '..')).toBe('');
  });

  it('is shown as text where it is, else by its bytes', () => {
    expect(readable(Buffer.from('größe').toString('latin1'))).toBe('größe');
    expect(readable('gr\xf6\xdfe')).toBe('gr\\xf6\\xdfe');
    expect(readable('a\nb')).toBe('a\\x0ab');
  });
});
