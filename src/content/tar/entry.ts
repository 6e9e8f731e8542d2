import type { TarHeader } from './header.ts';
import type { Overrides, PaxRecord } from './pax.ts';

export type TarKind =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character'
  | 'block'
  | 'fifo'
  /** GNU's dump directories, volume labels, and whatever a vendor made up. */
  | 'other';

const kinds: Readonly<Record<string, TarKind>> = {
  '0': 'file',
  '\0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};

/** What stood before and after an entry's own header block. */
export interface Surroundings {
  /** Byte of the first of its headers, extended ones included. */
  readonly start: number;
  /** Byte at which its data begins, or would. */
  readonly dataStart: number;
  readonly pax: readonly PaxRecord[];
  readonly globals: readonly PaxRecord[];
  readonly overrides: Overrides;
  /** Of GNU's sparse type: bytes of the file with its holes. */
  readonly sparseSize?: number | undefined;
}

/** One entry of an archive: its header's fields, as extended headers correct them. Keeps nothing of the archive's buffers. */
export class TarEntry {
  /** The entry's own header block, uncorrected. */
  readonly header: TarHeader;
  readonly kind: TarKind;
  /** As written: `./`, a slash at the end and bytes that are not UTF-8 stay. */
  readonly name: Buffer;
  readonly linkname: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, with a fraction where a PAX record has one. */
  readonly mtime: number;
  readonly uname: Buffer;
  readonly gname: Buffer;
  readonly devmajor: number;
  readonly devminor: number;
  /** Bytes, as the headers say. */
  readonly size: number;
  /** Bytes of data that follow in the archive: none for links, directories, devices, whatever their size. */
  readonly dataBytes: number;
  readonly start: number;
  readonly dataStart: number;
  /** Records of its own PAX header, raw and in their order. Its extended attributes are there. */
  readonly pax: readonly PaxRecord[];
  /** Records of the global PAX headers before it. */
  readonly globals: readonly PaxRecord[];
  /** Set for sparse files, GNU's type S or PAX: bytes with the holes. The data in the archive is then not the file's. */
  readonly sparseSize: number | undefined;

  constructor(header: TarHeader, around: Surroundings) {
    const { overrides } = around;
    this.header = header;
    this.name = overrides.name ?? header.name;
    this.linkname = overrides.linkname ?? header.linkname;
    this.mode = header.mode;
    this.uid = overrides.uid ?? header.uid;
    this.gid = overrides.gid ?? header.gid;
    this.mtime = overrides.mtime ?? header.mtime;
    this.uname = overrides.uname ?? header.uname;
    this.gname = overrides.gname ?? header.gname;
    this.devmajor = header.devmajor;
    this.devminor = header.devminor;
    this.size = overrides.size ?? header.size;
    this.kind = kindOf(header.type, this.name);
    this.dataBytes = this.kind === 'file' || this.kind === 'other' ? this.size : 0;
    this.start = around.start;
    this.dataStart = around.dataStart;
    this.pax = around.pax;
    this.globals = around.globals;
    this.sparseSize = around.sparseSize ?? overrides.sparseSize;
  }

  /** The name for people; bytes that are not UTF-8 are replaced. */
  get path(): string {
    return this.name.toString();
  }
}

/** Archives of the seventies knew no directories: a slash at the end of the name made one. */
function kindOf(type: string, name: Buffer): TarKind {
  if (type === '\0' && name.at(-1) === 0x2f) return 'directory';
  return kinds[type] ?? 'other';
}
