import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainIo, onDisk } from './io-error.ts';
import type { ByteStream } from './store.ts';

const chunkBytes = 1024 * 1024;

/**
 * Bytes `start` to `end` of an open file, in chunks of 1 MiB, the next one read while one is used; less
 * where the file ends early. Each chunk is a buffer of its own, for verified() holds one back.
 */
export async function* readAt(file: FileHandle, start: number, end: number, path: string): ByteStream {
  let next = readChunk(file, start, end);
  try {
    for (let at = start; at < end; ) {
      const chunk = await next;
      if (chunk.byteLength === 0) return;
      at += chunk.byteLength;
      next = readChunk(file, at, end);
      yield chunk;
    }
  } catch (cause) {
    throw explainIo(cause, path);
  } finally {
    // The handle may be closed only when no read is under way.
    await next.catch(() => {});
  }
}

async function readChunk(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const length = Math.min(chunkBytes, end - start);
  if (length <= 0) return new Uint8Array(0);
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, start);
  return bytesRead === length ? buffer : buffer.subarray(0, bytesRead);
}

/** Writes all of `bytes` at `position`. @throws PullBudgetError `disk-full` and others */
export async function writeAt(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
  path: string,
): Promise<void> {
  await onDisk(path, async () => {
    for (let done = 0; done < bytes.byteLength; ) {
      const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
      done += bytesWritten;
    }
  });
}

/** Makes the names in a folder survive a power cut: file systems keep them apart from what they name. */
export async function syncFolder(path: string): Promise<void> {
  await onDisk(path, async () => {
    await using folder = await open(path);
    await folder.sync();
  });
}

/** Makes the name of a file survive a power cut. */
export function syncName(path: string): Promise<void> {
  return syncFolder(dirname(path));
}
