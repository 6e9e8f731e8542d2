/** How often things of this kind change, seldom first: the order of layers on a first run. */
export const classes = ['system', 'runtime', 'heavy', 'library', 'model', 'app', 'volatile'] as const;
export type OwnerClass = (typeof classes)[number];

/** Who put files there. */
export interface Owner {
  /**
   * For people and plans, the same for the next version: `python numpy`, `debian libc6`, `model /models/a.safetensors`,
   * `files /opt/tool`. No two owners of an image share one. Bytes that are no text are written `\xNN`.
   */
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
  /**
   * Patterns (picomatch, with or without a slash in front): what changes often, and what seldom does. A directory that
   * one fits goes with all that is below it.
   */
  readonly volatile: readonly string[];
  readonly pin: readonly string[];
  /** Owners that are known for files of a layer (by diffID and row) which was not read. */
  readonly known?: (layer: number, row: number) => Owner | undefined;
}

/** Content of small files that say who owns what, by node; undefined where it was not kept. See `tellsOwners`. */
export type Kept = (node: number) => Buffer | undefined;
