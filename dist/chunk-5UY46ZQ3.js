import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/content/store/interruptible.ts
async function* interruptible(bytes, signal, seen) {
  const iterator = bytes[Symbol.asyncIterator]();
  let interrupt = (_reason) => {
  };
  const onAbort = () => interrupt(signal.reason);
  signal.addEventListener("abort", onAbort);
  let ended = false;
  try {
    for (; ; ) {
      signal.throwIfAborted();
      const next = await new Promise((resolve, reject) => {
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
    signal.removeEventListener("abort", onAbort);
    const end = ended ? void 0 : iterator.return?.();
    if (signal.aborted) end?.catch(() => {
    });
    else await end;
  }
}

export {
  interruptible
};
