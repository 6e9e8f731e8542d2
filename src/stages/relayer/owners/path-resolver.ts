import type { Tree } from '../../../content/rootfs/tree.ts';
import { bytesOf, lastOf, parentOf, within } from './path.ts';

/** As many links as Linux follows for one path (path_resolution(7)). */
const mostLinks = 40;

/** Components of one path, those of links among them: a path of 8,192 bytes has half as many. */
const mostSteps = 8192;

/** Directories remembered at a time. */
const mostRemembered = 8192;

/** Finds nodes as a process in the container would: symlinks are followed inside the tree, never out of it. */
export class PathResolver {
  readonly #tree: Tree;
  readonly #directories = new Map<string, string | undefined>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** The node at a path, links followed but for the last component. */
  find(path: string): number | undefined {
    const direct = this.#tree.find(bytesOf(path));
    if (direct !== undefined) return direct;
    const parent = parentOf(path);
    const directory = this.#directory(parent);
    // Where the directory is what its path says the first look was the answer.
    if (directory === undefined || directory === parent) return undefined;
    return this.#tree.find(bytesOf(within(directory, lastOf(path))));
  }

  /** The node at a path, all links followed. */
  follow(path: string): number | undefined {
    const end = this.#walk(path);
    return end === undefined ? undefined : this.#tree.find(bytesOf(end));
  }

  /** The path without links of a directory. */
  #directory(path: string): string | undefined {
    if (this.#directories.has(path)) return this.#directories.get(path);
    if (this.#directories.size >= mostRemembered) this.#directories.clear();
    const found = this.#walk(path);
    this.#directories.set(path, found);
    return found;
  }

  #walk(path: string): string | undefined {
    const waiting = path.split('/').reverse();
    let at = '';
    let links = 0;
    for (let steps = 0; waiting.length > 0; steps += 1) {
      if (steps > mostSteps) return undefined;
      const part = waiting.pop() as string;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at = parentOf(at);
        continue;
      }
      const next = within(at, part);
      const node = this.#tree.find(bytesOf(next));
      if (node === undefined) return undefined;
      if (this.#tree.kind(node) !== 'symlink') {
        at = next;
        continue;
      }
      links += 1;
      if (links > mostLinks) return undefined;
      const target = this.#tree.target(node).toString('latin1');
      if (target.startsWith('/')) at = '';
      for (const step of target.split('/').reverse()) waiting.push(step);
    }
    return at;
  }
}
