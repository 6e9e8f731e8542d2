import { rm } from 'node:fs/promises';
import { type Digest, parseDigest } from '../content/image/digest.ts';
import { parseImageName } from '../content/image/name.ts';
import { type Platform, splitPlatform } from '../content/image/platform.ts';
import type { Reference } from '../content/image/reference.ts';
import { openRegistry, type RegistryOptions } from '../content/registry/registry.ts';
import { serveLayout } from '../content/registry/server.ts';
import { openLayout } from '../content/store/layout.ts';
import { makeScratch, reapScratch, scratchFolder } from '../content/store/scratch.ts';
import type { ImageSource } from '../content/store/store.ts';
import type { ImageFacts } from '../facts/image.ts';
import { copyImage } from '../stages/push/copy.ts';
import type { Context } from './context.ts';
import type { OpenImage } from './open.ts';

/** A registry that a measurement pulls one platform's image from. */
export interface Place {
  /** The registry's host, or `loopback` for the embedded one: times compare only within one registry. */
  readonly registry: string;
  /** What to pull: the image as it was named, on loopback the platform's own manifest. */
  readonly digest: Digest;
  /**
   * A new client each time: a sample must not find another one's connections open. It does not try again: what
   * fails is a fault for the measurement to repeat, not a pause within a sample.
   */
  readonly open: (signal: AbortSignal) => ImageSource;
  close(): Promise<void>;
}

interface PlaceOptions {
  readonly scratch: string;
  readonly options: RegistryOptions;
  readonly context: Context;
  /** The place of the image that this one is compared with: served on loopback if that one is. */
  readonly like?: Place;
}

/** Where the image of a platform can be pulled from: the registry that it is in, else the embedded one on loopback. */
export async function placeOf(
  image: OpenImage,
  facts: Pick<ImageFacts, 'platform' | 'digest'>,
  { scratch, options, context, like }: PlaceOptions,
): Promise<Place> {
  const name = image.isMade ? undefined : parseImageName(image.name);
  if (name?.transport === 'docker' && like?.registry !== loopback) {
    return {
      registry: name.reference.host,
      digest: image.descriptor.digest,
      open: clientOf(name.reference, options),
      close: async () => {},
    };
  }
  const digest = parseDigest(facts.digest, image.name);
  if (name?.transport === 'oci') return serve(name.path, digest, options, async () => {});
  return context.phase(`Copy ${image.name} behind the registry on loopback`, async () => {
    await makeScratch(scratch);
    await reapScratch(scratch, removeFolder);
    const folder = scratchFolder(scratch, 'layout');
    try {
      await copyPlatform(image, splitPlatform(facts.platform), folder, context);
      return await serve(folder, digest, options, () => removeFolder(folder));
    } catch (error) {
      await removeFolder(folder);
      throw error;
    }
  });
}

const loopback = 'loopback';

const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

async function copyPlatform(
  { source, descriptor }: OpenImage,
  platform: Platform,
  folder: string,
  { progress, signal }: Context,
): Promise<void> {
  const sink = await openLayout(folder, { create: true });
  try {
    await copyImage({
      source,
      descriptor,
      sink,
      tags: ['image'],
      platforms: [platform],
      unpublished: true,
      progress,
      signal,
    });
  } catch (error) {
    await sink.abort();
    throw error;
  }
  await sink.close();
}

/** Serves a layout where it lies, read-only. */
async function serve(
  path: string,
  digest: Digest,
  options: RegistryOptions,
  cleanUp: () => Promise<void>,
): Promise<Place> {
  const server = await serveLayout({ layout: path, readOnly: true });
  return {
    registry: loopback,
    digest,
    open: clientOf({ host: server.host, repository: 'image' }, options),
    close: async () => {
      try {
        await server.close();
      } finally {
        await cleanUp();
      }
    },
  };
}

const clientOf =
  (reference: Pick<Reference, 'host' | 'repository'>, options: RegistryOptions): Place['open'] =>
  (signal) =>
    openRegistry(reference, { ...options, attempts: 1, signal });
