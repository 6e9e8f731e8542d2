import { describe, expect, it } from 'vitest';
import { parseSettingsFile } from '../../src/config/file.ts';
import { settingsOfAction, writtenInputs } from '../../src/config/inputs.ts';
import { readSettings } from '../../src/config/read.ts';
import { remarksOn } from '../../src/config/settings.ts';
import type { PullBudgetError } from '../../src/content/error.ts';

const path = '.github/pull-budget.yml';
const file = (text: string) => parseSettingsFile(text, path);

function refusal(read: () => unknown): PullBudgetError {
  try {
    read();
  } catch (error) {
    return error as PullBudgetError;
  }
  throw new Error('nothing was refused');
}

describe('settings', () => {
  it('are their defaults where nothing is written', () => {
    const settings = readSettings('input', {});
    expect(settings).toMatchObject({
      push: false,
      pushForks: false,
      tags: [],
      platforms: [],
      budgets: '',
      waivers: [],
      runs: 3,
      seed: 1,
      onInconclusive: 'warn',
      connections: 8,
      attempts: 5,
      plainHttp: [],
      unpackRatioLimit: 200,
      sampleTimeout: 1800,
      spanSize: 4_194_304,
      minLayerSize: 10_485_760,
      prefetch: [],
      onUnindexable: 'fail',
    });
    for (const unset of ['soci', 'sociTagSuffix', 'base', 'sociCache'] as const)
      expect(settings[unset]).toBeUndefined();
    expect(settings.image).toBeUndefined();
    expect(settings.scratch).not.toBe('');
  });

  it('come from inputs before the settings file, and from the file before the defaults', () => {
    const written = file('runs: 5\nconnections: 4\nbudgets: |\n  size <= 6 GB\n  layers <= 60\n');
    const settings = readSettings('input', { runs: '7', budgets: '', baseline: 'nginx:1' }, written);
    expect(settings).toMatchObject({ runs: 7, connections: 4, budgets: 'size <= 6 GB\nlayers <= 60' });
    expect(settings.baseline).toMatchObject({
      transport: 'docker',
      reference: { repository: 'library/nginx' },
    });
  });

  it('are read from text with units and lists, and typed', () => {
    const settings = readSettings('flag', {
      image: 'oci:./layout:v2',
      tags: ['a/b:1,a/b:2', 'a/b:3'],
      platforms: 'linux/amd64, linux/aarch64',
      'sample-timeout': '2 min',
      push: 'true',
    });
    expect(settings.image).toEqual({ transport: 'oci', path: './layout', target: 'v2' });
    expect(settings.tags).toEqual(['a/b:1', 'a/b:2', 'a/b:3']);
    expect(settings.platforms).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    expect(settings.sampleTimeout).toBe(120);
    expect(settings.push).toBe(true);
  });

  it('of a flag that is repeated are the last one, of a list all of them', () => {
    expect(readSettings('flag', { runs: ['3', '5'], 'plain-http': ['a', 'b:80'] })).toMatchObject({
      runs: 5,
      plainHttp: ['a', 'b:80'],
    });
  });

  it('of the file may be lists of YAML or text with the same rules', () => {
    const listed = readSettings('input', {}, file('tags: [a/b, c/d]\nsample-timeout: 90\n'));
    const text = readSettings('input', {}, file('tags: a/b, c/d\nsample-timeout: 1.5 min\n'));
    expect(listed.tags).toEqual(['a/b', 'c/d']);
    expect(text.tags).toEqual(listed.tags);
    expect(text.sampleTimeout).toBe(listed.sampleTimeout);
  });

  it('keep the lines of budgets as they are, commas and comments too, so that errors can point into them', () => {
    const block = '# today\n\npull-time[embedded,holds=baseline] <= 45 s  # cold\n';
    expect(readSettings('input', { budgets: block }).budgets).toBe(block.trimEnd());
    expect(readSettings('flag', { budgets: ['size <= 1 GB', 'layers <= 9'] }).budgets).toBe(
      'size <= 1 GB\nlayers <= 9',
    );
    expect(readSettings('input', {}, file('budgets:\n  - size <= 1 GB\n  - layers <= 9\n')).budgets).toBe(
      'size <= 1 GB\nlayers <= 9',
    );
  });

  it('of sizes are bytes, with a unit or without', () => {
    expect(readSettings('flag', { 'span-size': '512 KiB', 'min-layer-size': '0' })).toMatchObject({
      spanSize: 524_288,
      minLayerSize: 0,
    });
    expect(readSettings('input', {}, file('span-size: 8 MiB\nmin-layer-size: 1000\n'))).toMatchObject({
      spanSize: 8_388_608,
      minLayerSize: 1000,
    });
  });

  it.each([
    ['span-size', '63 KiB', 'input "span-size": 64512 is not valid', 'a size from 64 KiB to 1 GiB'],
    ['span-size', '4 MiB/s', 'input "span-size": "4 MiB/s" is not a size', 'Write a number and a unit'],
    ['min-layer-size', '-1 MB', 'input "min-layer-size": "-1 MB" is not a size', 'a number and a unit'],
    ['soci', 'v3', 'input "soci": "v3" is not valid', 'It must be v2, v1, both or off.'],
    ['on-unindexable', 'warn', '"warn" is not valid', 'It must be fail or pass.'],
    ['soci-tag-suffix', ' /soci', '"/soci" is not valid', 'letters, digits, _, . and -'],
    ['prefetch', '/a\nopt/model.bin', '"opt/model.bin" is not valid', 'absolute paths in the image'],
    ['prefetch', '@', '"@" is not valid', 'or @FILE with a record'],
  ])('of SOCI indexes that are wrong are refused: %s %j', (name, text, says, hint) => {
    const error = refusal(() => readSettings('input', { [name]: text }));
    expect(error).toMatchObject({ code: 'bad-setting', kind: 'input' });
    expect(error.message).toContain(says);
    expect(error.hint).toContain(hint);
  });

  it('name files to prefetch one a line, globs with their commas, comments left out', () => {
    const text = '# the model\n/opt/model/*.{bin,json}\n\n  @trace.log\n';
    const want = ['/opt/model/*.{bin,json}', '@trace.log'];
    expect(readSettings('input', { prefetch: text }).prefetch).toEqual(want);
    expect(readSettings('flag', { prefetch: want }).prefetch).toEqual(want);
    expect(readSettings('input', {}, file(`prefetch: |\n  ${want.join('\n  ')}\n`)).prefetch).toEqual(want);
    expect(readSettings('input', {}, file(`prefetch:\n  - "${want.join('"\n  - "')}"\n`)).prefetch).toEqual(
      want,
    );
  });

  it('hold waivers from the file, with a day that is only text', () => {
    const waivers = [
      'waivers:',
      '  - budget: size',
      '    reason: CUDA 13 arrives in two steps',
      '    until: 2026-09-30',
      '    owner: ml-platform',
      '',
    ].join('\n');
    expect(readSettings('input', {}, file(waivers)).waivers).toEqual([
      { budget: 'size', reason: 'CUDA 13 arrives in two steps', until: '2026-09-30', owner: 'ml-platform' },
    ]);
  });
});

describe('a name that no setting has', () => {
  it('is refused as an input, with the nearest name', () => {
    const error = refusal(() => readSettings('input', writtenInputs({ INPUT_BUDGET: 'size <= 1 GB' })));
    expect(error.message).toBe('input "budget" is not an input of this action');
    expect(error).toMatchObject({ code: 'unknown-setting', kind: 'input', hint: 'Did you mean "budgets"?' });
  });

  it('is refused as a key of the file, with its place', () => {
    const error = refusal(() => readSettings('input', {}, file('runs: 3\nbase-line: nginx\n')));
    expect(error.message).toBe(`${path}:2:12: "base-line" is not a key of the settings file`);
    expect(error.hint).toBe('Did you mean "baseline"?');
  });

  it('that is a setting elsewhere is told where', () => {
    const forks = refusal(() => readSettings('input', {}, file('push-forks: true\n')));
    expect(forks.hint).toBe('It can be set as an input of this action.');
    const waivers = refusal(() => readSettings('input', { waivers: '[]' }));
    expect(waivers.hint).toBe('It can be set as a key of the settings file.');
  });

  it.each(['constructor', '__proto__', 'toString'])('is refused though every object has it: %s', (name) => {
    expect(refusal(() => readSettings('input', {}, file(`"${name}": 1\n`))).code).toBe('unknown-setting');
  });
});

describe('a value that is not valid', () => {
  it.each([
    [{ runs: '9' }, 'input "runs": 9 is not valid', 'a whole number from 0 to 7'],
    [{ runs: 'three' }, 'input "runs": "three" is not valid', 'a whole number'],
    [{ runs: '1.5' }, 'input "runs": "1.5" is not valid', 'a whole number'],
    [{ push: 'yes' }, 'input "push": "yes" is not valid', 'true or false'],
    [{ 'on-inconclusive': 'pass' }, '"pass" is not valid', 'warn, fail or median'],
    [{ 'plain-http': 'http://a' }, '"http://a" is not valid', 'host names'],
    [{ 'sample-timeout': '0' }, '0 is not valid', 'a duration above zero'],
    [{ 'sample-timeout': 'soon' }, 'input "sample-timeout": "soon" is not a duration', '45 s'],
    [{ image: 'Nginx' }, 'input "image": "Nginx" is not an image reference', 'Write [host/]'],
    [{ baseline: 's3://a/b' }, 'input "baseline": "s3://a/b": unknown transport', 'Known transports'],
    [{ platforms: 'linux' }, 'input "platforms": "linux" is not a platform', 'os/architecture'],
  ])('is named with its setting and what is valid: %j', (inputs, message, hint) => {
    const error = refusal(() => readSettings('input', inputs));
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(error).toMatchObject({ code: 'bad-setting', exitCode: 2 });
  });

  it('is called as a command line calls it', () => {
    expect(refusal(() => readSettings('flag', { runs: '9' })).message).toMatch(/^--runs: /);
    expect(refusal(() => readSettings('flag', { image: '' + 'A B' })).message).toMatch(/^IMAGE: /);
  });

  it('in the file is named with line and column', () => {
    expect(refusal(() => readSettings('input', {}, file('seed: 1\nruns: many\n'))).message).toBe(
      `${path}:2:7: "runs": "many" is not valid`,
    );
    const waiver = refusal(() => readSettings('input', {}, file('waivers:\n  - budget: size\n')));
    expect(waiver.message).toBe(`${path}:2:5: waivers[0].reason: is missing`);
    expect(waiver.hint).toContain('until (YYYY-MM-DD)');
    const extra = 'waivers:\n  - {budget: a, reason: b, until: 2026-01-01, owner: c, expires: d}\n';
    expect(refusal(() => readSettings('input', {}, file(extra)))).toMatchObject({
      code: 'bad-setting',
      message: `${path}:2:5: waivers[0]: "expires" is not known here`,
    });
  });

  it('that is a day of a waiver is named with its own place and how to write it', () => {
    const waivers =
      'runs: 3\nwaivers:\n  - budget: a\n    reason: b\n    owner: c\n    until: "31.12.2026"\n';
    expect(refusal(() => readSettings('input', {}, file(waivers))).message).toBe(
      `${path}:6:12: waivers[0].until: "31.12.2026" is not a date; write YYYY-MM-DD`,
    );
  });

  it('is refused where two settings must come together', () => {
    expect(refusal(() => readSettings('input', { 'cert-file': 'a.pem' })).code).toBe('conflicting-settings');
  });
});

describe('budgets of the file', () => {
  const placed = (text: string, line: number, column: number) =>
    readSettings('input', {}, file(text)).placeInBudgets?.(line, column);

  it.each([
    ['a block', 'runs: 3\nbudgets: | # mine\n  layers <= 9\n\n  size < 6 GB\n', 3, 5, 8],
    ['an indented block', 'budgets: |2\n    layers <= 9\n', 1, 2, 10],
    ['a block with Windows line ends', 'budgets: |\r\n  layers <= 9\r\n  size < 6 GB\r\n', 2, 3, 8],
    ['a list', 'budgets:\n  - layers <= 9\n  - "size < 6 GB"\n', 2, 3, 11],
    ['one line', 'budgets: size < 6 GB\n', 1, 1, 15],
    ['an anchor', 'budgets: &all |\n  size < 6 GB\n', 1, 2, 8],
  ])('know where they stand in %s', (_, text, line, row, col) => {
    const column = text.includes('|2') ? 8 : 6;
    expect(placed(text, line, column)).toEqual({ where: `${path}:${row}:${col}`, line: row });
  });

  it('that YAML folded stand where they begin', () => {
    expect(placed('budgets: >\n  size\n  < 6 GB\n', 1, 1)?.where).toBe(`${path}:1:10`);
  });

  it('are in no place where an input overrides them', () => {
    const settings = readSettings('input', { budgets: 'layers <= 1' }, file('budgets: layers <= 2\n'));
    expect(settings.placeInBudgets).toBeUndefined();
  });
});

describe('what is odd about settings', () => {
  it.each([
    [{ tags: 'a/b', budgets: 'layers <= 1' }, ['tags are set, but push is not: nothing is pushed.']],
    [{ tags: 'a/b', push: 'true' }, ['No budgets are set: nothing is judged.']],
    [
      { soci: 'v2', budgets: 'layers <= 1', image: 'a' },
      ['soci is set, but push is not: nothing is indexed.'],
    ],
    [
      { 'soci-tag-suffix': '-soci', push: 'true', tags: 'a', budgets: 'layers <= 1' },
      ['soci-tag-suffix is set, but soci is not: nothing is published under it.'],
    ],
    [{ soci: 'v2', 'soci-tag-suffix': '-soci', push: 'true', tags: 'a', budgets: 'layers <= 1' }, []],
    [
      { purge: '/root/.netrc', budgets: 'layers <= 1' },
      ['purge is set, but relayer is not: nothing is purged.'],
    ],
    [
      { relayer: 'true', compression: 'zstd', soci: 'v2', push: 'true', tags: 'a', budgets: 'layers <= 1' },
      ['compression is zstd, which no SOCI index knows: new layers are pulled whole.'],
    ],
    [{ relayer: 'true', compression: 'zstd', budgets: 'layers <= 1' }, []],
    [{ budgets: 'layers <= 1' }, []],
  ])('is remarked on: %j', async (written: Record<string, string>, remarks) => {
    expect(remarksOn(readSettings('flag', written))).toEqual(remarks);
    const inputs = Object.entries(written).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
    expect((await settingsOfAction(Object.fromEntries(inputs))).remarks).toEqual(remarks);
  });
});

describe('inputs in the environment', () => {
  it('are the variables that a runner makes of them', () => {
    expect(
      writtenInputs({
        INPUT_RUNS: '3',
        'INPUT_PUSH-FORKS': 'true',
        PATH: '/bin',
        INPUTRC: 'x',
        INPUT_GONE: undefined,
      }),
    ).toEqual({ runs: '3', 'push-forks': 'true' });
  });
});
