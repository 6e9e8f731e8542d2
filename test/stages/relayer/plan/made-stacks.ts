import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { FileTable } from '../../../../src/content/rootfs/table.ts';
import type { Tree } from '../../../../src/content/rootfs/tree.ts';
import { classes, type Owner, type Owners } from '../../../../src/stages/relayer/owners.ts';
import type { Limits, StackLayer } from '../../../../src/stages/relayer/plan.ts';
import { type Entry, layerOf, tableOfEntries } from '../record-table.ts';

/** What a path of a made image is; files with the same `inode` are links of each other. */
type Made =
  | { readonly kind: 'directory' | 'fifo'; readonly mode: number; readonly mtime: number }
  | { readonly kind: 'symlink'; readonly target: string; readonly mtime: number }
  | {
      readonly kind: 'file';
      readonly bytes: number;
      readonly content: number;
      readonly mode: number;
      readonly mtime: number;
      readonly inode: number | undefined;
    };

/** Few names, so that paths meet; deep enough for directories to become files and back. */
const name = fc.constantFrom('a', 'b', 'c', 'caf\xe9');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const mtime = fc.constantFrom(1_700_000_000, 1_700_000_001.5);
const mode = fc.constantFrom(0o644, 0o755, 0o4755);

const made: fc.Arbitrary<Made> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('directory' as const),
      mode: fc.constantFrom(0o755, 0o700),
      mtime,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fifo' as const), mode, mtime }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('symlink' as const),
      target: fc.constantFrom('a', '../b', '/c'),
      mtime,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      bytes: fc.constantFrom(0, 1000, 1_000_000, 30_000_000),
      content: fc.nat(3),
      mode,
      mtime,
      inode: fc.option(fc.nat(2), { nil: undefined }),
    }),
  },
);

/** Entries of one layer. What containerd and others read differently is left out: parents are real directories. */
const layerEntries = fc
  .array(fc.tuple(path, fc.option(made, { nil: undefined, freq: 6 })), { maxLength: 14 })
  .map(entriesOf);

/** A stack as any tool may have made it: no layer knows what is below. */
export const stack: fc.Arbitrary<FileTable[]> = fc
  .array(layerEntries, { minLength: 1, maxLength: 5 })
  .map((all) => all.map(tableOfEntries));

export const limits: fc.Arbitrary<Limits> = fc.record({
  maxLayers: fc.integer({ min: 7, max: 12 }),
  minLayerBytes: fc.constantFrom(0, 100_000, 5_000_000),
  targetLayerBytes: fc.constantFrom(5_000_000, 50_000_000),
  maxLayerBytes: fc.constantFrom(50_000_000, 200_000_000),
  reuse: fc.constantFrom('chain', 'blobs'),
  slack: fc.constantFrom(0, 0.05, 0.25, 10),
});

/** Later entries of a path, or above it, lose against what is there already: one layer has a path once. */
function entriesOf(wanted: readonly (readonly [string, Made | undefined])[]): Entry[] {
  const entries = new Map<string, Entry>();
  const links = new Map<number, { path: string; entry: Entry }>();
  for (const [at, what] of wanted) {
    const above = parentsOf(at);
    if (entries.has(at) || above.some((parent) => (entries.get(parent)?.kind ?? 'directory') !== 'directory'))
      continue;
    if (what?.kind !== 'directory' && [...entries.keys()].some((other) => other.startsWith(`${at}/`)))
      continue;
    for (const parent of above) {
      if (!entries.has(parent))
        entries.set(parent, { path: bytesOf(parent), kind: 'directory', mtime: 1_600_000_000 });
    }
    entries.set(at, entryOf(at, what, links));
  }
  const sorted = [...entries.values()].sort((a, b) => Buffer.compare(a.path, b.path));
  // A link comes after what it links to.
  return [
    ...sorted.filter(({ kind }) => kind !== 'hardlink'),
    ...sorted.filter(({ kind }) => kind === 'hardlink'),
  ];
}

function entryOf(
  at: string,
  what: Made | undefined,
  links: Map<number, { path: string; entry: Entry }>,
): Entry {
  if (what === undefined) return { path: bytesOf(at), kind: 'whiteout' };
  if (what.kind === 'symlink')
    return { path: bytesOf(at), kind: 'symlink', mtime: what.mtime, target: Buffer.from(what.target) };
  if (what.kind !== 'file') return { path: bytesOf(at), ...what };
  const { inode, content, ...rest } = what;
  const linked = inode === undefined ? undefined : links.get(inode);
  if (linked !== undefined)
    return { ...linked.entry, path: bytesOf(at), kind: 'hardlink', target: bytesOf(linked.path) };
  const digest = createHash('sha256').update(`${content} ${what.bytes}`).digest();
  const entry: Entry = { path: bytesOf(at), ...rest, digest };
  if (inode !== undefined) links.set(inode, { path: at, entry });
  return entry;
}

export function parentsOf(at: string): string[] {
  const names = at.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

export const layersOf = (tables: readonly FileTable[]): StackLayer[] =>
  tables.map((table) => layerOf(table, Math.ceil(table.unpackedBytes * 0.4)));

/** Owners by the first name of a path, of several classes, some pinned to the next. */
export function ownersOf(tree: Tree): Owners {
  const names = ['', 'a', 'b', 'c', 'caf\xe9'];
  const owners = names.map((own, index): Owner => {
    const owner = { name: `files /${own}`, class: classes[(index * 3) % classes.length] ?? 'app' };
    return index === 1 ? { ...owner, pinned: ['files /b'] } : owner;
  });
  const of = new Uint32Array(tree.size);
  for (let node = 0; node < tree.size; node++) {
    of[node] = Math.max(0, names.indexOf(tree.path(node).toString('latin1').split('/')[0] ?? ''));
  }
  return { owners, of };
}
