import type { Tree } from '../../../content/rootfs/tree.ts';

/** Visits the nodes of all paths that both trees have, parents before children. */
export function forEachPair(a: Tree, b: Tree, visit: (ofA: number, ofB: number) => void): void {
  const directories: [number, number][] = [[0, 0]];
  visit(0, 0);
  for (let pair = directories.pop(); pair !== undefined; pair = directories.pop()) {
    const left = a.children(pair[0])[Symbol.iterator]();
    const right = b.children(pair[1])[Symbol.iterator]();
    let [l, r] = [left.next(), right.next()];
    while (l.done !== true && r.done !== true) {
      const order = Buffer.compare(a.name(l.value), b.name(r.value));
      if (order === 0) {
        visit(l.value, r.value);
        if (a.kind(l.value) === 'directory' && b.kind(r.value) === 'directory') {
          directories.push([l.value, r.value]);
        }
      }
      if (order <= 0) l = left.next();
      if (order >= 0) r = right.next();
    }
  }
}
