import type { Aspect, Difference } from '../../content/rootfs/differences.ts';
import { shownPath } from '../../content/rootfs/path.ts';
import type { NodeKind, Tree } from '../../content/rootfs/tree.ts';
import { plain } from '../../facts/plain.ts';

/** What two trees are called. */
export interface TreeNames {
  readonly a: string;
  readonly b: string;
}

/** `/usr/bin/x: mode 0755 in A, 0644 in B`. What an image says in it is shown as text that nothing acts on. */
export function describeDifference(
  a: Tree,
  b: Tree,
  difference: Difference,
  names: TreeNames = { a: 'A', b: 'B' },
): string {
  const { a: nodeA, b: nodeB, aspects } = difference;
  if (nodeA === undefined) return nodeB === undefined ? '' : `${pathOf(b, nodeB)}: only in ${names.b}`;
  if (nodeB === undefined) return `${pathOf(a, nodeA)}: only in ${names.a}`;
  const said = aspects.flatMap((aspect) => {
    const inWords = words[aspect];
    if (inWords === undefined) return [];
    const [inA, inB] = [inWords.of(a, nodeA), inWords.of(b, nodeB)];
    // Of what only one kind of file has the type has said enough.
    if (aspects.includes('type') && aspect !== 'type' && (inA === '' || inB === '')) return [];
    return [`${inWords.name} ${inA || 'none'} in ${names.a}, ${inB || 'none'} in ${names.b}`];
  });
  return `${pathOf(a, nodeA)}: ${said.join('; ')}`;
}

interface Words {
  readonly name: string;
  /** Of a node; empty where it has none. */
  of(tree: Tree, node: number): string;
}

const kinds: Readonly<Record<NodeKind, string>> = {
  file: 'file',
  directory: 'directory',
  symlink: 'symbolic link',
  character: 'character device',
  block: 'block device',
  fifo: 'fifo',
};

const words: Partial<Readonly<Record<Aspect, Words>>> = {
  type: { name: 'a', of: (tree, node) => kinds[tree.kind(node)] },
  mode: { name: 'mode', of: (tree, node) => tree.mode(node).toString(8).padStart(4, '0') },
  owner: { name: 'owner', of: (tree, node) => `${tree.uid(node)}:${tree.gid(node)}` },
  mtime: { name: 'mtime', of: (tree, node) => timeOf(tree.mtime(node)) },
  content: { name: 'content', of: contentOf },
  target: { name: 'target', of: (tree, node) => shown(tree.target(node)) },
  device: { name: 'device', of: deviceOf },
  xattrs: { name: 'extended attributes', of: (tree, node) => xattrsOf(tree.xattrs(node)) },
  links: { name: 'hard links', of: linksOf },
};

/** Longer ones are cut. */
const mostCharacters = 300;
const mostLinks = 4;

export function pathOf(tree: Tree, node: number): string {
  return shown(Buffer.concat([Buffer.of(0x2f), tree.path(node)]));
}

/** As it is where that does no harm, else in quotes with escapes. */
function shown(bytes: Buffer): string {
  const text = bytes.toString('utf8', 0, mostCharacters * 4);
  const harmless = plain(text, mostCharacters);
  return harmless === text || text.length > mostCharacters ? harmless : shownPath(bytes);
}

function timeOf(mtime: number | undefined): string {
  if (mtime === undefined) return 'unknown';
  const date = new Date(mtime * 1000);
  return Number.isNaN(date.getTime()) ? `${mtime}` : date.toISOString().replace('.000Z', 'Z');
}

function contentOf(tree: Tree, node: number): string {
  if (tree.kind(node) !== 'file') return '';
  const digest = `sha256:${tree.digest(node).toString('hex').slice(0, 12)}`;
  const pycMtime = tree.pycMtime(node);
  const more = [
    ...(tree.isSparse(node) ? ['sparse'] : []),
    ...(pycMtime === undefined ? [] : [`compiled from a source of ${timeOf(pycMtime)}`]),
  ];
  return [`${digest} of ${tree.bytes(node)} bytes`, ...more].join(', ').replace(/, (.*)$/, ' ($1)');
}

function deviceOf(tree: Tree, node: number): string {
  const isDevice = tree.kind(node) === 'character' || tree.kind(node) === 'block';
  return isDevice ? `${tree.devmajor(node)}:${tree.devminor(node)}` : '';
}

/** Names, and values where they are short text. */
function xattrsOf(records: Buffer): string {
  const said: string[] = [];
  for (let at = 0; at < records.byteLength; ) {
    const space = records.indexOf(0x20, at);
    const length = Number(records.toString('latin1', at, space));
    if (space < 0 || !(length > 0)) break;
    said.push(shown(records.subarray(space + 1, at + length - 1)));
    at += length;
  }
  return said.join(' ');
}

function linksOf(tree: Tree, node: number): string {
  const links = tree.links(node);
  if (links.length < 2) return '';
  const paths = links.slice(0, mostLinks).map((link) => pathOf(tree, link));
  return `${paths.join(' = ')}${links.length > mostLinks ? ` and ${links.length - mostLinks} more` : ''}`;
}
