import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  decodeZtoc,
  findCheckpoints
} from "./chunk-XCJSANW5.js";
import {
  Ring,
  makeRing,
  spoolOf
} from "./chunk-QAO53BFA.js";
import {
  problemsOf
} from "./chunk-FEKXO3MT.js";
import {
  checkpointBytes,
  checkpointPlaceBytes,
  checkpointsHeaderBytes,
  ztocMediaType
} from "./chunk-WSWMSC73.js";
import {
  unpackError
} from "./chunk-KE4MHNEF.js";
import {
  interruptible
} from "./chunk-5UY46ZQ3.js";
import {
  pLimit
} from "./chunk-NSLFNWD3.js";
import {
  describeReferrer,
  makeFolders,
  parseManifest,
  readStored,
  verified
} from "./chunk-5A45ZFB5.js";
import {
  newMark,
  ownerEnded
} from "./chunk-NVMCYYRY.js";
import {
  layerCompression,
  readAt
} from "./chunk-RI4IMNUK.js";
import {
  digestOf,
  isDigest
} from "./chunk-RJ5NUFKW.js";
import {
  onDisk
} from "./chunk-THYTPSF7.js";
import {
  hasCode,
  infrastructureError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/content/store/overlay.ts
import { open } from "node:fs/promises";
function overlay(base, made, close) {
  const { location } = base;
  const manifests = new Map(made.manifests.map((manifest) => [manifest.descriptor.digest, manifest]));
  const blobs = new Map([
    ...made.documents.map((bytes) => [digestOf(bytes), inMemory(bytes)]),
    ...made.files.map(({ digest, size, path }) => [digest, onPath(path, size)])
  ]);
  const origins = new Map(made.files.map(({ digest, origin }) => [digest, origin]));
  return {
    location,
    async resolve(target) {
      if (target !== void 0 && isDigest(target)) {
        return manifests.get(target)?.descriptor ?? base.resolve(target);
      }
      const found = await base.resolve(target);
      return found.digest === made.original.digest ? made.descriptor : found;
    },
    async readManifest(descriptor) {
      const manifest = manifests.get(descriptor.digest);
      if (!manifest) return base.readManifest(descriptor);
      return parseManifest(manifest.raw, { descriptor }, `${location}: ${descriptor.digest}`);
    },
    readBlob(descriptor, range) {
      const blob = blobs.get(descriptor.digest);
      if (blob) return readStored(blob, descriptor, range, location);
      return (made.borrowed?.get(descriptor.digest) ?? base).readBlob(descriptor, range);
    },
    origin(blob) {
      if (blobs.has(blob.digest)) return origins.get(blob.digest);
      const from = made.borrowed?.get(blob.digest) ?? base;
      return from.origin?.(blob) ?? from;
    },
    tags: () => base.tags(),
    async referrers(subject, artifactType) {
      const found = new Map(made.manifests.flatMap((manifest) => referrerOf(manifest, subject)));
      for (const other of await base.referrers(subject, artifactType)) found.set(other.digest, other);
      return [...found.values()].filter(
        (referrer) => artifactType === void 0 || referrer.artifactType === artifactType
      );
    },
    close
  };
}
function referrerOf(manifest, subject) {
  if (manifest.kind === "opaque" || manifest.subject?.digest !== subject) return [];
  return [[manifest.descriptor.digest, describeReferrer(manifest)]];
}
function inMemory(bytes) {
  return {
    size: bytes.byteLength,
    async *read(start, end) {
      yield bytes.subarray(start, end);
    }
  };
}
function onPath(path, size) {
  return { size, read: (start, end) => readFile(path, start, end) };
}
async function* readFile(path, start, end) {
  var _stack = [];
  try {
    const file = __using(_stack, await onDisk(path, () => open(path)), true);
    yield* readAt(file, start, end, path);
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

// src/stages/soci/layer-indexer.ts
import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";

// src/content/layer/pool.ts
import { once } from "node:events";
import { Worker } from "node:worker_threads";
var WorkerPool = class {
  threads;
  #module;
  #limit;
  #idle = [];
  constructor(module, threads) {
    this.#module = module;
    this.threads = threads;
    this.#limit = pLimit(threads);
  }
  /** Starts the threads, so that the first jobs do not pay for it. */
  async start() {
    while (this.#idle.length < this.threads) this.#idle.push(this.#newWorker());
    await Promise.all(this.#idle.map((worker) => once(worker, "online")));
  }
  /**
   * Does a job on a free thread, when there is one. When `signal` aborts its thread is ended: once the promise is
   * rejected, nothing of the job goes on.
   * @throws PullBudgetError what the job throws, with its kind, code and hint; `worker-failed`; the signal's reason
   */
  run(job, input, signal) {
    return this.#limit(async () => {
      signal.throwIfAborted();
      const worker = this.#idle.pop() ?? this.#newWorker();
      const message = await exchange(worker, { job, input }, signal);
      this.#idle.push(worker);
      if ("error" in message) throw unpackError(message.error);
      return message.result;
    });
  }
  /** Ends the threads that have nothing to do, 25 MiB each: others are started when there are jobs again. */
  async rest() {
    await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }
  [Symbol.asyncDispose]() {
    return this.rest();
  }
  #newWorker() {
    return new Worker(this.#module, { name: "layer" });
  }
};
async function exchange(worker, job, signal) {
  const settled = new AbortController();
  try {
    worker.postMessage(job);
    const ended = once(worker, "exit", { signal: settled.signal }).then(() => {
      throw new Error("it ended");
    });
    ended.catch(() => {
    });
    const [message] = await Promise.race([once(worker, "message", { signal }), ended]);
    return message;
  } catch (cause) {
    await worker.terminate();
    signal.throwIfAborted();
    throw infrastructureError(
      "worker-failed",
      `a thread that reads layers failed: ${cause.message}`,
      {
        hint: "The machine may be out of memory; run again with more.",
        cause
      }
    );
  } finally {
    settled.abort();
  }
}

// src/stages/soci/layer-indexer.ts
var checkpointsOf = spoolOf;
var ownModule = new URL(
  import.meta.url.endsWith(".ts") ? "./worker.ts" : "./soci-worker.js",
  import.meta.url
);
var mostThreads = 4;
var defaults = {
  /** Below this a second thread takes longer to start than it saves. */
  fatBytes: 16 * 1024 * 1024,
  threads: Math.min(availableParallelism(), mostThreads)
};
var blobRingBytes = 1024 * 1024;
var tarRingBytes = 2 * 1024 * 1024;
var LayerIndexer = class {
  #fatBytes;
  #pool;
  #isSharing = false;
  /** A place a thread: a layer is opened only when a thread is there for it, or its source would wait in mid-transfer. */
  #threads;
  /**
   * `fatBytes`: compressed layers from this size on may be shared by two threads. `module` serves `indexJobs`, where
   * somebody comes along.
   */
  constructor(options = {}) {
    const { fatBytes, threads, module } = { ...defaults, module: ownModule, ...options };
    this.#fatBytes = fatBytes;
    this.#pool = new WorkerPool(module, threads + 1);
    this.#threads = pLimit(threads);
  }
  /**
   * @throws PullBudgetError what `readLayer` throws; errors of `open`'s stream as they are; the signal's reason.
   * Nothing is left of `file` then.
   */
  async index(layer, signal) {
    try {
      return (await this.indexAlong(layer, signal)).outcome;
    } catch (error) {
      if (!hasCode(error, "unindexable")) throw error;
      return { kind: "unindexable", reason: error.message };
    }
  }
  /** As `index`, with what those found that came along. */
  indexAlong(layer, signal) {
    return this.#threads(async () => {
      signal.throwIfAborted();
      if (!this.#isShared(layer)) return this.#index(layer, 1, signal);
      this.#isSharing = true;
      try {
        return await this.#index(layer, 2, signal);
      } finally {
        this.#isSharing = false;
      }
    });
  }
  /** Gives the memory of idle threads back. */
  rest() {
    return this.#pool.rest();
  }
  [Symbol.asyncDispose]() {
    return this.rest();
  }
  /**
   * Whether two threads are to read it: when it is worth it, and no other layer waits. It is the last one then, and what
   * the others do ends before it, so it has a thread more than there are cores for.
   */
  #isShared({ layer: { descriptor } }) {
    const isLast = this.#threads.pendingCount === 0 && !this.#isSharing;
    return isLast && descriptor.size >= this.#fatBytes && layerCompression(descriptor.mediaType) === "gzip";
  }
  async #index({ open: open3, keepCheckpoints, ...input }, threads, signal) {
    const work = new Work(signal);
    const blob = work.ring(blobRingBytes);
    work.part(
      feed(
        interruptible(open3(), work.stopped, () => {
        }),
        blob
      )
    );
    let written;
    if (threads === 2) {
      const tar = work.ring(tarRingBytes);
      work.part(this.#pool.run("inflateLayer", { ...input, blob: blob.memory, tar: tar.memory }, signal));
      written = work.part(this.#pool.run("indexInflated", { ...input, tar: tar.memory }, signal));
    } else {
      written = work.part(this.#pool.run("index", { ...input, blob: blob.memory }, signal));
    }
    let isKept = false;
    try {
      const indexed = await work.until(written);
      isKept = keepCheckpoints === true;
      return indexed;
    } catch (error) {
      await rm(input.file, { force: true });
      throw error;
    } finally {
      if (!isKept) await rm(spoolOf(input), { force: true });
    }
  }
};
var Work = class {
  #signal;
  #rings = [];
  #parts = [];
  #stopped = new AbortController();
  #failure;
  constructor(signal) {
    this.#signal = signal;
  }
  /** Aborted when the parts are to end. */
  get stopped() {
    return this.#stopped.signal;
  }
  ring(bytes) {
    const ring = new Ring(makeRing(bytes));
    this.#rings.push(ring);
    return ring;
  }
  part(work) {
    const part = work.catch((error) => {
      this.#failure ??= { error };
      this.#stop();
      throw error;
    });
    part.catch(() => {
    });
    this.#parts.push(part);
    return part;
  }
  /** @throws what failed first */
  async until(result) {
    const stop = () => this.#stop();
    this.#signal.addEventListener("abort", stop);
    try {
      return await result;
    } catch {
      this.#signal.throwIfAborted();
      throw this.#failure?.error;
    } finally {
      this.#signal.removeEventListener("abort", stop);
      stop();
      await Promise.allSettled(this.#parts);
    }
  }
  #stop() {
    this.#stopped.abort();
    for (const ring of this.#rings) ring.close();
  }
};
async function feed(bytes, ring) {
  for await (const chunk of bytes) await ring.write(chunk);
  ring.end();
}

// src/stages/soci/ztoc-files.ts
import { open as open2 } from "node:fs/promises";
function ztocInFile(path, { digest, size }, from) {
  const read = async function* () {
    var _stack = [];
    try {
      const file = __using(_stack, await onDisk(path, () => open2(path)), true);
      yield* readAt(file, 0, size, path);
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  };
  const descriptor = { mediaType: ztocMediaType, digest, size };
  return { digest, size, from, source: void 0, read: () => verified(read(), descriptor, path, "at rest") };
}
var frontBytes = 4 * 1024 * 1024;
async function readZtoc(path, layer) {
  var _stack = [];
  try {
    const where = `zTOC of layer ${layer.digest}`;
    const file = __using(_stack, await onDisk(path, () => open2(path)), true);
    const { size } = await onDisk(path, () => file.stat());
    const bytes = Buffer.alloc(size);
    const read = (start, end) => onDisk(path, () => fill(file, bytes, start, Math.min(end, size)));
    await read(0, frontBytes);
    const checkpoints = size > frontBytes ? findCheckpoints(bytes, where) : void 0;
    if (checkpoints === void 0) await read(frontBytes, size);
    else {
      const { at, count } = checkpoints;
      await read(at, at + checkpointsHeaderBytes);
      for (let place = at + checkpointsHeaderBytes; place < at + count; place += checkpointBytes) {
        await read(place, Math.min(place + checkpointPlaceBytes, at + count));
      }
      await read(at + count, size);
    }
    return decodeZtoc(bytes, where, checkpoints);
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function fill(file, into, start, end) {
  for (let at = start; at < end; ) {
    const { bytesRead } = await file.read(into, at, end - at, at);
    if (bytesRead === 0) throw new Error("it ends too soon");
    at += bytesRead;
  }
}
function whyUnfit(ztoc, layer) {
  const algorithm = layerCompression(layer.mediaType) === "none" ? "uncompressed" : "gzip";
  if (ztoc.algorithm !== algorithm)
    return `it is one of a layer that is ${ztoc.algorithm}, this one is ${algorithm}`;
  const what = problemsOf(ztoc, layer.size)[0]?.what;
  return what && what.charAt(0).toLowerCase() + what.slice(1);
}

// src/content/store/scratch.ts
import { mkdir, readdir, rm as rm2 } from "node:fs/promises";
import { join } from "node:path";
var prefix = "pull-budget-";
function scratchFolder(scratch, purpose) {
  return join(scratch, `${prefix}${purpose}-${newMark()}`);
}
async function makeScratch(scratch) {
  await onDisk(scratch, () => makeFolders(scratch));
}
async function reapScratch(scratch, remove) {
  const names = await onDisk(scratch, () => readdir(scratch));
  const left = names.filter((name) => name.startsWith(prefix) && ownerEnded(name) === true);
  for (const name of left) await remove(join(scratch, name)).catch(() => {
  });
}
async function makeScratchFolder(scratch, purpose) {
  await makeScratch(scratch);
  await reapScratch(scratch, removeFolder);
  const folder = scratchFolder(scratch, purpose);
  await onDisk(folder, () => mkdir(folder, { mode: 448 }));
  return folder;
}
function removeFolder(folder) {
  return onDisk(folder, () => rm2(folder, { recursive: true, force: true }));
}

export {
  WorkerPool,
  scratchFolder,
  makeScratch,
  reapScratch,
  makeScratchFolder,
  removeFolder,
  overlay,
  checkpointsOf,
  LayerIndexer,
  ztocInFile,
  readZtoc,
  whyUnfit
};
