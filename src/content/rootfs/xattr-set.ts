/** Namespaces of extended attributes that Linux has for everybody; containerd passes over the others, and over `trusted.`. */
const namespaces = ['user.', 'security.', 'system.'].map((name) => Buffer.from(name));
const [user, system] = [Buffer.from('user.'), Buffer.from('system.')];
const none = Buffer.alloc(0);

/** Attributes as records, FileTable's `xattrs`, one after the other. */
interface Attribute {
  readonly name: Buffer;
  readonly record: Buffer;
}

/**
 * The attributes that a node gets of those that a layer has.
 * @param isFileOrDirectory others can have none of `user.` (xattr(7)), nor ACLs
 */
export function heldXattrs(records: Buffer, isFileOrDirectory: boolean): Buffer {
  if (records.byteLength === 0) return none;
  const all = attributes(records);
  const held = all.filter(
    ({ name }) =>
      namespaces.some((namespace) => startsWith(name, namespace)) &&
      (isFileOrDirectory || !(startsWith(name, user) || startsWith(name, system))),
  );
  return held.length === all.length ? records : Buffer.concat(held.map(({ record }) => record));
}

/** Attributes of both; of two with one name that of `later`. */
export function joinedXattrs(earlier: Buffer, later: Buffer): Buffer {
  if (earlier.byteLength === 0) return later;
  const all = [...attributes(earlier), ...attributes(later)];
  const last = new Map(all.map((attribute) => [attribute.name.toString('latin1'), attribute]));
  const sorted = [...last.values()].sort((a, b) => a.name.compare(b.name));
  return Buffer.concat(sorted.map(({ record }) => record));
}

/** Those that a change of owner leaves: the kernel takes capabilities from a file then. */
export function xattrsAfterChown(records: Buffer): Buffer {
  if (!records.includes('security.capability=')) return records;
  const left = attributes(records).filter(({ name }) => name.toString('latin1') !== 'security.capability');
  return Buffer.concat(left.map(({ record }) => record));
}

function attributes(records: Buffer): Attribute[] {
  const found: Attribute[] = [];
  for (let at = 0; at < records.byteLength; ) {
    const space = records.indexOf(0x20, at);
    const length = space < 0 ? 0 : Number(records.toString('latin1', at, space));
    const record = records.subarray(at, at + length);
    const equals = records.indexOf(0x3d, space);
    if (!(length > 0) || record.byteLength < length || equals < 0 || equals >= at + length) break;
    found.push({ name: records.subarray(space + 1, equals), record });
    at += length;
  }
  return found;
}

function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  return bytes.byteLength > beginning.byteLength && bytes.subarray(0, beginning.byteLength).equals(beginning);
}
