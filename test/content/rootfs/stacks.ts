/** Random layer stacks with all that makes images odd, as rows and as tars. */
import fc from 'fast-check';
import { mergeLayers } from '../../../src/content/rootfs/merge.ts';
import type { EntryKind } from '../../../src/content/rootfs/table.ts';
import { pycContent, type Row, tableOfRows } from './rows.ts';

/** Layers, the lowest first. */
export type Stack = readonly (readonly Row[])[];

/** A choice of numbers from which, with what came before it, a row is made. */
export interface Choice {
  readonly kind: EntryKind;
  readonly directory: Row['path'];
  readonly name: Row['path'];
  readonly look: Partial<Row>;
  readonly content: string | Buffer;
  readonly symlinkTarget: string;
  readonly device: readonly [number, number];
  readonly isExecutable: boolean;
  /** Which of the paths that are there is linked to or removed. */
  readonly pick: number;
  /** Whether it is about a path that is there. */
  readonly meetsOther: boolean;
}

const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
/** Of mode 0640: `user:1000:r--`, and a mask `r--`. */
const acl = Buffer.from(
  [
    '02000000',
    '01000600ffffffff',
    '02000400e8030000',
    '04000400ffffffff',
    '10000400ffffffff',
    '20000000ffffffff',
  ].join(''),
  'hex',
);

const directories = [
  '',
  '',
  'd',
  'd',
  'd/e',
  'd/e/f',
  'D',
  'usr/lib',
  'lib',
  'd/__pycache__',
  'deep/er/and/deep/er',
];
const names = [
  'a',
  'b',
  'A',
  'e',
  'lib',
  'x.py',
  'x.pyc',
  'x.cpython-312.pyc',
  'n'.repeat(255),
  Buffer.from([0x6e, 0xff, 0xe9]),
];

const look: fc.Arbitrary<Partial<Row>> = fc.record({
  mode: fc.constantFrom(0o644, 0o755, 0o600, 0o4755, 0o2711, 0o1777, 0),
  uid: fc.constantFrom(0, 0, 1000, 65534, 3_000_000),
  gid: fc.constantFrom(0, 0, 42, 2 ** 31),
  mtime: fc.constantFrom(0, 1_600_000_000, 1_700_000_000, 1_700_000_000.5, 2 ** 33, -5),
  xattrs: fc.constantFrom(
    {},
    {},
    {},
    { 'user.a': 'one' },
    { 'user.b': Buffer.from([0, 10, 255]), 'trusted.c': 'not set', 'com.apple.d': 'not set' },
  ),
});

export const choice: fc.Arbitrary<Choice> = fc.record({
  kind: fc.constantFrom<EntryKind>(
    ...([
      'file',
      'file',
      'file',
      'file',
      'directory',
      'directory',
      'directory',
      'symlink',
      'hardlink',
      'hardlink',
    ] as const),
    ...(['whiteout', 'whiteout', 'opaque', 'character', 'block', 'fifo'] as const),
  ),
  directory: fc.constantFrom(...directories),
  name: fc.constantFrom(...names),
  look,
  content: fc.constantFrom(
    '',
    'x',
    'text',
    'long '.repeat(300),
    pycContent(1_700_000_000),
    pycContent(1_600_000_000),
  ),
  symlinkTarget: fc.constantFrom(
    'a',
    '/d',
    '../x',
    'd/e',
    'lib',
    'usr/lib',
    '/',
    '../../../etc/passwd',
    'nowhere',
    '.',
  ),
  device: fc.constantFrom([1, 3] as const, [8, 17] as const, [300, 70_000] as const),
  isExecutable: fc.boolean(),
  pick: fc.nat(1000),
  meetsOther: fc.boolean(),
});

/** Stacks that have one meaning. */
export const stacks: fc.Arbitrary<Stack> = fc
  .array(fc.array(choice, { maxLength: 14 }), { minLength: 1, maxLength: 5 })
  .map(stackOf);

/** Two stacks of which the second has the first's lower layers. */
export const relatedStacks: fc.Arbitrary<readonly [Stack, Stack]> = fc
  .tuple(
    fc.array(fc.array(choice, { maxLength: 14 }), { minLength: 0, maxLength: 3 }),
    fc.array(fc.array(choice, { maxLength: 14 }), { maxLength: 2 }),
    fc.array(fc.array(choice, { maxLength: 14 }), { maxLength: 2 }),
  )
  .map(([common, one, other]) => [stackOf([...common, ...one]), stackOf([...common, ...other])]);

/** Rows that would make a stack odd are left out. */
export function stackOf(choices: readonly (readonly Choice[])[]): Stack {
  const stack: Row[][] = [];
  for (const layer of choices) {
    const rows: Row[] = [];
    stack.push(rows);
    for (const chosen of layer) {
      rows.push(rowOf(chosen, stack));
      if (isOdd(stack)) rows.pop();
    }
  }
  return stack;
}

export function isOdd(stack: Stack): boolean {
  try {
    mergeLayers(stack.map(tableOfRows), String);
    return false;
  } catch {
    return true;
  }
}

function rowOf(chosen: Choice, stack: Stack): Row {
  const { kind, look, directory, name, pick, meetsOther } = chosen;
  const here = stack.at(-1) ?? [];
  const paths = stack.slice(0, -1).flatMap((rows) => rows.map(({ path }) => path));
  const met = meetsOther ? paths[pick % paths.length] : undefined;
  const path = met ?? joined(directory, name);
  switch (kind) {
    case 'file':
      if (pick % 10 === 0)
        return { ...look, path, kind, mode: 0o640, xattrs: { 'system.posix_acl_access': acl } };
      if (pick % 10 === 1)
        return { ...look, path, kind, content: 'x', xattrs: { 'security.capability': capability } };
      return { ...look, path, kind, content: chosen.content };
    case 'directory':
      return { ...look, path: met ?? (directory || 'd'), kind };
    case 'symlink':
      return { ...look, path, kind, target: chosen.symlinkTarget };
    case 'hardlink':
      return linkOf(path, here.filter(isLinkable)[pick % here.filter(isLinkable).length], look, meetsOther);
    case 'character':
    case 'block':
      return { ...look, path, kind, devmajor: chosen.device[0], devminor: chosen.device[1] };
    case 'fifo':
      return { ...look, path, kind };
    case 'whiteout':
      return { path, kind };
    case 'opaque':
      return { path: met ?? (directory || 'd'), kind };
  }
}

const isLinkable = ({ kind }: Row): boolean => !['directory', 'whiteout', 'opaque'].includes(kind);

/** With the header of what it links to, as tools write it, or with another; ACLs go with their mode. */
function linkOf(path: Row['path'], target: Row | undefined, look: Partial<Row>, isSame: boolean): Row {
  const { mode, uid, gid, mtime, xattrs } = target ?? {};
  const same = {
    ...(mode !== undefined && { mode }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mtime !== undefined && { mtime }),
    ...(xattrs && { xattrs }),
  };
  const isBound = xattrs !== undefined && 'system.posix_acl_access' in xattrs;
  return { ...(isSame || isBound ? same : look), path, kind: 'hardlink', target: target?.path ?? 'nowhere' };
}

function joined(directory: Row['path'], name: Row['path']): Row['path'] {
  if (directory.length === 0) return name;
  const path = Buffer.concat([Buffer.from(directory), Buffer.from('/'), Buffer.from(name)]);
  return typeof name === 'string' ? path.toString() : path;
}
