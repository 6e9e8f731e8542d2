import type { Tree } from '../../content/rootfs/tree.ts';

/** How often things of this kind change, seldom first: the order of layers on a first run. */
export const classes = ['system', 'runtime', 'heavy', 'library', 'model', 'app', 'volatile'] as const;
export type OwnerClass = (typeof classes)[number];

/** Who put files there. */
export interface Owner {
  /** For people and plans, the same for the next version: `python numpy`, `debian libc6`, `model /models/a.safetensors`, `files /opt/tool`. */
  readonly name: string;
  /** Where one is known. */
  readonly version?: string;
  readonly class: OwnerClass;
  /** Names of owners that change together with it: exact pins of a Python distribution. */
  readonly pinned?: readonly string[];
}

export interface Owners {
  readonly owners: readonly Owner[];
  /** Of each node its owner's index. Directories that several owners share belong to the rest by directory. */
  readonly of: Uint32Array;
}

export interface OwnerOptions {
  /** The config's WorkingDir, as bytes of a path without slashes at its ends; empty where there is none. */
  readonly workingDir: Buffer;
  /** Patterns (picomatch, with or without a slash in front): what changes often, and what seldom does. */
  readonly volatile: readonly string[];
  readonly pin: readonly string[];
  /** Owners that are known for files of a layer (by diffID and row) which was not read. */
  readonly known?: (layer: number, row: number) => Owner | undefined;
}

/** Content of small files that say who owns what, by node; undefined where it was not kept. See `tellsOwners`. */
export type Kept = (node: number) => Buffer | undefined;

/** Whether a file's content is wanted by an owner finder: to be kept while a layer is read. `path` as FileTable has it. */
export function tellsOwners(_path: Buffer, _bytes: number): boolean {
  throw new Error('to be built');
}

export function findOwners(_tree: Tree, _kept: Kept, _options: OwnerOptions): Promise<Owners> {
  throw new Error('to be built');
}
