/** What of a tree tells where a source is. */
interface Paths {
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
  const found = paths.exec(tree.path(compiled).toString('latin1'));
  const { beside = '', cached, alone } = found?.groups ?? {};
  const name = cached ?? alone;
  const source = name === undefined ? undefined : tree.find(Buffer.from(`${beside}${name}.py`, 'latin1'));
  return source !== undefined && tree.kind(source) === 'file' ? source : undefined;
}

const paths =
  /^(?<beside>(?:.*\/)?)(?:__pycache__\/(?<cached>[^./]+)\.[^./]+(?:\.opt-[A-Za-z0-9]+)?|(?<!(?:^|\/)__pycache__\/)(?<alone>[^/]+))\.pyc$/s;

/** A time as a .pyc names it. */
export function pycTime(mtime: number | undefined): number | undefined {
  return mtime === undefined ? undefined : Math.floor(mtime) % 2 ** 32;
}
