import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import { parseManifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import type { Platform } from '../../../src/content/image/platform.ts';
import { openRegistry, type Registry } from '../../../src/content/registry/registry.ts';
import { type RegistryServer, serveLayout } from '../../../src/content/registry/server.ts';
import { type Layout, openLayout } from '../../../src/content/store/layout.ts';
import type { MadeLayer } from '../../content/layer/made-layer.ts';

export const amd64: Platform = { os: 'linux', architecture: 'amd64' };

/** A layout behind the embedded registry, in a folder of its own. */
export class TestRegistry implements AsyncDisposable {
  readonly folder: string;
  readonly layout: Layout;
  readonly server: RegistryServer;

  private constructor(folder: string, layout: Layout, server: RegistryServer) {
    this.folder = folder;
    this.layout = layout;
    this.server = server;
  }

  static async start(): Promise<TestRegistry> {
    const folder = await mkdtemp(join(tmpdir(), 'measure-'));
    const layout = await openLayout(join(folder, 'layout'), { create: true });
    return new TestRegistry(folder, layout, await serveLayout({ layout, readOnly: true }));
  }

  get scratch(): string {
    return join(this.folder, 'scratch');
  }

  readonly open = (): Registry =>
    openRegistry({ host: this.server.host, repository: 'image' }, { attempts: 1 });

  /** Writes an image of these layers; its digest. */
  async add(layers: readonly MadeLayer[], platform: Platform = amd64): Promise<Digest> {
    for (const { descriptor, bytes } of layers) await this.#blob(descriptor, bytes);
    const config = json({
      ...platform,
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    });
    const configDescriptor = describeBytes(mediaTypes.ociConfig, config);
    await this.#blob(configDescriptor, config);
    return this.#manifest({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: configDescriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    });
  }

  /** Writes an index of these images; its digest. */
  async addIndex(images: readonly { digest: Digest; platform: Platform }[]): Promise<Digest> {
    const manifests = await Promise.all(
      images.map(async ({ digest, platform }) => {
        const { mediaType, size } = await this.layout.resolve(digest);
        return { mediaType, digest, size, platform };
      }),
    );
    return this.#manifest({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.layout.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #manifest(value: object): Promise<Digest> {
    const manifest = parseManifest(json(value), {}, 'test');
    await this.layout.writeManifest(manifest);
    await this.layout.tag(manifest, manifest.descriptor.digest.slice(7, 19));
    return manifest.descriptor.digest;
  }

  async #blob(descriptor: MadeLayer['descriptor'], bytes: Buffer): Promise<void> {
    await this.layout.writeBlob(descriptor, async function* () {
      yield bytes;
    });
  }
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
