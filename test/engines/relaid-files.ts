/** What is mounted of an image beside what is mounted of the one that it was made from. */
import { merged } from '../content/rootfs/merged.ts';
import type { RelaidRelease } from '../stages/relayer/relaid-releases.ts';
import type { SeenFile } from './rootfs-node.ts';

/** By path, in hex; `first` is the first path of the inode. */
export type Files = ReadonlyMap<string, SeenFile & { readonly first: string }>;

export interface SeenDifference {
  readonly aspect: 'path' | 'file' | 'content' | 'mtime';
  readonly text: string;
}

const [typeFile, typeDirectory] = [0o100000, 0o040000];

export function filesOf(seen: readonly SeenFile[]): Files {
  const firsts = new Map<string, string>();
  const sorted = seen.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return new Map(
    sorted.map((file) => {
      const first = file.type === typeDirectory ? file.path : (firsts.get(file.inode) ?? file.path);
      firsts.set(file.inode, first);
      return [file.path, { ...file, first }];
    }),
  );
}

/** @param baseline what is mounted of the release before, as it was re-laid */
export function differencesOf(
  release: RelaidRelease,
  before: Files,
  after: Files,
  baseline: Files | undefined,
): SeenDifference[] {
  const tree = merged(...release.stack);
  const baseLayers = release.facts[0]?.layers.filter(({ origin }) => origin === 'base').length ?? 0;
  const found: SeenDifference[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(path), after.get(path)];
    const bytes = Buffer.from(path, 'hex').subarray(1);
    const say = (aspect: SeenDifference['aspect'], ...what: unknown[]) =>
      found.push({ aspect, text: `${JSON.stringify(bytes.toString('latin1'))}: ${JSON.stringify(what)}` });
    if (a === undefined || b === undefined) {
      say('path', a ?? 'is not there', b ?? 'is not there');
      continue;
    }
    if (!isSameFile(a, b)) say('file', a, b);
    if (!isSameContent(path, before, after)) say('content', a.detail, b.detail);
    const node = tree.find(bytes);
    // Nobody says what time a directory has that no layer has an entry for.
    if (node !== undefined && tree.mtime(node) === undefined) continue;
    // What the base shows stays as it is, times and all.
    const isOfBase = node !== undefined && tree.layer(node) < baseLayers;
    const wanted = isOfBase ? [a.mtime] : wantedTimes(release, path, before, baseline);
    if (!wanted.includes(b.mtime)) say('mtime', b.mtime, wanted);
  }
  return found;
}

function isSameFile(a: SeenFile & { first: string }, b: SeenFile & { first: string }): boolean {
  const of = ({ type, mode, uid, gid, device, xattrs, first }: typeof a) =>
    JSON.stringify([type, mode, uid, gid, device, xattrs, first]);
  return of(a) === of(b);
}

function wantedTimes(
  { choices: { times } }: RelaidRelease,
  path: string,
  before: Files,
  baseline: Files | undefined,
): number[] {
  const own = before.get(path) as SeenFile & { first: string };
  if (times.kind === 'clamp') return [Math.min(own.mtime, times.epoch)];
  const twin = times.kind === 'baseline' ? baseline?.get(path) : undefined;
  const isAsItWas =
    twin !== undefined && isSameFile(own, twin) && isSameContent(path, before, baseline as Files);
  return isAsItWas ? [own.mtime, twin.mtime] : [own.mtime];
}

/** A .pyc that names the time of its source in both is the same where all else of it is (PEP 552). */
function isSameContent(path: string, one: Files, other: Files): boolean {
  const [a, b] = [one.get(path)?.detail, other.get(path)?.detail];
  if (a === b) return true;
  if (!isPycOfItsSource(path, one) || !isPycOfItsSource(path, other)) return false;
  return masked(a) === masked(b);
}

const timeField = { start: 16, end: 24 };

function masked(hex = ''): string {
  return `${hex.slice(0, timeField.start)}${hex.slice(timeField.end)}`;
}

function isPycOfItsSource(path: string, files: Files): boolean {
  const file = files.get(path);
  const text = Buffer.from(path, 'hex').toString('latin1');
  const source = /^(.*\/)__pycache__\/([^./]+)\.[^/]*\.pyc$/.exec(text);
  const name = source ? `${source[1]}${source[2]}.py` : text.replace(/\.pyc$/, '.py');
  const py = files.get(Buffer.from(name, 'latin1').toString('hex'));
  if (file?.type !== typeFile || py === undefined || !text.endsWith('.pyc')) return false;
  const content = Buffer.from(file.detail, 'hex');
  if (content.byteLength < 16 || content.readUInt32LE(4) !== 0) return false;
  return content.readUInt32LE(8) === Math.trunc(py.mtime) >>> 0;
}
