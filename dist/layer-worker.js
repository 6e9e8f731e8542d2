import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveJobs
} from "./chunk-TLGSNGJD.js";
import {
  monotonicSeconds
} from "./chunk-OWNW2LQ7.js";
import "./chunk-KE4MHNEF.js";
import {
  readLayer
} from "./chunk-Z4T7WJWK.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-HXSIVDWK.js";
import {
  readAt
} from "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import {
  explainIo,
  onDisk
} from "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/content/layer/jobs.ts
import { rmSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";

// src/content/layer/scratch-tree.ts
import {
  closeSync,
  fchmodSync,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync
} from "node:fs";
import { join } from "node:path";
var filesPerFolder = 4096;
var maxTargetBytes = 4095;
var linksPerFile = 6e4;
var ScratchTree = class {
  #root;
  #folder;
  #folders = 0;
  #inFolder = 0;
  #made = 0;
  #file;
  #lastFile;
  #bytes = 0;
  #seconds = 0;
  /** Builds the tree in `root`, an empty folder. */
  constructor(root) {
    this.#root = root;
    this.#folder = root;
  }
  /** Entries made: files, folders, links. */
  get files() {
    return this.#made;
  }
  /** Bytes written to files. */
  get bytes() {
    return this.#bytes;
  }
  /** Time spent in calls to the file system. */
  get seconds() {
    return this.#seconds;
  }
  entry(entry) {
    this.#timed(() => {
      this.#closeFile();
      this.#make(entry);
    });
  }
  data(part) {
    const file = this.#file;
    if (file === void 0) return;
    this.#timed(() => {
      for (let done = 0; done < part.byteLength; ) done += writeSync(file, part, done);
    });
    this.#bytes += part.byteLength;
  }
  end() {
    this.#timed(() => this.#closeFile());
  }
  [Symbol.dispose]() {
    this.#closeFile();
  }
  #make(entry) {
    switch (entry.kind) {
      case "directory":
        this.#makeFolder();
        break;
      case "symlink":
        symlinkSync(
          "x".repeat(Math.min(Math.max(entry.linkname.byteLength, 1), maxTargetBytes)),
          this.#next()
        );
        break;
      case "hardlink":
        this.#makeLink();
        break;
      case "file":
        this.#makeFile();
        break;
      case "character":
      case "block":
      case "fifo":
        closeSync(openSync(this.#next(), "wx", 384));
        break;
      case "other":
        return;
    }
    this.#made++;
  }
  #makeFolder() {
    this.#folder = join(this.#root, `d${this.#folders++}`);
    this.#inFolder = 0;
    mkdirSync(this.#folder, 448);
  }
  #makeFile() {
    const path = this.#next();
    this.#file = openSync(path, "wx", 384);
    this.#lastFile = { path, links: 1 };
  }
  #makeLink() {
    const target = this.#lastFile;
    if (target && target.links++ < linksPerFile) linkSync(target.path, this.#next());
    else this.#makeFile();
  }
  #closeFile() {
    if (this.#file === void 0) return;
    const file = this.#file;
    this.#file = void 0;
    fchmodSync(file, 384);
    futimesSync(file, 0, 0);
    closeSync(file);
  }
  #next() {
    if (this.#inFolder === filesPerFolder) this.#makeFolder();
    return join(this.#folder, `f${this.#inFolder++}`);
  }
  #timed(work) {
    const start = performance.now();
    try {
      work();
    } catch (cause) {
      throw explainIo(cause, this.#root);
    }
    this.#seconds += (performance.now() - start) / 1e3;
  }
};

// src/content/layer/jobs.ts
var jobs = { unpack, remove };
async function unpack({ blob, layer, folder, ratioLimit }) {
  var _stack = [];
  try {
    const startSeconds = monotonicSeconds();
    const cpuBefore = process.threadCpuUsage();
    const file = __using(_stack, await onDisk(blob, () => open(blob)), true);
    const bytes = readAt(file, 0, layer.descriptor.size, blob);
    await onDisk(folder, () => mkdir(folder));
    const tree = __using(_stack, new ScratchTree(folder));
    const read = await readLayer(bytes, layer, { ratioLimit, subscribers: [tree] });
    const kernelSeconds = process.threadCpuUsage(cpuBefore).system / 1e6;
    return {
      unpackedBytes: read.unpackedBytes,
      files: tree.files,
      startSeconds,
      endSeconds: monotonicSeconds(),
      // What the calls took beyond this thread's time in the kernel was waited for.
      diskSeconds: Math.max(0, tree.seconds - kernelSeconds)
    };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function remove({ folder }) {
  return onDisk(folder, async () => rmSync(folder, { recursive: true, force: true }));
}

// src/content/layer/worker.ts
serveJobs(jobs);
