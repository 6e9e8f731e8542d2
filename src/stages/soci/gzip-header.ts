/** Go's reader, and so the snapshotter, has a buffer of this size for name and comment, their NULs included. */
const goTextBytes = 512;
/** No header that Go takes is longer: with the largest extra field, name, comment and a CRC. */
export const mostHeaderBytes = 10 + 2 + 0xffff + 2 * goTextBytes + 2;

const headerCrc = 2;
const extra = 4;
const name = 8;
const comment = 16;

/** Bytes of the gzip header that the bytes begin with (RFC 1952, 2.3), undefined where it is none or cut off. */
export function headerLength(bytes: Buffer): number | undefined {
  if (bytes.byteLength < 10 || bytes.readUInt16BE(0) !== 0x1f8b || bytes[2] !== 8) return undefined;
  const flags = bytes[3] as number;
  let at = 10;
  if (flags & extra) at += 2 + (bytes.byteLength >= 12 ? bytes.readUInt16LE(10) : 0);
  for (const text of [name, comment]) {
    if ((flags & text) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  return flags & headerCrc ? at + 2 : at;
}

/** Why Go's compress/gzip refuses a header (RFC 1952, 2.3) that inflates elsewhere: half a sentence. */
export function whyGoRefuses(header: Uint8Array): string | undefined {
  const flags = header[3] ?? 0;
  let at = 10;
  if (flags & extra) at += 2 + ((header[at] ?? 0) | ((header[at + 1] ?? 0) << 8));
  for (const [flag, what] of [
    [name, 'name'],
    [comment, 'comment'],
  ] as const) {
    if ((flags & flag) === 0) continue;
    const end = header.indexOf(0, at);
    if (end - at >= goTextBytes) return `its gzip header has a ${what} of ${end - at} bytes`;
    at = end + 1;
  }
  return undefined;
}
