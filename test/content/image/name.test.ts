import { describe, expect, it } from 'vitest';
import { formatImageName, parseImageName, retag } from '../../../src/content/image/name.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('an image name', () => {
  it.each([
    ['docker://r.io/a:1', { transport: 'docker', reference: { host: 'r.io', repository: 'a', tag: '1' } }],
    ['r.io/a:1', { transport: 'docker', reference: { host: 'r.io', repository: 'a', tag: '1' } }],
    [
      'docker:27',
      { transport: 'docker', reference: { host: 'docker.io', repository: 'library/docker', tag: '27' } },
    ],
    ['oci:./dir', { transport: 'oci', path: './dir' }],
    ['oci:./dir:v1', { transport: 'oci', path: './dir', target: 'v1' }],
    [`oci:dir@${digest}`, { transport: 'oci', path: 'dir', target: digest }],
    ['oci:/tmp/a:b/layout', { transport: 'oci', path: '/tmp/a:b/layout' }],
    ['oci-archive:x.tar:v1', { transport: 'oci-archive', path: 'x.tar', target: 'v1' }],
    ['docker-archive:x.tar', { transport: 'docker-archive', path: 'x.tar' }],
    [
      'docker-archive:x.tar:r.io:5000/a:1',
      { transport: 'docker-archive', path: 'x.tar', target: 'r.io:5000/a:1' },
    ],
    ['docker-daemon:app:dev', { transport: 'docker-daemon', name: 'app:dev' }],
    ['localhost:5000/a', { transport: 'docker', reference: { host: 'localhost:5000', repository: 'a' } }],
  ])('%s is understood', (text, name) => {
    expect(parseImageName(text)).toEqual(name);
  });

  it.each([
    ['dockre://r.io/a', 'unknown transport "dockre"'],
    ['https://r.io/a', 'unknown transport "https"'],
    ['dir:/tmp/x', 'unknown transport "dir"'],
    ['oci:', 'the path is empty'],
    ['oci::tag', 'the path is empty'],
    ['docker-daemon:', 'the name is empty'],
    ['docker://R io/a', 'is not an image reference'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => parseImageName(text)).toThrow(why);
  });

  it.each(['/tmp/image:v1', './image', '../image', '.demo/image'])(
    '%s is refused with the way to write a folder',
    (text) => {
      expect(() => parseImageName(text)).toThrow(
        expect.objectContaining({ code: 'bad-reference', hint: expect.stringContaining(`oci:${text}`) }),
      );
    },
  );

  it('is written as it was read', () => {
    for (const text of [
      'oci:./dir:v1',
      `oci:dir@${digest}`,
      'docker-archive:x.tar:r.io/a:1',
      'docker-daemon:app:dev',
      'r.io/a:1',
    ]) {
      expect(formatImageName(parseImageName(text))).toBe(text);
    }
  });
});

describe('another tag', () => {
  const soci = (text: string) => {
    const name = retag(parseImageName(text), (tag) => (tag === 'none' ? undefined : `${tag}-soci`));
    return name && formatImageName(name);
  };

  it.each([
    ['r.io/a:1', 'r.io/a:1-soci'],
    ['r.io/a', 'r.io/a:latest-soci'],
    [`r.io/a:1@${digest}`, 'r.io/a:1-soci'],
    ['oci:./dir:v1', 'oci:./dir:v1-soci'],
    ['oci-archive:x.tar:v1', 'oci-archive:x.tar:v1-soci'],
  ])('of %s is in the same place', (text, other) => {
    expect(soci(text)).toBe(other);
  });

  it.each([
    `r.io/a@${digest}`,
    'oci:./dir',
    `oci:dir@${digest}`,
    'docker-archive:x.tar:a:1',
    'docker-daemon:a:1',
    'r.io/a:none',
  ])('is not made of %s', (text) => {
    expect(soci(text)).toBeUndefined();
  });
});
