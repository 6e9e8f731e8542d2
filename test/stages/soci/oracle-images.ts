import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../../src/content/image/config.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../../src/content/image/manifest.ts';
import { isUnknownPlatform } from '../../../src/content/image/platform.ts';
import { sociAnnotations } from '../../../src/content/image/soci.ts';
import type { ConvertedPlatform } from '../../../src/stages/soci/convert.ts';
import { isSociIndex } from '../../../src/stages/soci/index-manifest.ts';

export const fixtures = join(import.meta.dirname, '../../fixtures/soci');

/** A layout of an image case: its manifests by digest, and the one that index.json names. */
export class OracleLayout {
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

/** The images of `input` with the SOCI indexes that the real tool made for them. */
export function indexedPlatforms(input: OracleLayout, converted: OracleLayout): ConvertedPlatform[] {
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
