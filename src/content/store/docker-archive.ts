import { inputError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Manifest } from '../image/manifest.ts';
import { isImageConfigType } from '../image/media-type.ts';
import { formatPlatform, isUnknownPlatform } from '../image/platform.ts';
import { formatReference, parseReference, type Reference } from '../image/reference.ts';
import { type ArchiveForm, ArchiveSink } from './archive-sink.ts';
import { LegacyArchive, parseSavedImages } from './docker-archive-legacy.ts';
import { imageName, type LayoutIndex, nameOf, withTag } from './layout-index.ts';
import { blobName, LayoutSource } from './layout-source.ts';
import { type Spool, uncompressed } from './spool.ts';
import type { ImageSink, ImageSource } from './store.ts';
import { openArchiveFile, TarFiles } from './tar-index.ts';

/**
 * Reads what `docker save` wrote, compressed or not: since docker 25 an image layout with a manifest.json
 * beside it, before that manifest.json with configs and layers.
 * @throws PullBudgetError `not-found`, `bad-archive`
 */
export async function openDockerArchive(path: string): Promise<ImageSource> {
  return readDockerArchive(`docker-archive:${path}`, { file: await openArchiveFile(path), path });
}

/** Reads an open archive, which is the source's from here on. */
export async function readDockerArchive(location: string, archive: Spool): Promise<ImageSource> {
  const { file, path } = await uncompressed(archive);
  const files = await TarFiles.index(location, file, path);
  try {
    if ((await files.find('index.json')) && (await files.find('oci-layout'))) {
      return new LayoutSource(files, nameOf);
    }
    if (await files.find('manifest.json')) return new LegacyArchive(files, await parseSavedImages(files));
    throw inputError('bad-archive', `${path} holds neither an index.json nor a manifest.json`, {
      hint: '"docker save" writes such archives; what "docker export" writes is no image.',
    });
  } catch (error) {
    await files.close();
    throw error;
  }
}

/**
 * Writes what old and new `docker load` read: an image layout with a manifest.json beside it. Its tags are
 * names (`acme/server:1.4`). An archive of that name is replaced at close().
 */
export function writeDockerArchive(path: string): Promise<ImageSink> {
  return ArchiveSink.create(path, dockerForm);
}

export const dockerForm: ArchiveForm = {
  transport: 'docker-archive',
  check: (manifest) => {
    if (manifest.kind === 'image' && isImageConfigType(manifest.config.mediaType)) return;
    const { digest, mediaType } = manifest.descriptor;
    if (manifest.kind === 'index') {
      throw inputError('needs-platform', `${digest} is an index of several manifests, and docker loads one`, {
        hint: platformHint(manifest.manifests),
      });
    }
    const type = manifest.kind === 'image' ? manifest.config.mediaType : mediaType;
    throw inputError('not-an-image', `${digest} is no container image, but a ${type}`, {
      hint: 'Docker loads only images; write it to oci: or oci-archive: instead.',
    });
  },
  withTag: (index, descriptor, name) => {
    const reference = savedAs(name);
    return withTag(index, descriptor, reference.tag, formatReference(reference));
  },
  documents: (index, manifests) => [['manifest.json', savedImages(index, manifests)]],
};

function platformHint(children: readonly Descriptor[]): string {
  const named = children.flatMap(({ platform }) =>
    platform && !isUnknownPlatform(platform) ? [formatPlatform(platform)] : [],
  );
  // Of a platform there may be an image and its SOCI index.
  const platforms = [...new Set(named)].join(', ');
  return `Choose one with --platforms${platforms === '' ? '' : `; there are ${platforms}`}.`;
}

function savedAs(name: string): Reference & { readonly tag: string } {
  const { digest, tag = 'latest', ...reference } = parseReference(name);
  if (digest === undefined) return { ...reference, tag };
  throw inputError('bad-reference', `"${name}" names a digest; docker loads images under a tag`, {
    hint: 'Write the name that the image should get, for example acme/server:1.4.',
  });
}

/** https://github.com/moby/docker-image-spec/blob/v1.3.1/v1.2.md#combined-image-json--filesystem-changeset-format */
function savedImages(index: LayoutIndex, manifests: readonly Manifest[]): unknown[] {
  return manifests
    .filter((manifest) => manifest.kind === 'image')
    .map((manifest) => {
      const names = index.entries.flatMap((entry) => {
        const name = entry.digest === manifest.descriptor.digest ? entry.annotations?.[imageName] : undefined;
        return name === undefined ? [] : [familiar(name)];
      });
      return {
        Config: blobName(manifest.config.digest),
        RepoTags: names.length === 0 ? null : names,
        Layers: manifest.layers.map((layer) => blobName(layer.digest)),
      };
    });
}

/** As docker shows names: its own hub's without host. */
function familiar(name: string): string {
  return name.replace(/^docker\.io\/(library\/)?/, '');
}
