import type { Tree } from './tree.ts';

/** In what two nodes of one path differ. */
export type Aspect =
  | 'only-in-a'
  | 'only-in-b'
  | 'type'
  | 'mode'
  | 'owner'
  | 'mtime'
  | 'content'
  | 'target'
  | 'device'
  | 'xattrs'
  | 'links';

export interface Difference {
  /** Nodes of that path in either tree; undefined where it is not there. */
  readonly a: number | undefined;
  readonly b: number | undefined;
  readonly aspects: readonly Aspect[];
}

export interface ComparePolicy {
  /** `compared`: mtimes count where both trees know one. `ignored`: they do not, nor those in .pyc that name their source's. */
  readonly mtime: 'compared' | 'ignored';
}

/** Two nodes of one path. */
interface Pair {
  readonly a: Tree;
  readonly b: Tree;
  readonly nodeA: number;
  readonly nodeB: number;
  readonly policy: ComparePolicy;
}

type PairAspect = Exclude<Aspect, 'only-in-a' | 'only-in-b'>;

/** Whether two nodes differ in it; what only nodes of one kind have is empty or 0 of the others. */
const aspects: readonly { readonly name: PairAspect; differs(pair: Pair): boolean }[] = [
  { name: 'type', differs: ({ a, b, nodeA, nodeB }) => a.kind(nodeA) !== b.kind(nodeB) },
  { name: 'mode', differs: ({ a, b, nodeA, nodeB }) => a.mode(nodeA) !== b.mode(nodeB) },
  {
    name: 'owner',
    differs: ({ a, b, nodeA, nodeB }) => a.uid(nodeA) !== b.uid(nodeB) || a.gid(nodeA) !== b.gid(nodeB),
  },
  { name: 'mtime', differs: hasOtherMtime },
  { name: 'content', differs: hasOtherContent },
  { name: 'target', differs: ({ a, b, nodeA, nodeB }) => !a.target(nodeA).equals(b.target(nodeB)) },
  {
    name: 'device',
    differs: ({ a, b, nodeA, nodeB }) =>
      a.devmajor(nodeA) !== b.devmajor(nodeB) || a.devminor(nodeA) !== b.devminor(nodeB),
  },
  { name: 'xattrs', differs: ({ a, b, nodeA, nodeB }) => !a.xattrs(nodeA).equals(b.xattrs(nodeB)) },
  { name: 'links', differs: hasOtherLinks },
];

/** What differs, in the order of paths (a directory before what is in it; what is below a path that is only in one tree is listed too). */
export function* differences(a: Tree, b: Tree, policy: ComparePolicy): Iterable<Difference> {
  for (const [nodeA, nodeB] of together(a, b)) {
    if (nodeA === undefined) yield { a: nodeA, b: nodeB, aspects: ['only-in-b'] };
    else if (nodeB === undefined) yield { a: nodeA, b: nodeB, aspects: ['only-in-a'] };
    else {
      const pair = { a, b, nodeA, nodeB, policy };
      const found = aspects.filter((aspect) => aspect.differs(pair));
      if (found.length > 0) yield { a: nodeA, b: nodeB, aspects: found.map(({ name }) => name) };
    }
  }
}

/** What one layer on top of `from` has to have, so that the result is `to` (mtimes compared). */
export interface Changes {
  /** Nodes of `to`, ascending. With a link of an inode all its links. Directories only where they themselves differ or are new. */
  readonly emit: Uint32Array;
  /** Nodes of `from` to be whited out: the topmost of each removed subtree; where a directory becomes something else, nothing (an entry that is no directory hides it). */
  readonly remove: Uint32Array;
}

export function changesBetween(from: Tree, to: Tree): Changes {
  const isEmitted = new Uint8Array(to.size);
  const isGone = new Uint8Array(from.size);
  for (const { a, b } of differences(from, to, { mtime: 'compared' })) {
    if (b !== undefined) isEmitted[to.firstLink(b)] = 1;
    // Removed, or hidden by what is no directory; what is below it is then as well.
    if (a !== undefined && (b === undefined || to.kind(b) !== 'directory')) {
      isGone[a] = b === undefined && isGone[from.parent(a)] === 0 ? topOfRemoved : gone;
    }
  }
  for (const node of timesUnknownTo(from, to)) isEmitted[node] = 1;
  markLinks(to, isEmitted);
  return { emit: numbersOf(isEmitted, 1), remove: numbersOf(isGone, topOfRemoved) };
}

/** Nodes of `to` with an mtime, of paths that no layer of `from` gives one: `differences` does not count these. */
export function* timesUnknownTo(from: Tree, to: Tree): Generator<number> {
  for (let node = 1; node < from.size; node++) {
    if (from.mtime(node) !== undefined) continue;
    const twin = to.find(from.path(node));
    if (twin !== undefined && to.mtime(twin) !== undefined) yield to.firstLink(twin);
  }
}

const [gone, topOfRemoved] = [1, 2];

/** Gives all nodes of an inode what its first node has. */
export function markLinks(tree: Tree, marks: Uint8Array): void {
  for (let node = 0; node < tree.size; node++) marks[node] = marks[tree.firstLink(node)] as number;
}

function numbersOf(flags: Uint8Array, flag: number): Uint32Array {
  let count = 0;
  for (const value of flags) if (value === flag) count++;
  const numbers = new Uint32Array(count);
  for (let node = flags.length - 1; node >= 0; node--) if (flags[node] === flag) numbers[--count] = node;
  return numbers;
}

// Two trees side by side

type NodePair = readonly [a: number | undefined, b: number | undefined];

/** All paths of both trees, in their order. */
function* together(a: Tree, b: Tree): Generator<NodePair> {
  yield [0, 0];
  const open = [sideBySide(a, 0, b, 0)];
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value, done } = last.next();
    if (done) {
      open.pop();
      continue;
    }
    yield value;
    const [nodeA, nodeB] = value;
    const isInA = nodeA !== undefined && a.kind(nodeA) === 'directory';
    const isInB = nodeB !== undefined && b.kind(nodeB) === 'directory';
    if (isInA || isInB) open.push(sideBySide(a, isInA ? nodeA : undefined, b, isInB ? nodeB : undefined));
  }
}

/** What is in a directory of either tree, by names. */
function* sideBySide(
  a: Tree,
  inA: number | undefined,
  b: Tree,
  inB: number | undefined,
): Generator<NodePair, undefined> {
  const [fromA, fromB] = [childrenOf(a, inA), childrenOf(b, inB)];
  let [nextA, nextB] = [fromA.next(), fromB.next()];
  while (!nextA.done || !nextB.done) {
    const order = nextA.done ? 1 : nextB.done ? -1 : a.name(nextA.value).compare(b.name(nextB.value));
    yield [order <= 0 ? nextA.value : undefined, order >= 0 ? nextB.value : undefined];
    if (order <= 0) nextA = fromA.next();
    if (order >= 0) nextB = fromB.next();
  }
}

function childrenOf(tree: Tree, node: number | undefined): Iterator<number, undefined> {
  return (node === undefined ? [] : tree.children(node))[Symbol.iterator]();
}

// Aspects

function hasOtherMtime({ a, b, nodeA, nodeB, policy }: Pair): boolean {
  if (policy.mtime === 'ignored') return false;
  const [inA, inB] = [a.mtime(nodeA), b.mtime(nodeB)];
  return inA !== undefined && inB !== undefined && inA !== inB;
}

/** Of a .pyc also whether it is that of its source: Python compiles again what is not. */
function hasOtherContent({ a, b, nodeA, nodeB, policy }: Pair): boolean {
  if (a.kind(nodeA) !== 'file' && b.kind(nodeB) !== 'file') return false;
  if (a.bytes(nodeA) !== b.bytes(nodeB) || a.isSparse(nodeA) !== b.isSparse(nodeB)) return true;
  if (!a.digest(nodeA).equals(b.digest(nodeB))) return true;
  const [inA, inB] = [a.pycMtime(nodeA), b.pycMtime(nodeB)];
  if (policy.mtime === 'compared') return inA !== inB;
  return (inA === undefined) !== (inB === undefined);
}

/** Groups are the same where each node's first link has the same path. */
function hasOtherLinks({ a, b, nodeA, nodeB }: Pair): boolean {
  const [inA, inB] = [a.firstLink(nodeA), b.firstLink(nodeB)];
  if (inA === nodeA || inB === nodeB) return (inA === nodeA) !== (inB === nodeB);
  return !a.path(inA).equals(b.path(inB));
}
