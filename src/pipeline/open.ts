import type { Settings } from '../config/settings.ts';
import { hasCode } from '../content/error.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import type { Digest } from '../content/image/digest.ts';
import { formatImageName, type ImageName } from '../content/image/name.ts';
import { openRegistry, type RegistryOptions } from '../content/registry/registry.ts';
import { openDockerArchive, writeDockerArchive } from '../content/store/docker-archive.ts';
import { openDockerDaemon, writeDockerDaemon } from '../content/store/docker-daemon.ts';
import { openLayout } from '../content/store/layout.ts';
import { openOciArchive, writeOciArchive } from '../content/store/oci-archive.ts';
import type { ImageSink, ImageSource } from '../content/store/store.ts';
import { tool } from '../facts/tool.ts';
import type { Context } from './context.ts';

/** An image that was found: where, and what its name resolved to. */
export interface OpenImage {
  readonly name: string;
  readonly source: ImageSource;
  readonly descriptor: Descriptor;
  /** It was made here of what the name names, and is only in `source`. */
  readonly isMade?: true;
}

/** How to speak to registries, as the settings say. */
export function registryOptions(settings: Settings, context: Context): RegistryOptions {
  const { connections, attempts, plainHttp, caFile, certFile, keyFile } = settings;
  return {
    connections,
    attempts,
    plainHttp,
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    onSecret: context.onSecret,
    onRetry: context.notice,
    signal: context.signal,
    userAgent: `${tool.name}/${tool.version}`,
  };
}

/** Finds the image that a name names. The caller closes `source`. @throws PullBudgetError `not-found` and others */
export async function openImage(name: ImageName, options: RegistryOptions): Promise<OpenImage> {
  const source = await openSource(name, options);
  try {
    return { name: formatImageName(name), source, descriptor: await source.resolve(targetOf(name)) };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Like openImage, but undefined where the image (or its repository) is not there. */
export async function openImageIfThere(
  name: ImageName,
  options: RegistryOptions,
): Promise<OpenImage | undefined> {
  try {
    return await openImage(name, options);
  } catch (error) {
    if (hasCode(error, 'not-found') || hasCode(error, 'no-layout')) return undefined;
    throw error;
  }
}

function openSource(name: ImageName, options: RegistryOptions): Promise<ImageSource> | ImageSource {
  switch (name.transport) {
    case 'docker':
      return openRegistry(name.reference, options);
    case 'oci':
      return openLayout(name.path);
    case 'oci-archive':
      return openOciArchive(name.path);
    case 'docker-archive':
      return openDockerArchive(name.path);
    case 'docker-daemon':
      return openDockerDaemon(name.name);
  }
}

/** `tag` is what to call the image there. The caller closes or aborts the sink. */
async function openSink(
  name: ImageName,
  options: RegistryOptions,
): Promise<{ sink: ImageSink; tag: string | undefined }> {
  switch (name.transport) {
    case 'docker':
      return {
        sink: openRegistry(name.reference, options),
        tag: name.reference.tag ?? defaultTag(name.reference.digest),
      };
    case 'oci':
      return { sink: await openLayout(name.path, { create: true }), tag: name.target };
    case 'oci-archive':
      return { sink: await writeOciArchive(name.path), tag: name.target };
    case 'docker-archive':
      return { sink: await writeDockerArchive(name.path), tag: name.target };
    case 'docker-daemon':
      return { sink: await writeDockerDaemon(), tag: name.name };
  }
}

/** Opens what an image is written to for `work`; what that leaves unfinished is removed. */
export async function withSink<T>(
  name: ImageName,
  options: RegistryOptions,
  work: (sink: ImageSink, tag: string | undefined) => Promise<T>,
): Promise<T> {
  const { sink, tag } = await openSink(name, options);
  try {
    const result = await work(sink, tag);
    await sink.close();
    return result;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

function targetOf(name: ImageName): string | Digest | undefined {
  switch (name.transport) {
    case 'docker':
      return name.reference.digest ?? name.reference.tag ?? 'latest';
    case 'docker-daemon':
      return undefined;
    default:
      return name.target;
  }
}

/** `latest`, as docker has it; a reference by digest alone gets no tag. */
const defaultTag = (digest: Digest | undefined): string | undefined =>
  digest === undefined ? 'latest' : undefined;
