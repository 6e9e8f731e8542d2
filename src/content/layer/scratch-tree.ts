import {
  closeSync,
  fchmodSync,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { explainIo } from '../store/io-error.ts';
import type { TarEntry } from '../tar/entry.ts';
import type { TarSubscriber } from '../tar/scanner.ts';

/** Folders of real images hold less; one folder with a million files would cost more than their tree does. */
const filesPerFolder = 4096;
/** What a symbolic link can hold on Linux (PATH_MAX, less the NUL). */
const maxTargetBytes = 4095;
/** ext4 takes 65,000. */
const linksPerFile = 60_000;

/**
 * Unpacks a layer so that it costs what it costs a node: as many files, bytes, folders and links. But everything
 * has a number for a name, and links a target of the same length that is not there: nothing that an image says is
 * ever used as a path. Whiteouts, devices and pipes become empty files, as does a hard link before the first file;
 * of a sparse file only the data in the archive is written.
 * Its calls throw PullBudgetError `disk-full` and what else a file system has to say.
 */
export class ScratchTree implements TarSubscriber, Disposable {
  readonly #root: string;
  #folder: string;
  #folders = 0;
  #inFolder = 0;
  #made = 0;
  #file: number | undefined;
  #lastFile: { readonly path: string; links: number } | undefined;
  #bytes = 0;
  #seconds = 0;

  /** Builds the tree in `root`, an empty folder. */
  constructor(root: string) {
    this.#root = root;
    this.#folder = root;
  }

  /** Entries made: files, folders, links. */
  get files(): number {
    return this.#made;
  }

  /** Bytes written to files. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Time spent in calls to the file system. */
  get seconds(): number {
    return this.#seconds;
  }

  entry(entry: TarEntry): void {
    this.#timed(() => {
      this.#closeFile();
      this.#make(entry);
    });
  }

  data(part: Buffer): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#timed(() => {
      for (let done = 0; done < part.byteLength; ) done += writeSync(file, part, done);
    });
    this.#bytes += part.byteLength;
  }

  end(): void {
    this.#timed(() => this.#closeFile());
  }

  [Symbol.dispose](): void {
    this.#closeFile();
  }

  #make(entry: TarEntry): void {
    switch (entry.kind) {
      case 'directory':
        this.#makeFolder();
        break;
      case 'symlink':
        symlinkSync(
          'x'.repeat(Math.min(Math.max(entry.linkname.byteLength, 1), maxTargetBytes)),
          this.#next(),
        );
        break;
      case 'hardlink':
        this.#makeLink();
        break;
      case 'file':
        this.#makeFile();
        break;
      case 'character':
      case 'block':
      case 'fifo':
        closeSync(openSync(this.#next(), 'wx', 0o600));
        break;
      case 'other':
        // No node unpacks it.
        return;
    }
    this.#made++;
  }

  #makeFolder(): void {
    this.#folder = join(this.#root, `d${this.#folders++}`);
    this.#inFolder = 0;
    mkdirSync(this.#folder, 0o700);
  }

  #makeFile(): void {
    const path = this.#next();
    this.#file = openSync(path, 'wx', 0o600);
    this.#lastFile = { path, links: 1 };
  }

  #makeLink(): void {
    const target = this.#lastFile;
    if (target && target.links++ < linksPerFile) linkSync(target.path, this.#next());
    else this.#makeFile();
  }

  #closeFile(): void {
    if (this.#file === undefined) return;
    const file = this.#file;
    this.#file = undefined;
    // A node sets mode and times as the image says. Here the calls are made, and nothing of the image takes hold.
    fchmodSync(file, 0o600);
    futimesSync(file, 0, 0);
    closeSync(file);
  }

  #next(): string {
    if (this.#inFolder === filesPerFolder) this.#makeFolder();
    return join(this.#folder, `f${this.#inFolder++}`);
  }

  #timed(work: () => void): void {
    const start = performance.now();
    try {
      work();
    } catch (cause) {
      throw explainIo(cause, this.#root);
    }
    this.#seconds += (performance.now() - start) / 1000;
  }
}
