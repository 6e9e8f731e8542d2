import { blockBytes, paddingAfter } from '../../../src/content/tar/header.ts';

export interface Member {
  readonly name: string;
  readonly type?: string;
  /** Of the header; content only where `type` is a file's. */
  readonly size?: number;
  readonly linkname?: string;
  /** Of a PAX header before it. */
  readonly records?: readonly (readonly [string, string])[];
}

/** An archive of headers as no tool would write them together, without end blocks. */
export function paxArchive(members: readonly Member[]): Buffer {
  return Buffer.concat(members.flatMap(blocksOf));
}

function blocksOf({ name, type = '0', size = 0, linkname = '', records = [] }: Member): Buffer[] {
  const body = Buffer.concat(records.map(([key, value]) => record(key, value)));
  const pax =
    type === 'g' ? [] : records.length === 0 ? [] : [header('pax', 'x', body.byteLength, ''), padded(body)];
  if (type === 'g') return [header(name, 'g', body.byteLength, ''), padded(body)];
  return [
    ...pax,
    header(name, type, size, linkname),
    type === '0' ? padded(Buffer.alloc(size)) : Buffer.alloc(0),
  ];
}

function record(key: string, value: string): Buffer {
  const rest = Buffer.from(` ${key}=${value}\n`);
  let length = rest.byteLength + 1;
  while (String(length).length + rest.byteLength !== length) length++;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function header(name: string, type: string, size: number, linkname: string): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100);
  for (const [at, text] of [
    [100, '0000644'],
    [108, '0000000'],
    [116, '0000000'],
    [124, size.toString(8).padStart(11, '0')],
    [136, '00000000000'],
    [148, '        '],
    [156, type],
    [257, 'ustar\x0000'],
  ] as const) {
    block.write(text, at, 'latin1');
  }
  block.write(linkname, 157, 100);
  const sum = block.reduce((all, byte) => all + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(paddingAfter(bytes.byteLength))]);
}
