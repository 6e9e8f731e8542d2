import { describe, expect, test } from 'vitest';
import { checkpointsHeader, plainCheckpoints } from '../../../src/stages/soci/checkpoints.ts';
import { decodeZtoc } from '../../../src/stages/soci/decode.ts';
import { checkpointsOf, indexedVectors, vector } from './ztoc-parts.ts';

describe('checkpoints', () => {
  test.each(indexedVectors)('of $name written again are those in its zTOC', ({ name, ztoc }) => {
    const written = Buffer.concat(
      Array.from(checkpointsOf(decodeZtoc(ztoc, name)), (part) => Buffer.from(part)),
    );
    expect(ztoc.includes(written)).toBe(true);
    // Before them is their length.
    expect(ztoc.readUInt32LE(ztoc.indexOf(written) - 4)).toBe(written.byteLength);
  });

  test('begin with their number and the size of a span', () => {
    expect(Buffer.from(checkpointsHeader(3, 2 ** 33)).toString('hex')).toBe('030000000000000002000000');
  });

  test('of an uncompressed layer say the size of a span and of the layer', () => {
    const { ztoc, spanBytes, blob } = vector('plain-tar');
    const written = Buffer.from(plainCheckpoints(spanBytes, blob.byteLength));
    expect(ztoc?.includes(written)).toBe(true);
  });
});
