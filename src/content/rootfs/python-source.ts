import type { FileTable } from './table.ts';

/** What of a tree tells where a source is. */
interface Paths {
  name(node: number): Buffer;
  path(node: number): Buffer;
  find(path: Buffer): number | undefined;
  kind(node: number): string;
}

/**
 * The file that a compiled one was made from, where the tree has it: of `d/__pycache__/x.cpython-312.pyc` and of
 * `d/x.pyc` it is `d/x.py`.
 * https://peps.python.org/pep-3147/, https://peps.python.org/pep-0488/
 */
export function sourceOf(tree: Paths, compiled: number): number | undefined {
  if (!isCompiled(tree.name(compiled))) return undefined;
  const found = paths.exec(tree.path(compiled).toString('latin1'));
  const { beside = '', cached, alone } = found?.groups ?? {};
  const name = cached ?? alone;
  const source = name === undefined ? undefined : tree.find(Buffer.from(`${beside}${name}.py`, 'latin1'));
  return source !== undefined && tree.kind(source) === 'file' ? source : undefined;
}

const unasked = 2 ** 32 - 1;
const noSource = 2 ** 32 - 2;

/** `sourceOf` of a tree that is asked often: each answer is found once. */
export function rememberedSources(
  tree: Paths & { readonly size: number },
): (compiled: number) => number | undefined {
  let answers: Uint32Array | undefined;
  return (compiled) => {
    if (!isCompiled(tree.name(compiled))) return undefined;
    answers ??= new Uint32Array(tree.size).fill(unasked);
    if (answers[compiled] === unasked) answers[compiled] = sourceOf(tree, compiled) ?? noSource;
    const answer = answers[compiled] as number;
    return answer === noSource ? undefined : answer;
  };
}

const suffix = Buffer.from('.pyc');

/** @param name or path */
export function isCompiled(name: Buffer): boolean {
  return name.byteLength >= suffix.byteLength && name.subarray(-suffix.byteLength).equals(suffix);
}

const paths =
  /^(?<beside>(?:.*\/)?)(?:__pycache__\/(?<cached>[^./]+)\.[^./]+(?:\.opt-[A-Za-z0-9]+)?|(?<!(?:^|\/)__pycache__\/)(?<alone>[^/]+))\.pyc$/s;

/** A time as a .pyc names it; undefined and NaN, which are none, as undefined. */
export function pycTime(mtime: number | undefined): number | undefined {
  return mtime === undefined || Number.isNaN(mtime) ? undefined : Math.floor(mtime) % 2 ** 32;
}

/** Where a node's content is. */
interface Contents {
  readonly tables: readonly FileTable[];
  content(node: number): { readonly layer: number; readonly row: number };
}

/**
 * The time of its source that a .pyc names. `none`: Python goes by something else than times, if it reads it at all.
 * `unknown`: it is a hard link to what has another name, where nobody looked.
 */
export function namedTime({ tables, content }: Contents, compiled: number): number | 'none' | 'unknown' {
  const { layer, row } = content(compiled);
  const table = tables[layer];
  const wasLookedAt = table !== undefined && isCompiled(table.path(row)) && !table.isSparse(row);
  return wasLookedAt ? (table.pyc(row)?.sourceMtime ?? 'none') : 'unknown';
}

/** Whether a .pyc names its source's time as it is, so that Python runs it; undefined where that cannot be told. */
export function isCurrent(
  tree: Paths & Contents & { mtime(node: number): number | undefined },
  compiled: number,
): boolean | undefined {
  const source = sourceOf(tree, compiled);
  const named = source === undefined ? 'unknown' : namedTime(tree, compiled);
  if (source === undefined || typeof named === 'string') return undefined;
  return named === pycTime(tree.mtime(source));
}
