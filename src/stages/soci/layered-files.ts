import { opaque, whiteout } from './lookup.ts';
import type { EntryType, Ztoc } from './ztoc.ts';

/** So much of a zTOC as says which files there are. */
type Entries = Pick<Ztoc, 'entryCount' | 'entry'>;

/** Where a path of an image comes from. */
export interface FilePlace {
  /** Index of the layer. */
  readonly layer: number;
  /** The entry of that layer's zTOC that has the content: of a hard link that of its target. */
  readonly entry: number;
  /** A hard link is left only where its target is not there, or a folder. */
  readonly type: EntryType;
  /** What a symbolic link says. */
  readonly link?: string;
}

/** The paths of an image, without a slash at either end. */
export type LayeredFiles = ReadonlyMap<string, FilePlace>;

/** Longer ones cannot be opened: PATH_MAX of Linux. */
const maxPathLength = 4096;
/** As many as Linux follows. */
const maxLinks = 40;

/**
 * The files that a container sees, as far as these layers tell; the lowest layer is first. Upper layers win, whiteouts
 * and files in the place of folders hide what is below them (image-spec 1.1.1, layer.md). All of them at once, for
 * globs; `lookUp` finds one path and reads no more layers than that takes. Both tell the same of a layer that has each
 * path once.
 */
export function layerFiles(ztocs: readonly Entries[]): LayeredFiles {
  const files = new Map<string, FilePlace>();
  const folders = new Set<string>();
  for (const [layer, ztoc] of ztocs.entries()) {
    const own = readLayer(ztoc, layer, { files, folders });
    hide(files, own);
    for (const [path, place] of own.files) files.set(path, place);
    for (const folder of own.folders) folders.add(folder);
  }
  return files;
}

/** What the layers below have. `folders`: also those that no entry stands for. */
interface Below {
  readonly files: LayeredFiles;
  readonly folders: ReadonlySet<string>;
}

interface OwnFiles {
  readonly files: Map<string, FilePlace>;
  readonly folders: Set<string>;
  /** Paths of lower layers that are gone, with all below them. */
  readonly hidden: Set<string>;
  /** Folders of lower layers of which all content is gone. */
  readonly opaque: Set<string>;
}

function readLayer(ztoc: Entries, layer: number, below: Below): OwnFiles {
  const own: OwnFiles = { files: new Map(), folders: new Set(), hidden: new Set(), opaque: new Set() };
  for (let at = 0; at < ztoc.entryCount; at++) {
    const { name, type, linkname } = ztoc.entry(at);
    const path = pathOf(name);
    if (path === '' || path.length > maxPathLength) continue;
    enterFolders(path, own, below);
    const slash = path.lastIndexOf('/');
    const last = path.slice(slash + 1);
    if (last.startsWith(whiteout)) {
      const folder = path.slice(0, Math.max(slash, 0));
      const target = last.slice(whiteout.length);
      if (last === opaque) own.opaque.add(folder);
      // Other names like `.wh..wh.plnk` are what AUFS kept for itself.
      else if (target !== '' && !target.startsWith(whiteout)) own.hidden.add(joined(folder, target));
      continue;
    }
    const place = placeOf(
      layer,
      at,
      type,
      linkname,
      (target) => own.files.get(target) ?? below.files.get(target),
    );
    if (place.type !== 'dir' && below.folders.has(path)) own.hidden.add(path);
    if (place.type === 'dir') enterFolder(path, own, below);
    own.files.set(path, place);
  }
  return own;
}

function enterFolders(path: string, own: OwnFiles, below: Below): void {
  for (const folder of foldersOf(path)) {
    if (own.folders.has(folder)) return;
    enterFolder(folder, own, below);
  }
}

/** A folder takes the place of a file or link below. */
function enterFolder(folder: string, own: OwnFiles, below: Below): void {
  own.folders.add(folder);
  const type = below.files.get(folder)?.type;
  if (type !== undefined && type !== 'dir') own.hidden.add(folder);
}

function placeOf(
  layer: number,
  entry: number,
  type: EntryType,
  linkname: Buffer,
  find: (path: string) => FilePlace | undefined,
): FilePlace {
  if (type === 'hardlink') {
    const target = find(pathOf(linkname));
    return target === undefined || target.type === 'dir' ? { layer, entry, type } : target;
  }
  return type === 'symlink' ? { layer, entry, type, link: linkname.toString() } : { layer, entry, type };
}

function hide(files: Map<string, FilePlace>, { hidden, opaque }: OwnFiles): void {
  if (hidden.size === 0 && opaque.size === 0) return;
  for (const path of files.keys()) if (isHidden(path, hidden, opaque)) files.delete(path);
}

function isHidden(path: string, hidden: ReadonlySet<string>, opaque: ReadonlySet<string>): boolean {
  if (hidden.has(path)) return true;
  for (const folder of foldersOf(path)) if (hidden.has(folder) || opaque.has(folder)) return true;
  return false;
}

/** The folders that a path is in, the root last. */
function* foldersOf(path: string): Generator<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash);
  }
  yield '';
}

/** A stored name as a path: `./usr/lib/` is `usr/lib`. Bytes that are not UTF-8 become U+FFFD. */
function pathOf(name: Buffer): string {
  const text = name.toString();
  if (!/(^|\/)(\.{0,2})(\/|$)/.test(text)) return text;
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/**
 * Where a path leads once its symbolic links are followed; folders that no layer here has are taken as they are.
 * Undefined where links go round in circles, or through what is no folder.
 */
export function followLinks(files: LayeredFiles, path: string): string | undefined {
  const waiting = path.split('/').reverse();
  let at = '';
  let links = 0;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      const type = files.get(at)?.type;
      if (type !== undefined && type !== 'dir') return undefined;
      at = at.slice(0, Math.max(at.lastIndexOf('/'), 0));
      continue;
    }
    const next = joined(at, name);
    const link = files.get(next)?.link;
    if (link === undefined) at = next;
    else {
      if (++links > maxLinks) return undefined;
      if (link.startsWith('/')) at = '';
      for (const part of link.split('/').reverse()) waiting.push(part);
    }
    if (at.length > maxPathLength) return undefined;
  }
  return at;
}
