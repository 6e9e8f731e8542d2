import { describe, expect, it } from 'vitest';
import { recordPaths } from '../../../../src/stages/relayer/owners/python-metadata.ts';
import { fixtureRows, type OwnedTree, ownedTree, rowsOf } from './owned-tree.ts';

const site = 'opt/venv/lib/python3.11/site-packages';

describe('a virtual environment filled by pip', () => {
  const venv = (): Promise<OwnedTree> => ownedTree(fixtureRows('venv'), { workingDir: Buffer.from('app') });

  it('gives every file that a RECORD names to its distribution, and none to another', async () => {
    const owned = await venv();
    const rows = fixtureRows('venv');
    let named = 0;
    for (const { path, content } of rows) {
      const [, directory] = /\/([^/]+)-[^/]+\.dist-info\/RECORD$/.exec(String(path)) ?? [];
      if (directory === undefined) continue;
      const name = `python ${directory.replaceAll('_', '-')}`;
      const paths = [...recordPaths(String(content))].map((file) =>
        new URL(`file:///${site}/${file}`).pathname.slice(1),
      );
      named += paths.length;
      expect(owned.files(name)).toEqual(expect.arrayContaining(paths));
    }
    expect(named).toBe(395);
  });

  it('knows names, normalised, versions, and exact pins', async () => {
    const owned = await venv();
    expect(owned.owner(`${site}/yaml/__init__.py`)).toMatchObject({
      name: 'python pyyaml',
      version: '6.0.3',
    });
    expect(owned.owner(`${site}/pydantic/main.py`).pinned).toEqual(['python pydantic-core']);
    expect(owned.owner(`${site}/pydantic_core/__init__.py`)).toEqual({
      name: 'python pydantic-core',
      version: '2.50.4',
      class: 'library',
    });
  });

  it('gives scripts to who brought them, and what was compiled later to its source', async () => {
    const owned = await venv();
    expect(owned.owner('opt/venv/bin/normalizer').name).toBe('python charset-normalizer');
    const compiled = owned
      .files('python click')
      .filter((path) => path.endsWith('core.cpython-311.opt-2.pyc'));
    expect(compiled).toEqual([`${site}/click/__pycache__/core.cpython-311.opt-2.pyc`]);
  });

  it('has of an editable installation the hook, and leaves the sources where they are', async () => {
    const owned = await venv();
    const hook = owned.files('python hello-app');
    expect(hook).toContain(`${site}/__editable__.hello_app-0.1.pth`);
    expect(hook).toContain('opt/venv/bin/hello');
    expect(owned.owner('app/src/hello_app/__init__.py')).toEqual({ name: 'app /app', class: 'app' });
  });

  it('leaves the environment its interpreter', async () => {
    const owned = await venv();
    expect(owned.owner('opt/venv/bin/python')).toEqual({ name: 'venv /opt/venv', class: 'runtime' });
    expect(owned.owner('opt/venv/pyvenv.cfg').name).toBe('venv /opt/venv');
  });

  it('does without contents: by names of directories', async () => {
    const rows = fixtureRows('venv').map(({ content, ...row }) => ({
      ...row,
      bytes: content?.length ?? row.bytes ?? 0,
    }));
    const owned = await ownedTree(rows);
    expect(owned.owner(`${site}/pydantic/main.py`)).toMatchObject({
      name: 'python pydantic',
      version: '2.14.3',
    });
    expect(owned.owner(`${site}/typing_extensions.py`).name).toBe('python typing-extensions');
  });
});

describe('an egg', () => {
  it('has the files that its installed-files.txt names', async () => {
    const owned = await ownedTree(fixtureRows('egg'));
    expect(owned.owner('opt/venv/lib/python3.6/site-packages/docopt.py')).toEqual({
      name: 'python docopt',
      version: '0.6.2',
      class: 'library',
    });
    expect(owned.files('python docopt')).toHaveLength(6);
  });

  it('goes by top_level.txt where there is no list, in a site directory only', async () => {
    const owned = await ownedTree(
      rowsOf({
        'usr/lib/python3/dist-packages/PyYAML-6.0.egg-info/top_level.txt': '_yaml\nyaml\n',
        'usr/lib/python3/dist-packages/yaml/__init__.py': 'x',
        'usr/lib/python3/dist-packages/other/__init__.py': 'x',
        'srv/tool/tool.egg-info/top_level.txt': 'tool\n',
        'srv/tool/tool/__init__.py': 'x',
      }),
    );
    expect(owned.owner('usr/lib/python3/dist-packages/yaml/__init__.py').name).toBe('python pyyaml');
    expect(owned.owner('usr/lib/python3/dist-packages/other/__init__.py').name).toBe(
      'files /usr/lib/python3/dist-packages',
    );
    expect(owned.owner('srv/tool/tool/__init__.py').name).toBe('files /srv/tool');
  });
});

describe('older installations', () => {
  const at = 'usr/lib/python2.7/site-packages';

  it('are an egg that is a directory, a file that is all metadata, a link to the sources', async () => {
    const owned = await ownedTree(
      rowsOf({
        [`${at}/nose-1.3.7-py2.7.egg/EGG-INFO/PKG-INFO`]: 'Name: nose\nVersion: 1.3.7\n',
        [`${at}/nose-1.3.7-py2.7.egg/nose/__init__.py`]: 'x',
        [`${at}/crcmod-1.7.egg-info`]: 'Metadata-Version: 1.0\nName: crcmod\nVersion: 1.7\n',
        [`${at}/crcmod/__init__.py`]: 'x',
        [`${at}/hello.egg-link`]: '/srv/hello\n.',
        'srv/hello/hello/__init__.py': 'x',
      }),
    );
    expect(owned.owner(`${at}/nose-1.3.7-py2.7.egg/nose/__init__.py`)).toMatchObject({
      name: 'python nose',
      version: '1.3.7',
    });
    expect(owned.owner(`${at}/crcmod/__init__.py`)).toMatchObject({ name: 'python crcmod', version: '1.7' });
    expect(owned.files('python hello')).toEqual([`${at}/hello.egg-link`]);
    expect(owned.owner('srv/hello/hello/__init__.py').class).toBe('app');
  });

  it('are no wheels that were unpacked in a cache', async () => {
    const cache = 'root/.cache/uv/archive-v0/abc';
    const owned = await ownedTree(
      rowsOf({ [`${cache}/six-1.0.dist-info/RECORD`]: 'six.py,,\n', [`${cache}/six.py`]: 'x' }),
    );
    expect(owned.owner(`${cache}/six.py`)).toEqual({ name: 'files /root/.cache', class: 'volatile' });
  });
});

describe('distributions', () => {
  const wheel = (at: string, name: string, record: string): Record<string, string> => ({
    [`${at}/${name}-1.0.dist-info/METADATA`]: `Name: ${name}\nVersion: 1.0\n\n`,
    [`${at}/${name}-1.0.dist-info/RECORD`]: record,
  });

  it('of the same name in two places are two owners', async () => {
    const owned = await ownedTree(
      rowsOf({
        ...wheel('opt/a/lib/python3.12/site-packages', 'six', 'six.py,,\n'),
        'opt/a/lib/python3.12/site-packages/six.py': 'a',
        ...wheel('opt/b/lib/python3.12/site-packages', 'six', 'six.py,,\n'),
        'opt/b/lib/python3.12/site-packages/six.py': 'b',
      }),
    );
    expect(owned.owner('opt/a/lib/python3.12/site-packages/six.py').name).toBe('python six');
    expect(owned.owner('opt/b/lib/python3.12/site-packages/six.py').name).toBe(
      'python six (/opt/b/lib/python3.12/site-packages)',
    );
  });

  it('have what they vendor', async () => {
    const at = 'usr/local/lib/python3.12/site-packages';
    const vendored = `${at}/setuptools/_vendor`;
    const owned = await ownedTree(
      rowsOf({
        ...wheel(vendored, 'wheel', 'wheel/__init__.py,,\n'),
        [`${vendored}/wheel/__init__.py`]: 'x',
        ...wheel(
          at,
          'setuptools',
          'setuptools/_vendor/wheel-1.0.dist-info/METADATA,,\nsetuptools/_vendor/wheel-1.0.dist-info/RECORD,,\n',
        ),
      }),
    );
    expect(owned.owner(`${vendored}/wheel/__init__.py`).name).toBe('python setuptools');
  });

  it('are found where `pip install --target` put them', async () => {
    const owned = await ownedTree(rowsOf({ ...wheel('deps', 'six', 'six.py,,\n'), 'deps/six.py': 'x' }));
    expect(owned.owner('deps/six.py').name).toBe('python six');
  });

  it('are heavy from 50 MB on, hard links counted once', async () => {
    const at = 'usr/lib/python3/site-packages';
    const of = async (bytes: number) => {
      const rows = rowsOf({
        ...wheel(at, 'big', 'big.so,,\nbig2.so,,\n'),
        [`${at}/big.so`]: bytes,
        [`${at}/big2.so`]: { linkOf: `${at}/big.so` },
      });
      return (await ownedTree(rows)).owner(`${at}/big.so`).class;
    };
    expect(await of(49_000_000)).toBe('library');
    expect(await of(50_000_000)).toBe('heavy');
  });

  it('pin only what is required in one version, without an extra, and is there', async () => {
    const at = 'usr/lib/python3/site-packages';
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const rows = rowsOf(Object.assign({}, ...names.map((name) => wheel(at, name, ''))));
    const metadata = [
      'Metadata-Version: 2.1',
      'Name: torch',
      'Version: 2.4.1+cu121',
      'Requires-Dist: A (==1.0) ; platform_system == "Linux"',
      'Requires-Dist: b[fast]===1.0',
      "Requires-Dist: c==1.0; extra == 'all'",
      'Requires-Dist: d>=1.0',
      'Requires-Dist: e==1.*',
      'Requires-Dist: f==1.0,!=1.1',
      'Requires-Dist: nowhere==1',
      '',
      'Requires-Dist: g==1',
    ].join('\r\n');
    const torch = rowsOf({
      [`${at}/torch-2.4.1.dist-info/METADATA`]: metadata,
      [`${at}/torch-2.4.1.dist-info/RECORD`]: 'torch.py,,\r\n',
      [`${at}/torch.py`]: 'x',
    });
    const owned = await ownedTree([...rows, ...torch]);
    expect(owned.owner(`${at}/torch.py`)).toEqual({
      name: 'python torch',
      version: '2.4.1+cu121',
      class: 'library',
      pinned: ['python a', 'python b'],
    });
  });
});

describe('a RECORD', () => {
  it('is read as the csv module writes it', () => {
    const record =
      '"a,b.py",sha256=x,1\r\n"say ""hi"".py",,\nplain.py,sha256=y,2\n\n"two\nlines.py",,\nlast.py';
    expect([...recordPaths(record)]).toEqual([
      'a,b.py',
      'say "hi".py',
      'plain.py',
      'two\nlines.py',
      'last.py',
    ]);
  });

  it('that is broken off in a quoted path ends', () => {
    expect([...recordPaths('a,,\n"never closed,,\n')]).toEqual(['a', 'never closed,,\n']);
  });
});
