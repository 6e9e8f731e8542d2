import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStream } from '../bytes.ts';
import { hasCode, inputError } from '../error.ts';
import type { Compression } from '../image/media-type.ts';
import { compressionOf, decompress } from './decompress.ts';
import { readAt, writeAt } from './file.ts';
import { onDisk } from './io-error.ts';

/** A temporary file. It has no name once it is open, so nothing is left of it whatever happens. */
export interface Spool {
  readonly file: FileHandle;
  /** What it was called, for messages. */
  readonly path: string;
}

/** @throws PullBudgetError `disk-full`, `no-access` */
export async function openSpool(folder = tmpdir()): Promise<Spool> {
  const path = join(folder, `pull-budget-${randomUUID()}`);
  const file = await onDisk(path, () => open(path, 'wx+', 0o600));
  await onDisk(path, () => unlink(path));
  return { file, path };
}

/** Writes all of a stream to a temporary file. The caller closes it. */
export async function spool(bytes: ByteStream): Promise<Spool> {
  const into = await openSpool();
  try {
    let size = 0;
    for await (const chunk of bytes) {
      await writeAt(into.file, chunk, size, into.path);
      size += chunk.byteLength;
    }
    return into;
  } catch (error) {
    await into.file.close();
    throw error;
  }
}

/** As of layers: what is so much larger than it was is made to fill the disk. */
const ratioLimit = 200;
const harmlessBytes = 64 * 1024 * 1024;

/**
 * The archive itself where it is not compressed, else a temporary file with what it holds; then the
 * archive is closed. @throws PullBudgetError `bad-archive`, `unpack-ratio`, `disk-full`
 */
export async function uncompressed(archive: Spool): Promise<Spool> {
  const { file, path } = archive;
  let kept = false;
  try {
    const { buffer } = await onDisk(path, () => file.read(Buffer.alloc(4), 0, 4, 0));
    const compression = compressionOf(buffer);
    kept = compression === 'none';
    return kept ? archive : await decompressed(archive, compression);
  } finally {
    if (!kept) await file.close();
  }
}

async function decompressed({ file, path }: Spool, compression: Compression): Promise<Spool> {
  const { size } = await file.stat();
  const plain = decompress[compression](readAt(file, 0, size, path), path);
  try {
    return await spool(upTo(Math.max(harmlessBytes, size * ratioLimit), plain, path));
  } catch (cause) {
    if (!hasCode(cause, 'bad-layer')) throw cause;
    throw inputError('bad-archive', `${path} cannot be decompressed`, {
      hint: 'The file is damaged or cut off; save the image again.',
      cause,
    });
  }
}

async function* upTo(most: number, bytes: ByteStream, path: string): ByteStream {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > most) {
      throw inputError('unpack-ratio', `${path} unpacks to more than ${ratioLimit} times its size`, {
        hint: 'It may be made to fill the disk. If it is meant to be so, decompress it yourself and name the result.',
      });
    }
    yield chunk;
  }
}
