import { TarScanner } from '../../src/content/tar/scanner.ts';
import { whyUnindexable, ztocEntry } from '../../src/stages/soci/entry.ts';
import { EntryList } from '../../src/stages/soci/entry-list.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

const blockBytes = 512;
/** Where the numbers of a header are and how long: mode, uid, gid, size, mtime, devices, and GNU's of sparse files. */
const numbers = [
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [136, 12],
  [329, 8],
  [337, 8],
  [386, 12],
  [483, 12],
] as const;
const texts = [
  [0, 100],
  [157, 100],
  [265, 32],
  [297, 32],
  [345, 155],
] as const;
const types = [...'01234567xgLKSVMDNX', '\0', '\x80'];
const magics = ['ustar\x0000', 'ustar  \0', 'ustar\0\0\0', 'ustar   ', '\0\0\0\0\0\0\0\0'];
const records = [
  'path=a\0b',
  'path=',
  'size=99999999999999999999',
  'size=-1',
  'size=9223372036854775807',
  'uid=4294967296',
  'mtime=1e9',
  'mtime=253402300800.5',
  'mtime=-62135596801',
  'GNU.sparse.major=1',
  'GNU.sparse.map=0,1,2,3',
  'GNU.sparse.realsize=9007199254740993',
  'SCHILY.xattr.user.__proto__=x',
  'linkpath=./../..',
  '__proto__=1',
];

export const tar: Target = {
  seeds: (corpus) => corpus.tars,
  mutate(bytes, random, others) {
    if (random.chance(0.3)) return mutate(bytes, random, others);
    const changed = Buffer.from(bytes);
    const headers = headersOf(changed);
    if (headers.length === 0) return mutate(bytes, random, others);
    const at = random.pick(headers);
    if (random.chance(0.2)) return insertRecords(changed, at, random);
    changeHeader(changed.subarray(at, at + blockBytes), random);
    if (random.chance(0.95)) writeChecksum(changed.subarray(at, at + blockBytes));
    return changed;
  },
  async run(bytes, random) {
    const whole = outcomeOf([bytes]);
    const pieces = outcomeOf(cut(bytes, random));
    const at = whole.facts.findIndex((fact, index) => fact !== pieces.facts[index]);
    if (at >= 0) throw new Error(`at once it reads as ${whole.facts[at]}, in chunks as ${pieces.facts[at]}`);
    if (whole.error) throw whole.error;
  },
};

/** What a reader makes of the archive: facts of its entries, and how it ended. */
function outcomeOf(chunks: Iterable<Buffer>): { facts: readonly string[]; error?: unknown } {
  const list = new EntryList();
  const facts: string[] = [];
  const scanner = new TarScanner('fuzzed.tar', [
    {
      entry(entry) {
        const reason = whyUnindexable(entry);
        facts.push(`${entry.start} ${entry.dataStart} ${entry.dataBytes} ${entry.kind} ${reason}`);
        if (reason === undefined) list.add(ztocEntry(entry));
      },
    },
  ]);
  let failure: { error: unknown } | undefined;
  try {
    for (const chunk of chunks) scanner.push(chunk);
    scanner.end();
  } catch (error) {
    failure = { error };
  }
  for (let at = 0; at < list.count; at++) {
    const { name, offset, size, xattrs, modTime } = list.at(at);
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(size) || size < 0) {
      throw new Error(`entry ${at} is at ${offset}, ${size} bytes`);
    }
    facts.push(`${name.toString('hex')} ${offset} ${size} ${xattrs.length} ${modTime}`);
  }
  facts.push(`${failure?.error ?? scanner.position}`);
  return { facts, ...failure };
}

function* cut(bytes: Buffer, random: Random): Generator<Buffer> {
  for (let at = 0; at < bytes.byteLength; ) {
    const length = random.pick([1, 7, 511, 512, 513, 1 + random.below(3000), 65_536]);
    yield Buffer.from(bytes.subarray(at, at + length));
    at += length;
  }
}

/** Places of blocks with a right checksum. */
function headersOf(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + blockBytes <= bytes.byteLength; at += blockBytes) {
    const block = bytes.subarray(at, at + blockBytes);
    const said = Number.parseInt(block.toString('latin1', 148, 156), 8);
    if (said === sumOf(block)) found.push(at);
  }
  return found;
}

function sumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < blockBytes; at++) if (at < 148 || at >= 156) sum += block[at] as number;
  return sum;
}

function writeChecksum(block: Buffer): void {
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

function changeHeader(block: Buffer, random: Random): void {
  const choice = random.below(7);
  if (choice === 6) {
    block.write(random.pick([...'xgLK']), 156, 'latin1');
    block.write(`${(2 ** random.below(33)).toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  } else if (choice < 3) {
    const [start, length] = random.chance(0.5) ? ([124, 12] as const) : random.pick(numbers);
    block.fill(0, start, start + length);
    numberField(length, random).copy(block, start, 0, length);
  } else if (choice === 3) block.write(random.pick(types), 156, 'latin1');
  else if (choice === 4) block.write(random.pick(magics), 257, 'latin1');
  else {
    const [start, length] = random.pick(texts);
    const text = random.pick(['', '/', './', '../x', 'a'.repeat(length), '\0b', '\xff\xfe', 'dir/']);
    block.write(text, start, length, 'latin1');
  }
}

function numberField(length: number, random: Random): Buffer {
  const digits = length - 1;
  const binary = (hex: string): Buffer =>
    Buffer.from(hex.padStart(length * 2, hex.startsWith('f') ? 'f' : '0'), 'hex');
  const marked = (bytes: Buffer): Buffer => {
    bytes[0] = (bytes[0] as number) | 0x80;
    return bytes;
  };
  return random.pick([
    () => Buffer.from(random.small(100_000).toString(8).padStart(digits, '0')),
    () => Buffer.from('7'.repeat(digits)),
    () => Buffer.from('-1'.padStart(digits, '0')),
    () => Buffer.from('9'.repeat(digits)),
    () => Buffer.from(' '.repeat(length)),
    () => Buffer.from(` ${random.small(4096).toString(8)} `),
    () => marked(binary(random.small(100_000).toString(16).padStart(8, '0'))),
    () => marked(binary('7fffffffffffffff')),
    () => marked(binary('8000000000000000')),
    () => marked(binary('1fffffffffffff')),
    () => Buffer.alloc(length, 0xff),
    () => random.bytes(length),
  ])();
}

/** Puts an extended header before the one at `at`. */
function insertRecords(bytes: Buffer, at: number, random: Random): Buffer {
  const type = random.pick([...'xxxxgLK']);
  const lines = Array.from({ length: 1 + random.small(5) }, () => random.pick(records));
  const right = (line: string): string => {
    const length = line.length + 2;
    const digits = String(length + String(length).length).length;
    return `${length + digits} ${line}\n`;
  };
  const body = Buffer.from(
    type === 'L' || type === 'K'
      ? random.pick(['', 'long/'.repeat(random.small(500)), '\0', 'a'.repeat(65_536)])
      : lines.map((line) => (random.chance(0.9) ? right(line) : `${random.next()} ${line}\n`)).join(''),
    'latin1',
  );
  const header = Buffer.from(bytes.subarray(at, at + blockBytes));
  header.write(type, 156, 'latin1');
  header.write(`${body.byteLength.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  writeChecksum(header);
  const padding = Buffer.alloc((blockBytes - (body.byteLength % blockBytes)) % blockBytes);
  return Buffer.concat([bytes.subarray(0, at), header, body, padding, bytes.subarray(at)]);
}
