import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ByteStream } from '../bytes.ts';
import { explainIo, onDisk } from './io-error.ts';

const chunkBytes = 1024 * 1024;

/**
 * Bytes `start` to `end` of an open file, in chunks of 1 MiB, less where the file ends early. Two buffers take turns:
 * one is filled while the reader has the other, which is its own only until it asks for the next (ByteStream).
 */
export async function* readAt(file: FileHandle, start: number, end: number, path: string): ByteStream {
  const chunkLength = Math.min(chunkBytes, Math.max(0, end - start));
  let [filling, resting] = [Buffer.allocUnsafeSlow(chunkLength), Buffer.allocUnsafeSlow(chunkLength)];
  let next = readChunk(file, filling, start, end);
  try {
    for (let at = start; at < end; ) {
      const chunk = await next;
      if (chunk.byteLength === 0) return;
      at += chunk.byteLength;
      [filling, resting] = [resting, filling];
      next = readChunk(file, filling, at, end);
      // It may fail while the reader is still busy with the chunk before, and is awaited only then.
      next.catch(() => {});
      yield chunk;
    }
  } catch (cause) {
    throw explainIo(cause, path);
  } finally {
    // The handle may be closed only when no read is under way.
    await next.catch(() => {});
  }
}

/** Fills the buffer, for a file system may give less at a time; less than that is the end. */
async function readChunk(file: FileHandle, into: Buffer, start: number, end: number): Promise<Uint8Array> {
  const length = Math.min(into.byteLength, end - start);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(into, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return into.subarray(0, filled);
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
