import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { mergeLayers } from '../../../../src/content/rootfs/merge.ts';
import type { Tree } from '../../../../src/content/rootfs/tree.ts';
import {
  findOwners,
  type Owner,
  type OwnerOptions,
  type Owners,
  tellsOwners,
} from '../../../../src/stages/relayer/owners.ts';
import { type Row, tableOfRows } from '../../../content/rootfs/rows.ts';

const fixtures = new URL('../../../fixtures/owners/', import.meta.url).pathname;

/** A file of a tree: its content, its size, or what it links to. */
export type Made =
  | string
  | Buffer
  | number
  | { readonly to: string }
  | { readonly linkOf: string }
  | 'directory';

/** Who owns what, asked by path. */
export interface OwnedTree extends Owners {
  readonly tree: Tree;
  owner(path: string | Buffer): Owner;
  /** Paths of all but directories, of an owner by its name. */
  files(name: string): string[];
  readonly names: readonly string[];
}

const noOptions: OwnerOptions = { workingDir: Buffer.alloc(0), volatile: [], pin: [] };

/** Content is kept where `tellsOwners` asks for it, as a run does. */
export async function ownedTree(
  rows: readonly Row[],
  options: Partial<OwnerOptions> = {},
  layers: readonly (readonly Row[])[] = [],
): Promise<OwnedTree> {
  const all = [rows, ...layers];
  const tree = mergeLayers(all.map(tableOfRows), (layer) => `layer ${layer}`);
  const kept = (node: number): Buffer | undefined => {
    const { layer, row } = tree.content(node);
    const content = all[layer]?.[row]?.content;
    if (tree.kind(node) !== 'file' || content === undefined) return undefined;
    return tellsOwners(tree.path(node), tree.bytes(node)) ? Buffer.from(content) : undefined;
  };
  const owners = await findOwners(tree, kept, { ...noOptions, ...options });
  const ownerAt = (node: number): Owner => owners.owners[owners.of[node] ?? -1] as Owner;
  return {
    ...owners,
    tree,
    owner(path) {
      const node = tree.find(Buffer.from(path));
      if (node === undefined) throw new Error(`no ${path}`);
      return ownerAt(node);
    },
    files(name) {
      const nodes = Array.from({ length: tree.size }, (_, node) => node);
      return nodes
        .filter((node) => tree.kind(node) !== 'directory' && ownerAt(node).name === name)
        .map((node) => tree.path(node).toString());
    },
    names: owners.owners.map(({ name }) => name),
  };
}

/** Rows for files by path. */
export function rowsOf(files: Readonly<Record<string, Made>>): Row[] {
  return Object.entries(files).map(([path, made]): Row => {
    if (made === 'directory') return { path, kind: 'directory' };
    if (typeof made === 'number') return { path, kind: 'file', bytes: made };
    if (typeof made === 'string' || Buffer.isBuffer(made)) return { path, kind: 'file', content: made };
    if ('to' in made) return { path, kind: 'symlink', target: made.to };
    return { path, kind: 'hardlink', target: made.linkOf };
  });
}

/** Rows of a tree in test/fixtures/owners; make.sh there says how they are made. */
export function fixtureRows(name: string): Row[] {
  const contents = new Map<string, Buffer>();
  const content = join(fixtures, name, 'content');
  for (const entry of readdirSync(content, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) contents.set(relative(content, file).replaceAll('%3A', ':'), readFileSync(file));
  }
  const list = readFileSync(join(fixtures, name, 'files.tsv'), 'utf8')
    .trimEnd()
    .split('\n');
  return list.map((line): Row => {
    const [kind, bytes, path = '', target = ''] = line.split('\t');
    if (kind === 'd') return { path, kind: 'directory' };
    if (kind === 'l') return { path, kind: 'symlink', target };
    const kept = contents.get(path);
    return kept ? { path, kind: 'file', content: kept } : { path, kind: 'file', bytes: Number(bytes) };
  });
}
