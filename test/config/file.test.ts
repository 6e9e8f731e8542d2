import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, parseSettingsFile } from '../../src/config/file.ts';

const read = (text: string) => () => parseSettingsFile(text, 'f.yml');

describe('a settings file', () => {
  it('may be empty or hold only comments', () => {
    expect(parseSettingsFile('', 'f.yml').values).toEqual({});
    expect(parseSettingsFile('# nothing yet\n', 'f.yml').values).toEqual({});
  });

  it.each([
    ['a list', '- runs\n', /^f\.yml:1:1: is not a mapping/],
    ['a word', 'runs', /^f\.yml:1:1: is not a mapping/],
    ['a mapping that is not closed', 'runs: {a: 1\n', /^f\.yml:\d+:\d+: /],
    ['a tab as indentation', 'tags:\n\t- a\n', /^f\.yml:2:1: /],
    ['a key twice', 'runs: 3\nruns: 4\n', /^f\.yml:2:1: .*unique/],
    ['an unknown tag', 'runs: !!js/function x\n', /^f\.yml:1:7: .*tag/],
    ['an alias of nothing', 'runs: *gone\n', /^f\.yml.*gone/],
    ['two documents', 'runs: 1\n---\nruns: 2\n', /^f\.yml:2:1: /],
  ])('that is %s is refused with its place', (_, text, message) => {
    expect(read(text)).toThrow(message);
  });

  it('that would grow by aliases is refused before it does', () => {
    const levels = Array.from(
      { length: 9 },
      (_, at) =>
        `${'abcdefghi'[at]}: &${'abcdefghi'[at]} [${Array(9).fill(at ? `*${'abcdefghi'[at - 1]}` : '1')}]`,
    );
    expect(read(`${levels.join('\n')}\n`)).toThrow(/alias/i);
  });

  it('over 1 MiB is refused', () => {
    expect(read(`# ${'x'.repeat(1024 * 1024)}`)).toThrow('over 1 MiB');
  });
});

describe('loading settings', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pull-budget-config-'));
    await writeFile(join(folder, 'budget.yml'), 'runs: 5\nseed: 9\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads the file that config names', async () => {
    const settings = await loadSettings('flag', { config: join(folder, 'budget.yml'), runs: '2' });
    expect(settings).toMatchObject({ runs: 2, seed: 9, config: join(folder, 'budget.yml') });
  });

  it('refuses a named file that is not there', async () => {
    await expect(loadSettings('input', { config: join(folder, 'gone.yml') })).rejects.toMatchObject({
      code: 'no-settings-file',
      kind: 'input',
    });
  });
});
