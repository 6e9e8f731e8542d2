import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStream } from '../bytes.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Manifest } from '../image/manifest.ts';
import { ArchiveSink } from './archive-sink.ts';
import { DockerApi, type DockerEnvironment } from './docker-api.ts';
import { dockerForm, readDockerArchive } from './docker-archive.ts';
import { readAt } from './file.ts';
import { onDisk } from './io-error.ts';
import { newMark, sweep } from './owner.ts';
import { spool } from './spool.ts';
import type { BlobOutcome, ImageSink, ImageSource } from './store.ts';

/**
 * Reads an image of the docker daemon that DOCKER_HOST names, through a temporary file that has no name.
 * `name` is an image's name or ID. https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Image
 * @throws PullBudgetError `no-daemon`, `not-found`, `disk-full`
 */
export async function openDockerDaemon(
  name: string,
  environment: DockerEnvironment = process.env,
): Promise<ImageSource> {
  const daemon = await DockerApi.connect(environment);
  try {
    return await readDockerArchive(`docker-daemon:${name}`, await spool(await daemon.save(name)));
  } finally {
    await daemon.close();
  }
}

/**
 * Writes images into the docker daemon that DOCKER_HOST names, at close(). Its tags are names
 * (`acme/server:1.4`). @throws PullBudgetError `no-daemon`, `disk-full`
 */
export async function writeDockerDaemon(environment: DockerEnvironment = process.env): Promise<ImageSink> {
  const daemon = await DockerApi.connect(environment);
  try {
    await daemon.ping();
    await sweep(tmpdir(), spoolName);
    const path = join(tmpdir(), `${spoolName}${newMark()}`);
    // Other users of the machine may not look into the image on its way.
    return new DaemonSink(daemon, path, await ArchiveSink.create(path, dockerForm, 0o600));
  } catch (error) {
    await daemon.close();
    throw error;
  }
}

const spoolName = 'pull-budget-docker-';

/** Docker loads an archive as a whole, so one is made first: a blob may have to be written twice. */
class DaemonSink implements ImageSink {
  readonly location = 'docker-daemon:';
  readonly holdsIndexes = false;
  readonly #daemon: DockerApi;
  readonly #path: string;
  readonly #archive: ArchiveSink;

  constructor(daemon: DockerApi, path: string, archive: ArchiveSink) {
    this.#daemon = daemon;
    this.#path = path;
    this.#archive = archive;
  }

  checkImage(top: Manifest): void {
    this.#archive.checkImage(top);
  }

  writeBlob(descriptor: Descriptor, open: () => ByteStream, from?: ImageSource): Promise<BlobOutcome> {
    return this.#archive.writeBlob(descriptor, open, from);
  }

  writeManifest(manifest: Manifest): Promise<void> {
    return this.#archive.writeManifest(manifest);
  }

  tag(manifest: Manifest, name: string): Promise<void> {
    return this.#archive.tag(manifest, name);
  }

  async close(): Promise<void> {
    await this.#archive.close();
    try {
      await using file = await onDisk(this.#path, () => open(this.#path));
      await this.#daemon.load(readAt(file, 0, Number.MAX_SAFE_INTEGER, this.#path));
    } finally {
      await this.#end();
    }
  }

  async abort(): Promise<void> {
    await this.#archive.abort();
    await this.#end();
  }

  async #end(): Promise<void> {
    await rm(this.#path, { force: true });
    await this.#daemon.close();
  }
}
