import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/content/image/config.ts';
import { digestOf } from '../../../src/content/image/digest.ts';

const diffIds = [digestOf('a'), digestOf('b'), digestOf('c')];
const parse = (value: unknown) => parseConfig(Buffer.from(JSON.stringify(value)), 'config');

describe('an image config', () => {
  it('gives diffIDs, and the history entries that made a layer in the same order', () => {
    const config = parse({
      os: 'linux',
      architecture: 'arm64',
      variant: 'v8',
      rootfs: { type: 'layers', diff_ids: diffIds },
      config: { Labels: { version: '1', odd: 3 } },
      history: [
        { created_by: 'ADD rootfs' },
        { created_by: 'ENV A=1', empty_layer: true },
        {},
        { created_by: 'RUN pip' },
      ],
    });
    expect(config.platform).toEqual({ os: 'linux', architecture: 'arm64', variant: 'v8' });
    expect(config.diffIds).toEqual(diffIds);
    expect(config.layerHistory).toEqual(['ADD rootfs', '', 'RUN pip']);
    expect(config.labels).toEqual({ version: '1' });
  });

  it.each([[{}], [{ rootfs: {} }], [{ rootfs: { diff_ids: 'x' } }]])(
    'without diff_ids is refused: %j',
    (value) => {
      expect(() => parse(value)).toThrow('no rootfs.diff_ids');
    },
  );

  it('with a diffID that is no digest is refused', () => {
    expect(() => parse({ rootfs: { diff_ids: ['sha256:zz'] } })).toThrow('rootfs.diff_ids[0]');
  });
});
