import { describe, expect, it } from 'vitest';
import {
  digestHex,
  digestOf,
  isDigest,
  parseDigest,
  shortDigest,
} from '../../../src/content/image/digest.ts';

const empty = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('a digest', () => {
  it('of no bytes is the one that everybody knows', () => {
    expect(digestOf('')).toBe(empty);
    expect(shortDigest(digestOf(''))).toBe('e3b0c44298fc');
    expect(digestHex(digestOf('', 'sha512'))).toMatch(/^cf83e1357eefb8bd/);
  });

  it.each([
    'sha256:abc',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(65)}`,
    `sha512:${'a'.repeat(64)}`,
    `md5:${'a'.repeat(32)}`,
    `sha256:../../${'a'.repeat(58)}`,
    `${empty}\n`,
    '',
  ])('is not %j', (text) => {
    expect(isDigest(text)).toBe(false);
  });

  it('that is malformed is refused with the place it stood in', () => {
    expect(() => parseDigest(7, 'a.json: layers[3].digest')).toThrow(
      'a.json: layers[3].digest: 7 is not a digest',
    );
  });
});
