import { type PaxRecord, parsePax } from '../tar/pax.ts';

/** The one prefix that containerd and docker read extended attributes under. */
const prefix = 'SCHILY.xattr.';
const prefixBytes = Buffer.from(prefix);
const none = Buffer.alloc(0);

/**
 * Extended attributes among an entry's PAX records, as FileTable has them; of two with one name the last counts. Half
 * a sentence where nodes refuse them.
 */
export function xattrRecords(records: readonly PaxRecord[]): Buffer | string {
  const found = new Map<string, PaxRecord>();
  for (const record of records) {
    const key = record.key.toString('latin1');
    if (key.startsWith(prefix)) found.set(key.slice(prefix.length), record);
  }
  if (found.size === 0) return none;
  const names = [...found.keys()].sort();
  if (names.some((name) => name === '' || name.includes('\0'))) {
    return 'has an extended attribute with a name that cannot be';
  }
  return Buffer.concat(names.map((name) => record(name, (found.get(name) as PaxRecord).value)));
}

function record(name: string, value: Buffer): Buffer {
  const beginning = Buffer.from(` ${name}=`, 'latin1');
  const rest = beginning.byteLength + value.byteLength + 1;
  let digits = String(rest).length;
  while (String(rest + digits).length > digits) digits++;
  return Buffer.concat([Buffer.from(String(rest + digits)), beginning, value, Buffer.of(0x0a)]);
}

/** Whether bytes are as `xattrRecords` makes them. */
export function areXattrRecords(bytes: Buffer): boolean {
  try {
    const records = parsePax(bytes, 0, 'extended attributes');
    const again = xattrRecords(
      records.map(({ key, value }) => ({ key: Buffer.concat([prefixBytes, key]), value })),
    );
    return typeof again !== 'string' && again.equals(bytes);
  } catch {
    return false;
  }
}
