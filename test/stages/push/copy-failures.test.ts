import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ByteStream } from '../../../src/content/bytes.ts';
import { infrastructureError } from '../../../src/content/error.ts';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import { blobName } from '../../../src/content/store/layout-source.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { copyImage } from '../../../src/stages/push/copy.ts';
import { sampleImage } from '../../content/store/sample-image.ts';
import { amd64, bound, emptyLayout, layoutOf, ledger, multiPlatform } from './copying.ts';

describe('failures', () => {
  test('an index without one of its images names the platform that is missing', async () => {
    const { index, onArm64 } = await multiPlatform();
    const sparse = { ...index, manifests: index.manifests.filter((one) => one !== onArm64.top) };
    const sink = ledger();
    const request = { source: await layoutOf(sparse), descriptor: index.top.descriptor, sink, tags: ['v1'] };
    await expect(copyImage(request)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`linux/arm64 (${onArm64.top.descriptor.digest})`),
      hint: expect.stringContaining('set platforms'),
    });
    expect(sink.log).not.toContain('tag v1');
    await expect(copyImage({ ...request, platforms: [amd64] })).resolves.toBeDefined();
  });

  test('damaged bytes at the source are not stored, and nothing is tagged', async () => {
    const image = await sampleImage({ layers: 3 });
    const [source, sink] = [await layoutOf(image), await emptyLayout()];
    const [digest, bytes] = [...image.blobs][1] as [Digest, Uint8Array];
    await writeFile(join(source.path, blobName(digest)), Buffer.alloc(bytes.byteLength));
    const copying = copyImage({ source, descriptor: image.top.descriptor, sink, tags: ['v1'] });
    await expect(copying).rejects.toMatchObject({ code: 'digest-mismatch', kind: 'input' });
    expect(await sink.blobSize(digest)).toBeUndefined();
    expect(await sink.blobSize(image.top.descriptor.digest)).toBeUndefined();
    expect(await sink.tags()).toEqual([]);
  });

  test('the first failure ends the other transfers, even ones that wait for bytes that never come', async () => {
    const image = await sampleImage({ layers: 3 });
    const layout = await layoutOf(image);
    const [first, ...others] = image.top.kind === 'image' ? image.top.layers : [];
    const ended: Digest[] = [];
    let waiting = 0;
    let allWait = (): void => {};
    const stuck = new Promise<void>((resolve) => {
      allWait = resolve;
    });
    const source: ImageSource = {
      ...bound(layout),
      readBlob: (descriptor: Descriptor): ByteStream => {
        if (!others.some((layer) => layer.digest === descriptor.digest)) return layout.readBlob(descriptor);
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => {
              if (++waiting === others.length) allWait();
              return new Promise(() => {});
            },
            return: async () => {
              ended.push(descriptor.digest);
              return { done: true, value: undefined };
            },
          }),
        };
      },
    };
    const broken = infrastructureError('broken', 'the sink broke');
    const sink = ledger({
      writeBlob: async (descriptor, open) => {
        if (descriptor.digest === first?.digest) {
          await stuck;
          throw broken;
        }
        for await (const _ of open());
        return 'written';
      },
    });
    const copying = copyImage({ source, descriptor: image.top.descriptor, sink, tags: ['v1'] });
    await expect(copying).rejects.toBe(broken);
    expect(ended.toSorted()).toEqual(others.map((layer) => layer.digest).toSorted());
    expect(sink.log).toEqual([]);
  });

  test('an aborted signal ends the copy with its reason', async () => {
    const image = await sampleImage();
    const controller = new AbortController();
    const reason = new Error('the user stopped it');
    const sink = ledger({
      writeBlob: async (_, open) => {
        controller.abort(reason);
        for await (const _chunk of open());
        return 'written';
      },
    });
    const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['v1'] };
    await expect(copyImage({ ...request, signal: controller.signal })).rejects.toBe(reason);
    expect(sink.log).toEqual([]);
  });

  test('a store that cannot hold the image refuses before a blob moves', async () => {
    const image = await sampleImage();
    const refusal = new Error('only small ones');
    const sink = ledger({
      checkImage: () => {
        throw refusal;
      },
    });
    const request = { source: await layoutOf(image), descriptor: image.top.descriptor, sink, tags: ['v1'] };
    await expect(copyImage(request)).rejects.toBe(refusal);
    expect(sink.log).toEqual([]);
  });
});
