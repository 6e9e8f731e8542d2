import { createRequire } from 'node:module';
import pako from 'pako';
import type { Boundary } from '../../../src/content/gzip/boundary.ts';

/** zlib's own interface as pako has it: pako/lib/zlib/inflate.js. */
interface Stream {
  input: Uint8Array;
  next_in: number;
  avail_in: number;
  output: Uint8Array;
  next_out: number;
  avail_out: number;
  data_type: number;
}

interface Inflate {
  inflateInit2(stream: Stream, windowBits: number): number;
  inflateReset(stream: Stream): number;
  inflate(stream: Stream, flush: number): number;
}

const require = createRequire(import.meta.url);
const low: Inflate = require('pako/lib/zlib/inflate.js');
const ZStream: new () => Stream = require('pako/lib/zlib/zstream.js');

/** Where one can begin to inflate `gzip`, `size` bytes of content, as zlib's examples/zran.c finds it. */
export function boundariesOf(gzip: Uint8Array, size: number): Boundary[] {
  const stream = Object.assign(new ZStream(), {
    input: gzip,
    next_in: 0,
    avail_in: gzip.length,
    output: new Uint8Array(size + 1),
    next_out: 0,
    avail_out: size + 1,
  });
  low.inflateInit2(stream, 31);
  const boundaries: Boundary[] = [];
  let member = true;
  for (;;) {
    const result = low.inflate(stream, pako.constants.Z_BLOCK);
    if (result === pako.constants.Z_STREAM_END) {
      if (stream.avail_in === 0) return boundaries;
      low.inflateReset(stream);
      member = true;
    } else if (result !== pako.constants.Z_OK) throw new Error(`pako: ${result}`);
    else if ((stream.data_type & 192) === 128) {
      boundaries.push({ in: stream.next_in, out: stream.next_out, bits: stream.data_type & 7, member });
      member = false;
    }
  }
}
