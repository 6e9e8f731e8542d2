import { describe, expect, test } from 'vitest';
import { run } from '../../src/cli/inspect.ts';
import { copyConverted } from '../stages/soci/image-vectors.ts';
import { callOf, indexedLayer, plainLayer, servedSociImage } from './soci-image.ts';

async function inspect(image: string) {
  const { call, shown } = callOf({ image }, { flags: { soci: true } });
  const code = await run(call);
  const [{ result, text }] = shown as [{ result: { platforms: unknown[] }; text: string }];
  return { code, result, text };
}

describe('inspect --soci', () => {
  test('shows which layers can be loaded lazily, and what the index costs, without reading a layer', async () => {
    const lazy = indexedLayer('stream-many-blocks');
    const plain = await plainLayer([{ name: 'a', content: 'x'.repeat(4000) }], 'zstd');
    const prefetch = Buffer.from('{"version":"1.0","prefetch_spans":[{"start_span":1,"end_span":3}]}');
    const { name, server, image, index } = await servedSociImage([{ ...lazy, prefetch }, plain]);
    const { code, result, text } = await inspect(name);
    expect(code).toBe(0);
    const ztoc = lazy.ztoc as Buffer;
    expect(result).toEqual({
      image: name,
      digest: expect.stringMatching(/^sha256:/),
      platforms: [
        {
          platform: expect.stringMatching(/^linux\//),
          image: image.descriptor.digest,
          v2: index.descriptor.digest,
          layers: [
            {
              digest: lazy.descriptor.digest,
              bytes: lazy.bytes.byteLength,
              ztoc: {
                digest: index.layers[0]?.digest,
                bytes: ztoc.byteLength,
                spans: 5,
                spanBytes: 4096,
                files: 9,
              },
            },
            {
              digest: plain.descriptor.digest,
              bytes: plain.bytes.byteLength,
              reason: expect.stringContaining('zstd'),
            },
          ],
          indexBytes: ztoc.byteLength + prefetch.byteLength + index.raw.byteLength,
          prefetch: [{ layer: lazy.descriptor.digest, spans: 3 }],
          complaints: [],
        },
      ],
    });
    expect(text).toMatch(/lazily loadable/);
    expect(text).toContain('Fetched early: 3 spans of layer');
    for (const { descriptor } of [lazy, plain])
      expect(server.traffic.sent.has(descriptor.digest)).toBe(false);
  });

  test('shows each platform', async () => {
    const { result, text } = await inspect(`oci:${await copyConverted('image-multi-platform')}`);
    expect(result.platforms).toHaveLength(3);
    expect(text).toMatch(/linux\/arm\/v7: 100 % lazily loadable, /);
  });

  test('says where there is no index, and that one is named in vain', async () => {
    const none = await servedSociImage([await plainLayer([{ name: 'a' }])], {
      version: 'v1',
      withoutIndex: true,
    });
    expect((await inspect(none.name)).text).toContain('No SOCI index: nodes pull all of it');
    const dangling = await servedSociImage([indexedLayer('tar-basic')], { withoutIndex: true });
    expect((await inspect(dangling.name)).text).toContain(dangling.index.descriptor.digest);
  });
});
