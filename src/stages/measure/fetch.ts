import { type FileHandle, open } from 'node:fs/promises';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { monotonicSeconds } from '../../content/layer/clock.ts';
import { writeAt } from '../../content/store/file.ts';
import { onDisk } from '../../content/store/io-error.ts';
import type { ImageSource } from '../../content/store/store.ts';

export interface Fetched {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Of that, spent waiting for bytes. */
  readonly waitingSeconds: number;
}

/** Small writes cost as much as large ones. */
const writeBytes = 1024 * 1024;

/**
 * Downloads a blob into a new file; the source verifies it. The next bytes are awaited while the last are written.
 * @throws PullBudgetError what the source throws, `disk-full`; the signal's reason
 */
export async function fetchBlob(
  source: ImageSource,
  descriptor: Descriptor,
  path: string,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<Fetched> {
  const startSeconds = monotonicSeconds();
  let waitingSeconds = 0;
  await using file = await onDisk(path, () => open(path, 'w'));
  await using writer = new BatchWriter(file, path);
  const chunks = source.readBlob(descriptor)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const asked = monotonicSeconds();
      const { done, value } = await unlessAborted(chunks.next(), signal);
      waitingSeconds += monotonicSeconds() - asked;
      if (done) break;
      onBytes(value.byteLength);
      await writer.add(value);
    }
  } catch (error) {
    // Ends the transfer. Not awaited: bytes that never come would hold it up.
    chunks.return?.().catch(() => {});
    throw error;
  }
  await writer.flush();
  return { startSeconds, endSeconds: monotonicSeconds(), waitingSeconds };
}

/** What `promise` comes to, or the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Writes chunks in large pieces: one buffer is filled while the other is written. */
class BatchWriter implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #path: string;
  #filling = Buffer.allocUnsafeSlow(writeBytes);
  #spare = Buffer.allocUnsafeSlow(writeBytes);
  #filled = 0;
  #position = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + writeBytes - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (this.#filled === writeBytes) await this.#write();
    }
  }

  async flush(): Promise<void> {
    await this.#write();
    await this.#writing;
  }

  /** The file may be closed only when nothing is written to it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => {});
  }

  /** Begins to write what is filled, once the one before is written. */
  async #write(): Promise<void> {
    await this.#writing;
    this.#writing = writeAt(this.#file, this.#filling.subarray(0, this.#filled), this.#position, this.#path);
    this.#writing.catch(() => {});
    this.#position += this.#filled;
    this.#filled = 0;
    [this.#filling, this.#spare] = [this.#spare, this.#filling];
  }
}
