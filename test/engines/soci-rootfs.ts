/** A root file system that can run a shell and look at itself, in layers of every kind. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentOf } from '../layers/content.ts';
import { seededRandom } from '../layers/random.ts';
import { entryOf, gnuLong, magics, paxHeader } from '../layers/tar.ts';
import type { Room } from './room.ts';

const programs = ['sh', 'sha256sum', 'find', 'sort', 'shuf', 'xargs', 'stat', 'cat', 'ls'];

/** Lists the programs and what they are linked with; Debian's bin and lib are links into usr. */
const listSystem = `
set -eu
cd /
echo bin lib lib64 sbin usr usr/bin usr/lib usr/lib64 etc | tr ' ' '\\n'
for program in "$@"; do
  readlink -f "/usr/bin/$program"
  echo "/usr/bin/$program"
  ldd "/usr/bin/$program" | grep -o '/[^ ]*'
done | while read -r path; do
  folder=$(dirname "$path")
  # /lib64/ld.so as /usr/lib64/ld.so, and what that is a link to.
  echo "$(readlink -f "$folder")/$(basename "$path")"
  readlink -f "$path"
done | sed 's|^/||' | sort -u
`;

/** Tars of its layers, the lowest first. */
export interface Rootfs {
  /** Programs for a shell, and what they are linked with. */
  readonly system: Buffer;
  readonly libraries: Buffer;
  readonly smallFiles: Buffer;
  readonly oddities: Buffer;
  readonly programs: Buffer;
}

type Pack = (name: string, script: string, ...args: string[]) => Promise<Buffer>;

/** Tars what a script of the room lists. `folder` is in the room too. */
function packer(room: Room, folder: string): Pack {
  return async (name, script, ...args) => {
    const path = join(folder, `${name}.tar`);
    const pack = `tar --create --file "$TAR" --directory / --no-recursion --format=pax --xattrs --files-from -`;
    await room.run(['sh', '-c', `${script} | ${pack}`, 'pack', ...args], { env: { TAR: path } });
    return readFile(path);
  };
}

/** The lowest layer alone. `folder` is in the room too. */
export function makeSystem(room: Room, folder: string): Promise<Buffer> {
  return packer(room, folder)('system', `( ${listSystem} )`, ...programs);
}

/** `folder` is in the room too. */
export async function makeRootfs(room: Room, folder: string): Promise<Rootfs> {
  const tar = packer(room, folder);
  return {
    system: await makeSystem(room, folder),
    libraries: await tar(
      'libraries',
      'cd / && find usr/lib/x86_64-linux-gnu usr/lib/git-core -size -2000k | LC_ALL=C sort',
    ),
    smallFiles: await tar('small-files', 'cd / && find var/lib/dpkg usr/share/zoneinfo | LC_ALL=C sort'),
    oddities: oddities(),
    programs: await tar('programs', 'cd / && find usr/bin -size -600k | LC_ALL=C sort'),
  };
}

/** What image builders write besides files: links, whiteouts, attributes, long names, odd times and owners. */
function oddities(): Buffer {
  const random = seededRandom('oddities');
  const file = (name: string, size: number) => entryOf({ name }, contentOf(random, 'mixed', size));
  const deep = `opt/odd/${Array.from({ length: 12 }, (_, at) => `${at}-${'folder'.repeat(6)}`).join('/')}`;
  return Buffer.concat([
    entryOf({ name: './opt/', type: '5', mode: 0o755 }),
    entryOf({ name: './opt/odd/', type: '5', mode: 0o1777, mtime: 86_400 }),
    file('./opt/odd/empty', 0),
    file('./opt/odd/one-byte', 1),
    file('./opt/odd/block', 512),
    file('./opt/odd/several-spans', 5_000_000),
    entryOf({ name: './opt/odd/hard', type: '1', linkname: './opt/odd/several-spans' }),
    entryOf({ name: 'opt/odd/harder', type: '1', linkname: 'opt/odd/hard' }),
    entryOf({ name: 'opt/odd/soft', type: '2', linkname: '../odd/one-byte', mode: 0o777 }),
    entryOf({ name: 'opt/odd/dangling', type: '2', linkname: '/no/such/file', mode: 0o777 }),
    entryOf({ name: 'opt/odd/setuid', mode: 0o4711, uid: 12_345, gid: 54_321 }, Buffer.from('#!/bin/sh\n')),
    entryOf({ name: 'opt/odd/large-ids', uid: 3_000_000_000, gid: 2_147_483_648 }, Buffer.from('x')),
    entryOf({ name: 'opt/odd/null', type: '3', mode: 0o666, devmajor: 1, devminor: 3 }),
    entryOf({ name: 'opt/odd/pipe', type: '6', mode: 0o600 }),
    paxHeader([
      ['mtime', '1700000000.123456789'],
      ['SCHILY.xattr.user.kind', 'odd'],
    ]),
    file('opt/odd/attributes', 70_000),
    paxHeader([['path', `${deep}/é-pax`]]),
    file('short', 3000),
    gnuLong('L', `${deep}/gnu`),
    entryOf({ name: 'short', magic: magics.gnu }, contentOf(random, 'text', 3000)),
    entryOf({ name: Buffer.from('opt/odd/latin-\xe9', 'latin1') }, Buffer.from('not UTF-8\n')),
    entryOf({ name: 'opt/odd/space \n and line' }, Buffer.from('x')),
    // Of the layers below: a file, a folder and all that was in another one.
    file('var/lib/dpkg/.wh.status', 0),
    file('usr/share/zoneinfo/.wh.Europe', 0),
    file('usr/share/zoneinfo/Asia/.wh..wh..opq', 0),
    file('usr/share/zoneinfo/Asia/Nowhere', 40_000),
    Buffer.alloc(1024),
  ]);
}
