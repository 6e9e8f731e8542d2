import type { ByteStream } from '../bytes.ts';

/**
 * Passes bytes on until `signal` is aborted, then fails with its reason at once, even while the next bytes
 * are awaited. `seen` is told of each chunk's length.
 */
export async function* interruptible(
  bytes: ByteStream,
  signal: AbortSignal,
  seen: (bytes: number) => void,
): ByteStream {
  const iterator = bytes[Symbol.asyncIterator]();
  let interrupt = (_reason: unknown): void => {};
  const onAbort = (): void => interrupt(signal.reason);
  signal.addEventListener('abort', onAbort);
  let ended = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      // Not Promise.race: what never settles would hold on to every chunk that it raced against.
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done) {
        ended = true;
        return;
      }
      seen(next.value.byteLength);
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    const end = ended ? undefined : iterator.return?.();
    // A generator answers return() only when the read under way is over, which may be never.
    if (signal.aborted) end?.catch(() => {});
    else await end;
  }
}
