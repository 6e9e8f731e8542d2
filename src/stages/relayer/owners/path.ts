/** The bytes of a latin1 path. */
export function bytesOf(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The directory of a path; the root's is the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

export function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function within(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** Components of a path; the root has none. */
export function depthOf(path: string): number {
  let depth = path === '' ? 0 : 1;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}

/** Longer paths than this are no file's: Linux takes 4,096 bytes. */
const longest = 8192;

/**
 * What `path` is from `directory`, by its text alone: `..` and `.` are taken out. Undefined where it leaves the root or
 * is longer than paths are.
 */
export function joined(directory: string, path: string): string | undefined {
  if (path.length > longest) return undefined;
  const isAbsolute = path.startsWith('/');
  if (!isAbsolute && !path.includes('./') && !path.includes('//') && !path.endsWith('.')) {
    return within(directory, path);
  }
  const parts = isAbsolute || directory === '' ? [] : directory.split('/');
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

const text = new TextDecoder('utf-8', { fatal: true });

/** A path or name for people: bytes that are no UTF-8 text, and what steers a terminal, as `\xNN`. */
export function readable(bytes: string): string {
  let shown: string;
  try {
    shown = text.decode(bytesOf(bytes));
  } catch {
    return bytes.replace(/[^ -~]/g, escaped);
  }
  return shown.replace(/[\u0000-\u001f\u007f-\u009f]/g, escaped);
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
