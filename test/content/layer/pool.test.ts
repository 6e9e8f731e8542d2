import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { infrastructureError, PullBudgetError } from '../../../src/content/error.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { monotonicSeconds } from '../../../src/content/layer/clock.ts';
import { packError, unpackError } from '../../../src/content/layer/error-message.ts';
import { LayerPool } from '../../../src/content/layer/layer-pool.ts';
import { type MadeLayer, makeLayer } from './made-layer.ts';

let folder: string;
const pool = new LayerPool(2);
const never = new AbortController().signal;
beforeAll(() => pool.start());
afterAll(() => pool[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layer-pool-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function unpack(layer: MadeLayer, name = 'a', signal = never) {
  const blob = join(folder, `${name}.blob`);
  await writeFile(blob, layer.bytes);
  const { descriptor, diffId } = layer;
  const input = { blob, layer: { descriptor, diffId }, folder: join(folder, name), ratioLimit: 200 };
  return pool.run('unpack', input, signal);
}

describe('the pool of layer threads', () => {
  it('unpacks several layers at once, and times them on one clock', async () => {
    const layers = Array.from({ length: 5 }, (_, at) =>
      makeLayer({ [`${at}`]: randomBytes(400_000), b: Buffer.from('b') }),
    );
    const before = monotonicSeconds();
    const results = await Promise.all(layers.map((layer, at) => unpack(layer, `layer-${at}`)));
    const after = monotonicSeconds();
    for (const [at, result] of results.entries()) {
      expect(result).toMatchObject({ files: 2, unpackedBytes: layers[at]?.tar.byteLength });
      expect(result.startSeconds).toBeGreaterThan(before);
      expect(result.endSeconds).toBeGreaterThan(result.startSeconds);
      expect(result.endSeconds).toBeLessThan(after);
      expect(await readdir(join(folder, `layer-${at}`))).toEqual(['f0', 'f1']);
    }
  });

  it('hands errors on with kind, code, hint and cause, and goes on', async () => {
    const layer = makeLayer({ a: randomBytes(50_000) });
    const cut = { ...layer, bytes: layer.bytes.subarray(0, 9000) };
    const error = await unpack(cut).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PullBudgetError);
    expect(error).toMatchObject({
      kind: 'input',
      code: 'bad-layer',
      message: expect.stringContaining(layer.descriptor.digest),
      hint: expect.stringContaining('build or push the image again'),
      cause: { message: 'unexpected end of file' },
    });
    await expect(unpack({ ...layer, diffId: digestOf('other') }, 'b')).rejects.toMatchObject({
      code: 'diff-id-mismatch',
    });
    await expect(unpack(layer, 'c')).resolves.toMatchObject({ files: 1 });
  });

  it('has ended a job when the promise of an aborted one is rejected', async () => {
    const layer = makeLayer({ a: randomBytes(30_000_000) }, 'none');
    const abort = new AbortController();
    const unpacking = unpack(layer, 'a', abort.signal);
    const refused = expect(unpacking).rejects.toBe('enough');
    while (!(await readdir(folder)).includes('a')) await new Promise((resolve) => setImmediate(resolve));
    abort.abort('enough');
    await refused;
    // Would fail if the thread still wrote there.
    await rm(folder, { recursive: true });
    await expect(unpackAgain(layer)).resolves.toMatchObject({ files: 1 });
  });

  it('refuses at once what is aborted before it begins', async () => {
    await expect(unpack(makeLayer({}), 'a', AbortSignal.abort('no'))).rejects.toBe('no');
    expect(await readdir(folder)).toEqual(['a.blob']);
  });
});

async function unpackAgain(layer: MadeLayer) {
  folder = await mkdtemp(join(tmpdir(), 'layer-pool-'));
  return unpack(layer);
}

describe('an error on its way between threads', () => {
  it('comes out as it went in', () => {
    const error = infrastructureError('disk-full', 'no space', {
      hint: 'Free some.',
      cause: new Error('ENOSPC'),
    });
    const back = unpackError(structuredClone(packError(error)));
    expect(back).toEqual(error);
    expect(back).toMatchObject({
      kind: 'infrastructure',
      code: 'disk-full',
      hint: 'Free some.',
      stack: error.stack,
    });
    expect(unpackError(packError(new TypeError('a bug')))).not.toBeInstanceOf(PullBudgetError);
    expect(unpackError(packError('text')).message).toBe('text');
  });
});
