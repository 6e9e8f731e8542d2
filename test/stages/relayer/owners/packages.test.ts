import { describe, expect, it } from 'vitest';
import { fixtureRows, ownedTree, rowsOf } from './owned-tree.ts';

describe('Debian packages', () => {
  it('have the files of their lists, by paths of before and after /usr was merged', async () => {
    const owned = await ownedTree(fixtureRows('debian'));
    expect(owned.owner('usr/bin/mawk')).toEqual({
      name: 'debian mawk',
      version: '1.3.4.20250131-1',
      class: 'system',
    });
    expect(owned.files('debian libgcc-s1')).toEqual([
      'usr/lib/x86_64-linux-gnu/libgcc_s.so.1',
      'usr/share/doc/libgcc-s1',
      'usr/share/lintian/overrides/libgcc-s1',
      'var/lib/dpkg/info/libgcc-s1:amd64.list',
      'var/lib/dpkg/info/libgcc-s1:amd64.md5sums',
      'var/lib/dpkg/info/libgcc-s1:amd64.shlibs',
      'var/lib/dpkg/info/libgcc-s1:amd64.symbols',
      'var/lib/dpkg/info/libgcc-s1:amd64.triggers',
    ]);
  });

  it('leave what dpkg notes of all of them, and what is made of them, to change late', async () => {
    const owned = await ownedTree(fixtureRows('debian'));
    for (const path of ['status', 'status-old', 'diversions']) {
      expect(owned.owner(`var/lib/dpkg/${path}`)).toEqual({ name: 'debian database', class: 'volatile' });
    }
    expect(owned.owner('etc/ld.so.cache').class).toBe('volatile');
    expect(owned.owner('etc/alternatives/awk')).toEqual({ name: 'files /etc', class: 'system' });
  });

  it('share directories, which belong to nobody of them', async () => {
    const owned = await ownedTree(fixtureRows('debian'));
    expect(owned.owner('usr/share/doc').name).toMatch(/^files \/usr/);
    expect(owned.owner('usr/share/doc/mawk').name).toBe('debian mawk');
    expect(owned.owner('usr/share/doc/base-files').name).toBe('debian base-files');
  });

  const list = (files: readonly string[]): string => ['/.', ...files, ''].join('\n');

  it('are found behind /lib -> usr/lib', async () => {
    const owned = await ownedTree(
      rowsOf({
        lib: { to: 'usr/lib' },
        'usr/lib/libz.so.1': 'x',
        'var/lib/dpkg/info/zlib1g:amd64.list': list(['/lib', '/lib/libz.so.1']),
      }),
    );
    expect(owned.owner('usr/lib/libz.so.1').name).toBe('debian zlib1g');
  });

  it('find their diverted files', async () => {
    const owned = await ownedTree(
      rowsOf({
        'bin/sh': 'dash',
        'bin/sh.distrib': 'bash',
        'var/lib/dpkg/diversions': '/bin/sh\n/bin/sh.distrib\ndash\n',
        'var/lib/dpkg/info/bash.list': list(['/bin/sh']),
        'var/lib/dpkg/info/dash.list': list(['/bin/sh']),
      }),
    );
    expect(owned.owner('bin/sh').name).toBe('debian dash');
    expect(owned.owner('bin/sh.distrib').name).toBe('debian bash');
  });

  it('of two architectures are two', async () => {
    const owned = await ownedTree(
      rowsOf({
        'usr/lib/a': 'x',
        'usr/lib/b': 'x',
        'var/lib/dpkg/info/libc6:amd64.list': list(['/usr/lib/a']),
        'var/lib/dpkg/info/libc6:i386.list': list(['/usr/lib/b']),
      }),
    );
    expect(owned.owner('usr/lib/a').name).toBe('debian libc6');
    expect(owned.owner('usr/lib/b').name).toBe('debian libc6 (/i386)');
  });

  it('of distroless images are known by status.d', async () => {
    const owned = await ownedTree(
      rowsOf({
        'usr/lib/x86_64-linux-gnu/libssl.so.3': 'x',
        'var/lib/dpkg/status.d/libssl3': 'Package: libssl3\nVersion: 3.0.15-1~deb12u1\nArchitecture: amd64\n',
        'var/lib/dpkg/status.d/libssl3.md5sums':
          '8dd4f8ee3c3c9b0f6bcbc1b2eb6f6a5a  usr/lib/x86_64-linux-gnu/libssl.so.3\n',
      }),
    );
    expect(owned.files('debian libssl3')).toHaveLength(3);
    expect(owned.owner('usr/lib/x86_64-linux-gnu/libssl.so.3').version).toBe('3.0.15-1~deb12u1');
  });
});

describe('Alpine packages', () => {
  const installed = [
    'C:Q1ZrYyKJuRpzIqQgsZjLlJ0SmM2zA=',
    'P:zlib',
    'V:1.2.11-r3',
    'A:x86_64',
    'F:lib',
    'R:libz.so.1',
    'a:0:0:777',
    'Z:Q1mLJyGNsyyK2nhaVa9xN9XN9cXxM=',
    'R:libz.so.1.2.11',
    '',
    'P:busybox',
    'V:1.33.1-r3',
    'F:bin',
    'R:busybox',
    '',
  ].join('\n');

  it('have the files of their paragraph, and the links that lead to them', async () => {
    const owned = await ownedTree(
      rowsOf({
        'bin/busybox': 'x',
        'bin/ls': { to: '/bin/busybox' },
        'lib/libz.so.1': { to: 'libz.so.1.2.11' },
        'lib/libz.so.1.2.11': 'x',
        'lib/apk/db/installed': installed,
        'lib/apk/db/triggers': '',
      }),
    );
    expect(owned.files('apk zlib')).toEqual(['lib/libz.so.1', 'lib/libz.so.1.2.11']);
    expect(owned.owner('bin/ls')).toEqual({ name: 'apk busybox', version: '1.33.1-r3', class: 'system' });
    expect(owned.owner('lib/apk/db/installed')).toEqual({ name: 'apk database', class: 'volatile' });
  });
});

describe('conda packages', () => {
  const record = (name: string, version: string, files: unknown): string =>
    JSON.stringify({ build: 'py312_0', channel: 'conda-forge', name, version, files });
  const at = 'opt/conda/lib/python3.12/site-packages';
  const six = {
    'opt/conda/conda-meta/six-1.16.0-pyh6c4a22f_0.json': record('six', '1.16.0', [
      'lib/python3.12/site-packages/six.py',
      'lib/python3.12/site-packages/six-1.16.0.dist-info/METADATA',
      'lib/python3.12/site-packages/six-1.16.0.dist-info/RECORD',
    ]),
    [`${at}/six.py`]: 'x',
    [`${at}/six-1.16.0.dist-info/METADATA`]: 'Name: six\nVersion: 1.16.0\n',
    [`${at}/six-1.16.0.dist-info/RECORD`]: 'six.py,,\n',
  };

  it('have their records, their files, and a distribution that is theirs', async () => {
    const owned = await ownedTree(rowsOf(six));
    expect(owned.names).not.toContain('python six');
    expect(owned.files('conda six')).toHaveLength(4);
    expect(owned.owner(`${at}/six.py`).version).toBe('1.16.0');
  });

  it('yield to a distribution that pip installed over them', async () => {
    const owned = await ownedTree(
      rowsOf({
        ...six,
        [`${at}/six-1.17.0.dist-info/METADATA`]: 'Name: six\nVersion: 1.17.0\n',
        [`${at}/six-1.17.0.dist-info/RECORD`]: 'six.py,,\n',
      }),
    );
    expect(owned.owner(`${at}/six.py`)).toEqual({ name: 'python six', version: '1.17.0', class: 'library' });
  });

  it('leave a prefix what no package names: its python is a runtime', async () => {
    const owned = await ownedTree(
      rowsOf({
        'opt/conda/conda-meta/python-3.12.4-0.json': record('python', '3.12.4', ['bin/python3.12']),
        'opt/conda/conda-meta/history': '',
        'opt/conda/bin/python3.12': 'x',
        'opt/conda/envs/a/conda-meta/zlib-1.3-0.json': record('zlib', '1.3', ['lib/libz.so']),
        'opt/conda/envs/a/lib/libz.so': 'x',
        'opt/conda/pkgs/urls.txt': '',
        'opt/conda/pkgs/zlib-1.3-0/lib/libz.so': { linkOf: 'opt/conda/envs/a/lib/libz.so' },
        'opt/conda/pkgs/zlib-1.2-0/lib/libz.so': 'old',
      }),
    );
    expect(owned.owner('opt/conda/bin/python3.12')).toEqual({
      name: 'conda python',
      version: '3.12.4',
      class: 'runtime',
    });
    expect(owned.owner('opt/conda/conda-meta/history')).toEqual({ name: 'runtime conda', class: 'runtime' });
    expect(owned.files('conda zlib')).toContain('opt/conda/pkgs/zlib-1.3-0/lib/libz.so');
    expect(owned.owner('opt/conda/pkgs/zlib-1.2-0/lib/libz.so').name).toBe('conda package cache');
  });
});

describe('npm packages', () => {
  it('have their directory but for packages in it; commands go with them', async () => {
    const owned = await ownedTree(
      rowsOf({
        'srv/app/index.js': 'x',
        'srv/app/node_modules/.bin/semver': { to: '../semver/bin/semver.js' },
        'srv/app/node_modules/.package-lock.json': '{}',
        'srv/app/node_modules/semver/bin/semver.js': 'x',
        'srv/app/node_modules/semver/package.json': '{"name":"semver","version":"7.7.2"}',
        'srv/app/node_modules/@types/node/package.json': '{"name":"@types/node","version":"24.1.0"}',
        'srv/app/node_modules/@types/node/node_modules/semver/package.json': '{"version":"6.3.1"}',
        'srv/app/node_modules/@types/node/node_modules/semver/dist/package.json': '{"type":"module"}',
        'srv/app/node_modules/.cache/x': 'x',
      }),
      { workingDir: Buffer.from('srv/app') },
    );
    const modules = 'srv/app/node_modules';
    expect(owned.files('npm semver')).toHaveLength(3);
    expect(owned.owner(`${modules}/semver/package.json`)).toMatchObject({
      version: '7.7.2',
      class: 'library',
    });
    expect(owned.owner(`${modules}/@types/node/package.json`).name).toBe('npm @types/node');
    expect(owned.owner(`${modules}/@types/node/node_modules/semver/dist/package.json`)).toMatchObject({
      name: 'npm semver (/srv/app/node_modules/@types/node/node_modules)',
      version: '6.3.1',
    });
    expect(owned.files('app /srv/app')).toEqual([
      'srv/app/index.js',
      `${modules}/.cache/x`,
      `${modules}/.package-lock.json`,
    ]);
  });
});
