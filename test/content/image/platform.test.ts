import { describe, expect, it } from 'vitest';
import { formatPlatform, parsePlatform, platformMatches } from '../../../src/content/image/platform.ts';

describe('a platform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['Linux/x86_64', 'linux/amd64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm/v7', 'linux/arm/v7'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
  ])('%s has the normal form %s', (text, normal) => {
    expect(formatPlatform(parsePlatform(text))).toBe(normal);
  });

  it('without a variant asks for the default one', () => {
    expect(
      platformMatches({ os: 'linux', architecture: 'arm64', variant: 'v8' }, parsePlatform('linux/arm64')),
    ).toBe(true);
    expect(platformMatches({ os: 'linux', architecture: 'arm' }, parsePlatform('linux/arm/v7'))).toBe(true);
    expect(
      platformMatches({ os: 'linux', architecture: 'arm', variant: 'v6' }, parsePlatform('linux/arm')),
    ).toBe(false);
    expect(
      platformMatches({ os: 'linux', architecture: 'amd64', variant: 'v3' }, parsePlatform('linux/amd64')),
    ).toBe(false);
  });

  it.each(['linux', '', 'linux/', 'a/b/c/d', 'linux/amd 64', '../x'])('is not %j', (text) => {
    expect(() => parsePlatform(text)).toThrow('is not a platform');
  });
});
