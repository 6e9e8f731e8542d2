import { createHash } from 'node:crypto';
import { digestOf } from '../../../src/content/image/digest.ts';
import type { EntryKind, FileTable, TimestampPyc } from '../../../src/content/rootfs/table.ts';
import type { Tree } from '../../../src/content/rootfs/tree.ts';
import type { NewLayer, StackLayer } from '../../../src/stages/relayer/plan.ts';

/** A row of a table; only paths and kinds have to be said. */
export interface Entry {
  readonly path: Buffer;
  readonly kind: EntryKind;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly bytes?: number;
  /** Of a file's content. */
  readonly digest?: Buffer;
  readonly target?: Buffer;
  readonly devmajor?: number;
  readonly devminor?: number;
  readonly xattrs?: Buffer;
  readonly isSparse?: boolean;
  readonly pyc?: TimestampPyc | undefined;
}

const nothing = Buffer.alloc(0);

/** A table of entries in order, without a tar. */
export function tableOfEntries(entries: readonly Entry[]): FileTable {
  const at = (row: number): Entry => {
    const entry = entries[row];
    if (entry === undefined) throw new Error(`no row ${row}`);
    return entry;
  };
  const hash = createHash('sha256');
  const starts: number[] = [];
  let end = 0;
  for (const { digest, target, xattrs, path, pyc: _pyc, ...rest } of entries) {
    hash.update(
      JSON.stringify(
        [path, digest, target, xattrs, rest].map((part) =>
          Buffer.isBuffer(part) ? part.toString('hex') : part,
        ),
      ),
    );
    starts.push(end + 512);
    end += 512 + Math.ceil((rest.bytes ?? 0) / 512) * 512;
  }
  return {
    diffId: digestOf(hash.digest('hex')),
    rows: entries.length,
    unpackedBytes: end + 1024,
    path: (row) => at(row).path,
    kind: (row) => at(row).kind,
    mode: (row) => at(row).mode ?? (at(row).kind === 'directory' ? 0o755 : 0o644),
    uid: (row) => at(row).uid ?? 0,
    gid: (row) => at(row).gid ?? 0,
    mtime: (row) => at(row).mtime ?? 1_700_000_000,
    bytes: (row) => at(row).bytes ?? 0,
    digest: (row) => at(row).digest ?? nothing,
    target: (row) => at(row).target ?? nothing,
    devmajor: (row) => at(row).devmajor ?? 0,
    devminor: (row) => at(row).devminor ?? 0,
    xattrs: (row) => at(row).xattrs ?? nothing,
    dataStart: (row) => starts[row] ?? 0,
    isSparse: (row) => at(row).isSparse ?? false,
    pyc: (row) => at(row).pyc,
  };
}

/** The table that a planned layer has once it is written: what layerTar promises, without bytes. */
export function tableOfPlanned(tree: Tree, layer: NewLayer): FileTable {
  const written = new Map<number, Buffer>();
  const entries = [...layer.nodes].map((node): Entry => {
    const kind = tree.kind(node);
    const common = {
      path: tree.path(node),
      mode: tree.mode(node),
      uid: tree.uid(node),
      gid: tree.gid(node),
      mtime: tree.mtime(node) ?? 1,
      xattrs: tree.xattrs(node),
    };
    const [first = node] = kind === 'directory' ? [node] : tree.links(node);
    const target = written.get(first);
    if (target !== undefined) return { ...common, kind: 'hardlink', target };
    written.set(first, common.path);
    if (kind !== 'file') {
      const [devmajor, devminor] = [tree.devmajor(node), tree.devminor(node)];
      return { ...common, kind, target: tree.target(node), devmajor, devminor };
    }
    const content = tree.content(node);
    const table = tree.tables[content.layer];
    if (table === undefined) throw new Error(`no content of ${common.path}`);
    return {
      ...common,
      kind,
      bytes: tree.bytes(node),
      digest: table.digest(content.row),
      isSparse: tree.isSparse(node),
      pyc: table.pyc(content.row),
    };
  });
  const whiteouts = layer.whiteouts.map((path): Entry => ({ path, kind: 'whiteout' }));
  return tableOfEntries([...whiteouts, ...entries]);
}

export function layerOf(table: FileTable, bytes: number): StackLayer {
  return { table, diffId: table.diffId, bytes };
}
