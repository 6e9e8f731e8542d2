import { describe, expect, it } from 'vitest';
import { type Made, ownedTree, rowsOf } from './owned-tree.ts';

const MiB = 2 ** 20;

describe('models', () => {
  it('that stand alone are an owner each, the shards of one together', async () => {
    const owned = await ownedTree(
      rowsOf({
        'models/a.safetensors': 20 * MiB,
        'models/b-00001-of-00002.gguf': 20 * MiB,
        'models/b-00002-of-00002.gguf': 20 * MiB,
        'models/small.onnx': 15 * MiB,
        'usr/lib/firmware/big.bin': 20 * MiB,
      }),
    );
    expect(owned.owner('models/a.safetensors')).toEqual({
      name: 'model /models/a.safetensors',
      class: 'model',
    });
    expect(owned.files('model /models/b.gguf')).toHaveLength(2);
    expect(owned.owner('usr/lib/firmware/big.bin').class).toBe('system');
    expect(owned.owner('models/small.onnx')).toEqual({ name: 'files /models', class: 'app' });
  });

  it('have their configuration and tokenizer, and of the application nothing', async () => {
    const owned = await ownedTree(
      rowsOf({
        'app/llm/model.safetensors': 20 * MiB,
        'app/llm/config.json': '{}',
        'app/llm/tokenizer.json': '{}',
        'app/llm/model.safetensors.index.json': '{}',
        'app/llm/serve.py': 'x',
      }),
      { workingDir: Buffer.from('app') },
    );
    expect(owned.files('model /app/llm')).toHaveLength(4);
    expect(owned.owner('app/llm/serve.py')).toEqual({ name: 'app /app', class: 'app' });
  });

  it('are whole directories where one says so', async () => {
    const owned = await ownedTree(
      rowsOf({
        'models/sd/model_index.json': '{}',
        'models/sd/unet/diffusion_pytorch_model.safetensors': 20 * MiB,
        'models/sd/vae/config.json': '{}',
        'models/sd/scheduler/notes.txt': 'x',
      }),
    );
    expect(owned.files('model /models/sd')).toHaveLength(4);
  });

  it("of huggingface's cache are an owner for a repository", async () => {
    const hub = 'root/.cache/huggingface/hub';
    const owned = await ownedTree(
      rowsOf({
        [`${hub}/models--org--tiny/blobs/0d3f`]: 100,
        [`${hub}/models--org--tiny/refs/main`]: 'abc',
        [`${hub}/models--org--tiny/snapshots/abc/config.json`]: { to: '../../blobs/0d3f' },
        [`${hub}/version.txt`]: '1',
      }),
    );
    expect(owned.files('model org/tiny')).toHaveLength(3);
    expect(owned.owner(`${hub}/models--org--tiny`).name).toBe('model org/tiny');
    expect(owned.owner(`${hub}/version.txt`)).toEqual({ name: 'files /root/.cache', class: 'volatile' });
  });

  it('in a wheel are the wheel’s', async () => {
    const at = 'usr/lib/python3/site-packages';
    const owned = await ownedTree(
      rowsOf({
        [`${at}/m-1.dist-info/RECORD`]: 'm/weights.onnx,,\n',
        [`${at}/m/weights.onnx`]: 20 * MiB,
      }),
    );
    expect(owned.owner(`${at}/m/weights.onnx`).name).toBe('python m');
  });
});

describe('runtimes', () => {
  it('are an interpreter with its library, not what is installed for it', async () => {
    const owned = await ownedTree(
      rowsOf({
        'usr/local/bin/python3': { to: 'python3.12' },
        'usr/local/bin/python3.12': 'x',
        'usr/local/bin/tool': 'x',
        'usr/local/include/python3.12/Python.h': 'x',
        'usr/local/lib/libpython3.12.so.1.0': 'x',
        'usr/local/lib/python3.12/os.py': 'x',
        'usr/local/lib/python3.12/json/__init__.py': 'x',
        'usr/local/lib/python3.12/site-packages/README.txt': 'x',
      }),
    );
    expect(owned.owner('usr/local/lib/python3.12/json/__init__.py')).toEqual({
      name: 'runtime python',
      version: '3.12',
      class: 'runtime',
    });
    expect(owned.files('runtime python')).toHaveLength(6);
    expect(owned.owner('usr/local/bin/tool').class).toBe('library');
    expect(owned.owner('usr/local/lib/python3.12/site-packages/README.txt').class).toBe('library');
  });

  it('are toolkits in their places, whichever name leads there', async () => {
    const owned = await ownedTree(
      rowsOf({ 'usr/local/cuda': { to: 'cuda-12.4' }, 'usr/local/cuda-12.4/lib64/libcudart.so.12': 'x' }),
    );
    expect(owned.files('runtime cuda')).toHaveLength(2);
    expect(owned.owner('usr/local/cuda').version).toBe('12.4');
  });
});

describe('the working directory', () => {
  it('has what nobody else has, found through links', async () => {
    const owned = await ownedTree(rowsOf({ app: { to: 'srv/service' }, 'srv/service/main.py': 'x' }), {
      workingDir: Buffer.from('app'),
    });
    expect(owned.owner('srv/service/main.py')).toEqual({ name: 'app /srv/service', class: 'app' });
  });

  it('says nothing where it is a place of the system', async () => {
    const owned = await ownedTree(rowsOf({ 'usr/local/x/tool': 'x' }), {
      workingDir: Buffer.from('usr/local'),
    });
    expect(owned.owner('usr/local/x/tool').name).toBe('files /usr/local/x');
  });
});

describe('the rest', () => {
  it('goes by directory, classed by place', async () => {
    const owned = await ownedTree(
      rowsOf({
        'entrypoint.sh': 'x',
        'data/set/a': 'x',
        'etc/nginx/nginx.conf': 'x',
        'home/me/x/y': 'x',
        'opt/tool/bin/tool': 'x',
        'usr/share/x/y': 'x',
        'usr/local/lib/x/y.so': 'x',
        'var/log/x/y.log': 'x',
      }),
    );
    const shown = (path: string) => `${owned.owner(path).name}: ${owned.owner(path).class}`;
    expect(
      ['entrypoint.sh', 'data/set/a', 'etc/nginx/nginx.conf', 'home/me/x/y', 'opt/tool/bin/tool'].map(shown),
    ).toEqual([
      'files /: app',
      'files /data: app',
      'files /etc: system',
      'files /home/me: app',
      'files /opt/tool: library',
    ]);
    expect(['usr/share/x/y', 'usr/local/lib/x/y.so', 'var/log/x/y.log'].map(shown)).toEqual([
      'files /usr/share: system',
      'files /usr/local/lib: library',
      'files /var/log: volatile',
    ]);
  });

  it('keeps rpm’s database late', async () => {
    const owned = await ownedTree(
      rowsOf({ 'usr/lib/sysimage/rpm/rpmdb.sqlite': 'x', 'var/lib/rpm': { to: 'x' } }),
    );
    expect(owned.owner('usr/lib/sysimage/rpm/rpmdb.sqlite')).toEqual({
      name: 'rpm database',
      class: 'volatile',
    });
  });

  it('splits what is large by directories that are large, and leaves the others together', async () => {
    const owned = await ownedTree(
      rowsOf({
        'opt/big/a/x/1': 150 * MiB,
        'opt/big/a/y/1': 150 * MiB,
        'opt/big/b/1': 70 * MiB,
        'opt/big/c/1': 10 * MiB,
      }),
    );
    expect(owned.names.filter((name) => name.startsWith('files /opt/'))).toEqual(
      expect.arrayContaining([
        'files /opt/big',
        'files /opt/big/a/x',
        'files /opt/big/a/y',
        'files /opt/big/b',
      ]),
    );
    expect(owned.owner('opt/big/c/1').name).toBe('files /opt/big');
  });

  it('is one owner for a directory of very many', async () => {
    const files: Record<string, Made> = {};
    for (let at = 0; at < 101; at += 1) files[`opt/${at}/x`] = 'x';
    expect((await ownedTree(rowsOf(files))).owner('opt/7/x').name).toBe('files /opt');
  });
});
