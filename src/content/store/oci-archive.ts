import { inputError } from '../error.ts';
import { type ArchiveForm, ArchiveSink } from './archive-sink.ts';
import { checkLayoutVersion, withTag } from './layout-index.ts';
import { LayoutSource } from './layout-source.ts';
import { uncompressed } from './spool.ts';
import type { ImageSink, ImageSource } from './store.ts';
import { openArchiveFile, TarFiles } from './tar-index.ts';
import { collect } from './verify.ts';

/**
 * Reads an image layout in a tar archive, compressed (gzip, zstd) or not, as skopeo and buildx write it.
 * @throws PullBudgetError `not-found`, `bad-archive`, `no-layout`, `unsupported-layout`
 */
export async function openOciArchive(path: string): Promise<ImageSource> {
  const location = `oci-archive:${path}`;
  const archive = await uncompressed({ file: await openArchiveFile(path), path });
  const files = await TarFiles.index(location, archive.file, path);
  try {
    const marker = await files.find('oci-layout');
    if (!marker) {
      throw inputError('no-layout', `${path} holds no OCI image layout`, {
        hint: 'If "docker save" wrote it, write docker-archive: before the path.',
      });
    }
    checkLayoutVersion(await collect(marker.read(0, marker.size), 4096, location), location);
    return new LayoutSource(files);
  } catch (error) {
    await files.close();
    throw error;
  }
}

const ociForm: ArchiveForm = {
  transport: 'oci-archive',
  check: () => {},
  withTag,
  documents: () => [],
};

/** Writes an image layout as a tar archive; an archive of that name is replaced at close(). */
export function writeOciArchive(path: string): Promise<ImageSink> {
  return ArchiveSink.create(path, ociForm);
}
