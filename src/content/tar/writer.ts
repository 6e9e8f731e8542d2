import { blockBytes, paddingAfter } from './header.ts';

/**
 * Writes tar headers in the POSIX format, for archives whose only content is names and bytes: the same
 * input gives the same archive everywhere. https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */
/** What eleven octal digits hold: 8 GiB less a byte. Larger sizes stand in a PAX record. */
const maxOctalSize = 0o77777777777;

const maxNameBytes = 100;

/** The header blocks of a regular file. What the old header cannot hold stands in a PAX header before it. */
export function fileHeader(name: string, size: number): Uint8Array {
  const records = Buffer.concat([
    ...(Buffer.byteLength(name) > maxNameBytes ? [paxRecord('path', name)] : []),
    ...(size > maxOctalSize ? [paxRecord('size', String(size))] : []),
  ]);
  const plain = header(name, size > maxOctalSize ? 0 : size, '0');
  if (records.byteLength === 0) return plain;
  return Buffer.concat([header('pax', records.byteLength, 'x'), padded(records), plain]);
}

export function folderHeader(name: string): Uint8Array {
  return header(`${name}/`, 0, '5');
}

/** Two zero blocks. */
export const endOfArchive: Uint8Array = new Uint8Array(2 * blockBytes);

function header(name: string, size: number, type: '0' | '5' | 'x'): Uint8Array {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, digits: number): void => {
    block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  block.write(name, 0, maxNameBytes);
  octal(type === '5' ? 0o755 : 0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  // The checksum counts its own field as spaces.
  block.fill(' ', 148, 156);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block[154] = 0;
  return block;
}

/** `LENGTH key=value\n`, where LENGTH counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + 1;
  while (String(length).length + bytes !== length) length = String(length).length + bytes;
  return Buffer.from(`${length}${rest}`);
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, new Uint8Array(paddingAfter(bytes.byteLength))]);
}
