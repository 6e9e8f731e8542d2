/**
 * Tar headers of every kind, byte by byte: what archives hold that no writer of today would write.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import { blockBytes, paddingAfter } from '../../src/content/tar/header.ts';

export type Bytes = string | Uint8Array;

export interface HeaderFields {
  readonly name: Bytes;
  readonly type?: string;
  readonly linkname?: Bytes;
  /** Numbers are written in octal, or in base 256 where that cannot hold them; bytes as they are. */
  readonly mode?: number | Bytes;
  readonly uid?: number | bigint | Bytes;
  readonly gid?: number | bigint | Bytes;
  readonly size?: number | bigint | Bytes;
  readonly mtime?: number | bigint | Bytes;
  readonly uname?: Bytes;
  readonly gname?: Bytes;
  readonly devmajor?: number | bigint | Bytes;
  readonly devminor?: number | bigint | Bytes;
  readonly prefix?: Bytes;
  readonly magic?: Bytes;
  /** Bytes that overwrite others, by their place in the block. */
  readonly patches?: Readonly<Record<number, Bytes>>;
  /** Sums bytes as signed ones, as some old writers did. */
  readonly signedChecksum?: boolean;
}

export const magics = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '' } as const;

/** A header block with the right checksum. What is too long for its field is cut off. */
export function headerBlock(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(blockBytes);
  const put = (value: Bytes | undefined, at: number, length: number): void => {
    if (value !== undefined) block.set(Buffer.from(value as string).subarray(0, length), at);
  };
  const number = (value: number | bigint | Bytes | undefined, at: number, length: number): void => {
    put(
      typeof value === 'number' || typeof value === 'bigint' ? numberField(value, length) : value,
      at,
      length,
    );
  };
  put(fields.name, 0, 100);
  number(fields.mode ?? 0o644, 100, 8);
  number(fields.uid ?? 0, 108, 8);
  number(fields.gid ?? 0, 116, 8);
  number(fields.size ?? 0, 124, 12);
  number(fields.mtime ?? 1_700_000_000, 136, 12);
  block.write(fields.type ?? '0', 156, 'latin1');
  put(fields.linkname, 157, 100);
  put(fields.magic ?? magics.ustar, 257, 8);
  put(fields.uname, 265, 32);
  put(fields.gname, 297, 32);
  number(fields.devmajor, 329, 8);
  number(fields.devminor, 337, 8);
  put(fields.prefix, 345, 155);
  for (const [at, value] of Object.entries(fields.patches ?? {})) put(value, Number(at), blockBytes);
  return summed(block, fields.signedChecksum);
}

/** Sets the checksum of a header block, which counts its own field as spaces. */
export function summed(block: Buffer, signed = false): Buffer {
  block.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of signed ? new Int8Array(block) : block) sum += byte;
  block.write(`${(sum < 0 ? 0 : sum).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Octal digits and a NUL, or two's complement with the first bit set (GNU, star). */
export function numberField(value: number | bigint, length: number): Buffer {
  const wanted = BigInt(value);
  if (wanted >= 0n && wanted < 8n ** BigInt(length - 1)) {
    return Buffer.from(`${wanted.toString(8).padStart(length - 1, '0')}\0`);
  }
  return base256(wanted, length);
}

export function base256(value: number | bigint, length: number): Buffer {
  const field = Buffer.alloc(length);
  let rest = BigInt.asUintN(length * 8, BigInt(value));
  for (let at = length - 1; at >= 0; at--) {
    field[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  field[0] = (field[0] as number) | 0x80;
  return field;
}

/** An entry: its header, the data that its size tells, and padding. */
export function entryOf(fields: HeaderFields, data: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.concat([headerBlock({ size: data.byteLength, ...fields }), padded(data)]);
}

export function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, new Uint8Array(paddingAfter(bytes.byteLength))]);
}

export type PaxRecords = readonly (readonly [key: Bytes, value: Bytes])[];

/** A PAX header with these records: of one entry, or a global one. */
export function paxHeader(records: PaxRecords, type: 'x' | 'g' = 'x', name: Bytes = 'PaxHeaders/x'): Buffer {
  return entryOf({ name, type }, Buffer.concat(records.map(([key, value]) => paxRecord(key, value))));
}

/** `LENGTH key=value\n`, where LENGTH counts itself. */
function paxRecord(key: Bytes, value: Bytes): Buffer {
  const rest = Buffer.concat([
    Buffer.from(' '),
    Buffer.from(key as string),
    Buffer.from('='),
    Buffer.from(value as string),
    Buffer.from('\n'),
  ]);
  let length = rest.byteLength + 1;
  while (String(length).length + rest.byteLength !== length) length = String(length).length + rest.byteLength;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** GNU's header for a long name (`L`) or a long link (`K`). */
export function gnuLong(type: 'L' | 'K', text: Bytes): Buffer {
  return entryOf(
    { name: '././@LongLink', type, magic: magics.gnu, mode: 0, mtime: 0 },
    Buffer.concat([Buffer.from(text as string), Buffer.of(0)]),
  );
}
