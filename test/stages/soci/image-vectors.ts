/** The images of test/fixtures/soci: what went in, and what the real soci made of each. */
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig } from '../../../src/content/image/config.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../../src/content/image/manifest.ts';
import { isUnknownPlatform } from '../../../src/content/image/platform.ts';
import { sociAnnotations } from '../../../src/content/image/soci.ts';
import type { ConvertedPlatform } from '../../../src/stages/soci/convert.ts';
import { isSociIndex } from '../../../src/stages/soci/index-manifest.ts';
import { scratch } from '../../content/store/sample-image.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/soci');

export const imageNames: readonly string[] = readdirSync(fixtures).filter((name) =>
  name.startsWith('image-'),
);

/** What case.json says of an image. */
interface ImageCase {
  readonly min_layer_size: number;
  readonly expected: {
    readonly image_index: Digest;
    readonly soci_indexes: readonly {
      readonly digest: Digest;
      readonly image_manifest: Digest;
      readonly layers: readonly {
        readonly digest: Digest;
        readonly size: number;
        readonly image_layer_digest: Digest;
        readonly max_span_id: number;
        readonly files: number;
      }[];
    }[];
  };
}

export interface ImageVector {
  readonly facts: ImageCase;
  readonly input: VectorLayout;
  readonly converted: VectorLayout;
  /** The images of `input` with the SOCI indexes that the real tool made for them. */
  readonly platforms: readonly ConvertedPlatform[];
}

export function imageVector(name: string): ImageVector {
  const [input, converted] = [new VectorLayout(name, 'input'), new VectorLayout(name, 'converted')];
  const facts = JSON.parse(readFileSync(join(fixtures, name, 'case.json'), 'utf8')) as ImageCase;
  return { facts, input, converted, platforms: indexedPlatforms(input, converted) };
}

/** A layout to change: what soci made of the image, with the layers of the image beside it. */
export async function copyConverted(name: string): Promise<string> {
  const { input, converted } = imageVector(name);
  const path = join(await scratch(), 'layout');
  await mkdir(path);
  for (const part of [input, converted]) await cp(part.path, path, { recursive: true });
  return path;
}

/** A layout of an image: its manifests by digest, and the one that index.json names. */
class VectorLayout {
  readonly path: string;
  readonly top: Manifest;
  readonly #blobs: ReadonlyMap<string, Buffer>;

  constructor(name: string, side: 'input' | 'converted') {
    this.path = join(fixtures, name, side);
    const folder = join(this.path, 'blobs/sha256');
    this.#blobs = new Map(
      readdirSync(folder).map((hex) => [`sha256:${hex}`, readFileSync(join(folder, hex))]),
    );
    const { manifests } = JSON.parse(readFileSync(join(this.path, 'index.json'), 'utf8'));
    this.top = this.manifest(manifests[0].digest);
  }

  blob(digest: Digest): Buffer {
    const blob = this.#blobs.get(digest);
    if (blob === undefined) throw new Error(`${this.path} has no ${digest}`);
    return blob;
  }

  manifest(digest: Digest): Manifest {
    return parseManifest(this.blob(digest), {}, digest);
  }

  image(digest: Digest): ImageManifest {
    const manifest = this.manifest(digest);
    if (manifest.kind !== 'image') throw new Error(`${digest} is no image`);
    return manifest;
  }

  /** Of the top's entries, or the top alone; attestations are none. */
  images(): ImageManifest[] {
    if (this.top.kind === 'image') return [this.top];
    if (this.top.kind !== 'index') return [];
    return this.top.manifests
      .filter(({ platform }) => platform === undefined || !isUnknownPlatform(platform))
      .map(({ digest }) => this.image(digest))
      .filter((image) => !isSociIndex(image));
  }

  sociIndexes(): ImageManifest[] {
    return this.top.kind === 'index'
      ? this.top.manifests.map(({ digest }) => this.image(digest)).filter(isSociIndex)
      : [];
  }
}

function indexedPlatforms(input: VectorLayout, converted: VectorLayout): ConvertedPlatform[] {
  const indexes = converted.sociIndexes();
  return input.images().map((manifest) => ({
    manifest,
    platform: parseConfig(input.blob(manifest.config.digest), 'config').platform,
    sociIndex: indexes.find((index) =>
      index.layers.some(({ annotations }) =>
        manifest.layers.some(({ digest }) => digest === annotations?.[sociAnnotations.layerDigest]),
      ),
    ),
  }));
}
