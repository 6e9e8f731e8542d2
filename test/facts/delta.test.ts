import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/content/image/digest.ts';
import { deltaOf, deltasOf, imageBytes, imageUnpackedBytes } from '../../src/facts/delta.ts';
import type { ImageFacts, ImageSetFacts, LayerFacts } from '../../src/facts/image.ts';

/** A layer's content, and how it was compressed: one content can stand in several blobs. */
interface Recipe {
  content: number;
  compression: number;
}

function layer({ content, compression }: Recipe): LayerFacts {
  return {
    digest: digestOf(`blob ${content} ${compression}`),
    diffId: digestOf(`content ${content}`),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    bytes: 1000 * (content + 1) + compression,
    unpackedBytes: 3000 * (content + 1),
  };
}

/** An image whose documents, like real ones, follow from what it holds. */
function image(recipes: readonly Recipe[], label = 0): ImageFacts {
  const layers = recipes.map(layer);
  const config = `${label} ${layers.map((each) => each.diffId)}`;
  const manifest = `${config} ${layers.map((each) => each.digest)}`;
  return {
    platform: 'linux/amd64',
    digest: digestOf(manifest),
    manifestBytes: 400 + layers.length,
    configDigest: digestOf(config),
    configBytes: 700 + layers.length,
    layers,
  };
}

const recipe = fc.record({ content: fc.nat(3), compression: fc.nat(1) });
const images = fc
  .tuple(
    fc.array(recipe, { maxLength: 6 }),
    fc.array(recipe, { maxLength: 4 }),
    fc.array(recipe, { maxLength: 4 }),
    fc.nat(1),
    fc.nat(1),
  )
  .map(([base, mine, theirs, a, b]) => ({
    image: image([...base, ...mine], a),
    baseline: image([...base, ...theirs], b),
  }));

/** A node that pulls images one after the other, and counts; it knows nothing of prefixes. */
class Node {
  readonly #keepsBlobs: boolean;
  readonly #snapshots = new Set<string>();
  readonly #blobs = new Set<string>();
  downloaded = 0;
  unpacked = 0;

  constructor(keepsBlobs: boolean) {
    this.#keepsBlobs = keepsBlobs;
  }

  pull(pulled: ImageFacts): void {
    this.downloaded = 0;
    this.unpacked = 0;
    this.#download(pulled.digest, pulled.manifestBytes, this.#blobs);
    this.#download(pulled.configDigest, pulled.configBytes, this.#blobs);
    // A store that keeps no layer blobs still fetches one blob once within one pull.
    const layerBlobs = this.#keepsBlobs ? this.#blobs : new Set<string>();
    let chain = '';
    for (const each of pulled.layers) {
      chain = digestOf(`${chain} ${each.diffId}`);
      if (this.#snapshots.has(chain)) continue;
      this.#download(each.digest, each.bytes, layerBlobs);
      this.unpacked += each.unpackedBytes ?? 0;
      this.#snapshots.add(chain);
    }
  }

  #download(digest: string, bytes: number, into: Set<string>): void {
    if (into.has(digest)) return;
    into.add(digest);
    this.downloaded += bytes;
  }
}

function pulledAfter(first: ImageFacts | undefined, then: ImageFacts, keepsBlobs: boolean): Node {
  const node = new Node(keepsBlobs);
  if (first) node.pull(first);
  node.pull(then);
  return node;
}

describe('deltaOf', () => {
  it('is what a node downloads that keeps only snapshots, by the chain rule', () => {
    fc.assert(
      fc.property(images, ({ image, baseline }) => {
        expect(deltaOf(image, baseline).chain.bytes).toBe(pulledAfter(baseline, image, false).downloaded);
      }),
      { numRuns: 500 },
    );
  });

  it('is what a node downloads that keeps blobs too, by the blob rule', () => {
    fc.assert(
      fc.property(images, ({ image, baseline }) => {
        expect(deltaOf(image, baseline).blobs.bytes).toBe(pulledAfter(baseline, image, true).downloaded);
      }),
      { numRuns: 500 },
    );
  });

  it('is what a node unpacks, by either rule', () => {
    fc.assert(
      fc.property(images, ({ image, baseline }) => {
        expect(deltaOf(image, baseline).unpackedBytes).toBe(pulledAfter(baseline, image, true).unpacked);
      }),
    );
  });

  it('lists each blob that is downloaded once, and their bytes add up', () => {
    fc.assert(
      fc.property(images, ({ image, baseline }) => {
        const delta = deltaOf(image, baseline);
        const bytesOf = new Map(image.layers.map((each) => [each.digest, each.bytes]));
        for (const rule of [delta.chain, delta.blobs]) {
          const layers = rule.layers.reduce((sum, digest) => sum + (bytesOf.get(digest) ?? Number.NaN), 0);
          const documents = rule.bytes - layers;
          expect([0, image.manifestBytes, image.manifestBytes + image.configBytes]).toContain(documents);
          expect(new Set(rule.layers).size).toBe(rule.layers.length);
        }
      }),
    );
  });

  it('never lets the blob rule download more than the chain rule, nor that more than the whole image', () => {
    fc.assert(
      fc.property(images, ({ image, baseline }) => {
        const delta = deltaOf(image, baseline);
        expect(delta.blobs.bytes).toBeLessThanOrEqual(delta.chain.bytes);
        expect(delta.chain.bytes).toBeLessThanOrEqual(imageBytes(image));
      }),
    );
  });

  it('is the whole image without a baseline, and nothing against itself', () => {
    fc.assert(
      fc.property(images, ({ image }) => {
        const fresh = deltaOf(image, undefined);
        expect(fresh.chain).toEqual(fresh.blobs);
        expect(fresh.chain.bytes).toBe(imageBytes(image));
        expect(fresh.unpackedBytes).toBe(imageUnpackedBytes(image));
        const same = deltaOf(image, image);
        expect(same).toMatchObject({
          sharedLayers: image.layers.length,
          chain: { bytes: 0, layers: [] },
          blobs: { bytes: 0, layers: [] },
          unpackedBytes: 0,
        });
      }),
    );
  });

  it('downloads what lies above a changed layer again by the chain rule, and not by the blob rule', () => {
    const [base, tools, weights, patched] = [0, 1, 2, 3].map((content) => ({ content, compression: 0 }));
    const before = image([base, tools, weights] as Recipe[]);
    const after = image([base, patched, weights] as Recipe[]);
    const documents = after.manifestBytes + after.configBytes;
    const delta = deltaOf(after, before);
    expect(delta).toMatchObject({ sharedLayers: 1, layers: 3, unpackedBytes: 12_000 + 9_000 });
    expect(delta.chain.bytes).toBe(documents + 4000 + 3000);
    expect(delta.blobs.bytes).toBe(documents + 4000);
  });

  it('downloads only the manifest of an image that was merely compressed anew', () => {
    const before = image([{ content: 0, compression: 0 }]);
    const after = image([{ content: 0, compression: 1 }]);
    expect(deltaOf(after, before)).toMatchObject({
      sharedLayers: 1,
      chain: { bytes: after.manifestBytes },
      blobs: { bytes: after.manifestBytes },
    });
  });

  it('does not know what is unpacked while a layer above the shared ones is unread', () => {
    const before = image([{ content: 0, compression: 0 }]);
    const after = image([
      { content: 0, compression: 0 },
      { content: 1, compression: 0 },
    ]);
    const unread = ({ unpackedBytes: _, ...rest }: LayerFacts): LayerFacts => rest;
    expect(deltaOf({ ...after, layers: after.layers.map(unread) }, before)).not.toHaveProperty(
      'unpackedBytes',
    );
    const sharedUnread = after.layers.map((each, index) => (index === 0 ? unread(each) : each));
    expect(deltaOf({ ...after, layers: sharedUnread }, before).unpackedBytes).toBe(6000);
  });
});

describe('deltasOf', () => {
  it('is one delta for each platform that both images have, each against its own', () => {
    const on = (platform: string, content: number): ImageFacts => ({
      ...image([{ content, compression: 0 }]),
      platform,
    });
    const set = (...platforms: ImageFacts[]): ImageSetFacts => ({
      name: 'app',
      digest: digestOf('index'),
      mediaType: 'application/vnd.oci.image.index.v1+json',
      platforms,
      beside: [],
    });
    const now = set(on('linux/amd64', 1), on('linux/arm64', 2), on('linux/arm/v7', 3));
    const before = set(on('linux/arm64', 2), on('windows/amd64', 0), on('linux/amd64', 2));
    expect(deltasOf(now, before)).toMatchObject([
      { platform: 'linux/amd64', sharedLayers: 0 },
      { platform: 'linux/arm64', sharedLayers: 1 },
    ]);
  });
});

describe('imageBytes', () => {
  it('counts a blob that stands in the image twice once', () => {
    const twice = image([
      { content: 1, compression: 0 },
      { content: 1, compression: 0 },
    ]);
    expect(imageBytes(twice)).toBe(twice.manifestBytes + twice.configBytes + 2000);
    expect(imageUnpackedBytes(twice)).toBe(12_000);
  });
});
