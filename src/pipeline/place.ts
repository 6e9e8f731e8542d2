import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseImageName } from '../content/image/name.ts';
import type { Reference } from '../content/image/reference.ts';
import { openRegistry, type RegistryOptions } from '../content/registry/registry.ts';
import { serveLayout } from '../content/registry/server.ts';
import { openLayout } from '../content/store/layout.ts';
import type { ImageSource } from '../content/store/store.ts';
import { copyImage } from '../stages/push/copy.ts';
import type { Context } from './context.ts';
import type { OpenImage } from './open.ts';

/** A registry that a measurement pulls one image from. */
export interface Place {
  /** The registry's host, or `loopback` for the embedded one: times compare only within one registry. */
  readonly registry: string;
  /** A new client each time: a sample must not find another one's connections open. */
  readonly open: () => ImageSource;
  close(): Promise<void>;
}

interface PlaceOptions {
  readonly scratch: string;
  readonly options: RegistryOptions;
  readonly context: Context;
  /** The place of the image that this one is compared with: served on loopback if that one is. */
  readonly like?: Place;
}

/** Where an image can be pulled from: the registry that it is in, else the embedded one on loopback. */
export async function placeOf(
  image: OpenImage,
  { scratch, options, context, like }: PlaceOptions,
): Promise<Place> {
  const name = parseImageName(image.name);
  if (name.transport === 'docker' && like?.registry !== loopback) return inRegistry(name.reference, options);
  if (name.transport === 'oci') return serve(name.path, options, async () => {});
  return context.phase(`Copy ${image.name} behind the registry on loopback`, async () => {
    const folder = await mkdtemp(join(scratch, 'pull-budget-layout-'));
    const remove = () => rm(folder, { recursive: true, force: true });
    try {
      const layout = await openLayout(folder, { create: true });
      const { progress, signal } = context;
      await copyImage({
        source: image.source,
        descriptor: image.descriptor,
        sink: layout,
        tags: ['image'],
        progress,
        signal,
      });
      await layout.close();
      return await serve(folder, options, remove);
    } catch (error) {
      await remove();
      throw error;
    }
  });
}

const loopback = 'loopback';

function inRegistry(reference: Pick<Reference, 'host' | 'repository'>, options: RegistryOptions): Place {
  return { registry: reference.host, open: () => openRegistry(reference, options), close: async () => {} };
}

/** Serves a layout where it lies, read-only. */
async function serve(path: string, options: RegistryOptions, cleanUp: () => Promise<void>): Promise<Place> {
  const server = await serveLayout({ layout: path, readOnly: true });
  return {
    ...inRegistry({ host: server.host, repository: 'image' }, options),
    registry: loopback,
    close: async () => {
      await server.close();
      await cleanUp();
    },
  };
}
