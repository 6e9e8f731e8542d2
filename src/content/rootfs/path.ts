const [slash, dot] = [0x2f, 0x2e];

/** What Linux allows for one name, and for a path: beyond that no node can unpack. */
const mostNameBytes = 255;
export const mostPathBytes = 4095;

/** What the name of a whiteout begins with, before the name of what it removes. */
export const whiteoutPrefix = Buffer.from('.wh.');

/**
 * A path as file tables have it: without `./`, slashes at either end or doubled ones; empty for the root. Where it is
 * none that all readers agree on, half a sentence that says why. Of a whiteout the limits hold for what it removes: its
 * own name is never that of a file on a node.
 */
export function cleanPath(name: Buffer): Buffer | string {
  const clean = Buffer.allocUnsafe(name.byteLength);
  let length = 0;
  let prefixBytes = 0;
  for (let start = 0; start < name.byteLength; ) {
    let end = start;
    while (end < name.byteLength && name[end] !== slash)
      if (name[end++] === 0) return 'has a NUL in its name';
    const bytes = end - start;
    const dots = bytes <= 2 && name[start] === dot && name[end - 1] === dot ? bytes : 0;
    if (dots === 2) return 'has ".." in its path';
    if (bytes > 0 && dots === 0) {
      prefixBytes = isPrefixAt(name, start) ? whiteoutPrefix.byteLength : 0;
      if (bytes - prefixBytes > mostNameBytes)
        return `has a name of ${bytes} bytes in its path, over ${mostNameBytes}`;
      if (length > 0) clean[length++] = slash;
      for (let at = start; at < end; at++) clean[length++] = name[at] as number;
    }
    start = end + 1;
  }
  if (length - prefixBytes > mostPathBytes) return `has a path of ${length} bytes, over ${mostPathBytes}`;
  return clean.subarray(0, length);
}

function isPrefixAt(name: Buffer, start: number): boolean {
  for (let at = 0; at < whiteoutPrefix.byteLength; at++) {
    if (name[start + at] !== whiteoutPrefix[at]) return false;
  }
  return true;
}

/** A path for people; what a terminal or a log would act on is escaped. */
export function shownPath(path: Buffer): string {
  return JSON.stringify(path.toString('utf8', 0, 500)).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
