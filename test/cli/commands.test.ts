import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { report as reportSchema } from '../../src/facts/report.ts';
import { writeImage } from './images.ts';

let folder: string;
let layout: string;
let settingsFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pull-budget-cli-'));
  layout = join(folder, 'images');
  settingsFile = join(folder, 'settings.yml');
  await writeFile(settingsFile, '');
  const base = 'b'.repeat(5000);
  await writeImage(layout, 'v1', [{ architecture: 'amd64', layers: [base, 'old'.repeat(100)] }]);
  await writeImage(layout, 'v2', [
    { architecture: 'amd64', layers: [base, 'new'.repeat(200), 'app'.repeat(50)] },
    { architecture: 'arm64', layers: ['arm'.repeat(10)] },
  ]);
});
afterAll(() => rm(folder, { recursive: true }));

/** Calls a command as a terminal would, with nobody watching; the settings file is an empty one. */
const call = (...args: string[]) => callWith(settingsFile, ...args);

async function callWith(config: string, ...args: string[]) {
  const written = { out: '', err: '' };
  const code = await runCommandLine([...args, '--config', config], {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    environment: {},
  });
  return { code, ...written };
}

describe('inspect', () => {
  it('shows platforms and layers, the lowest first, in lines without escape sequences', async () => {
    const { code, out, err } = await call('inspect', `oci:${layout}:v2`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/An index of 2 platforms\./);
    expect(out).toMatch(/linux\/amd64: [\d.]+ kB to download, 3 layers/);
    expect(out).toMatch(/ 1 {2}[0-9a-f]{12} {2}5\.00 kB {2}█+.? +\d\d\.\d % {2}RUN make bbbbbbbb\n/);
    expect(out).not.toContain('\x1b');
  });

  it('keeps to the platforms that are asked for', async () => {
    const { out } = await call('inspect', `oci:${layout}:v2`, '--platforms', 'linux/arm64');
    expect(out).toContain('linux/arm64');
    expect(out).not.toContain('linux/amd64');
  });

  it('prints one JSON document that is a report', async () => {
    const { out } = await call('inspect', `oci:${layout}:v1`, '--json');
    expect(reportSchema.parse(JSON.parse(out)).image.platforms[0]?.layers).toHaveLength(2);
  });

  it('reads no layer', async () => {
    const bare = join(folder, 'bare');
    await writeImage(bare, 'v1', [{ architecture: 'amd64', layers: ['gone'] }]);
    const { out } = await call('inspect', `oci:${bare}:v1`, '--json');
    const digest = JSON.parse(out).image.platforms[0].layers[0].digest as string;
    await rm(join(bare, 'blobs', ...digest.split(':')));
    expect((await call('inspect', `oci:${bare}:v1`)).code).toBe(0);
  });
});

describe('a command', () => {
  it('does not hear what the settings file has for others', async () => {
    const shared = join(folder, 'shared.yml');
    await writeFile(shared, `baseline: oci:${join(folder, 'gone')}\npush: true\nbudgets: nonsense\n`);
    expect(await callWith(shared, 'inspect', `oci:${layout}:v1`)).toMatchObject({ code: 0, err: '' });
  });

  it('takes its image from the settings file where none is written', async () => {
    const named = join(folder, 'named.yml');
    await writeFile(named, `image: oci:${layout}:v2\nbudgets: layers <= 3\n`);
    expect((await callWith(named, 'gate')).code).toBe(0);
    expect((await callWith(named, 'gate', `oci:${layout}:v1`, '--budgets', 'layers <= 1')).code).toBe(1);
  });
});

describe('diff', () => {
  it('tells what a node with the baseline downloads, and names the new layers', async () => {
    const { code, out } = await call('diff', `oci:${layout}:v1`, `oci:${layout}:v2`);
    expect(code).toBe(0);
    expect(out).toMatch(/^[\d.]+ kB to download for a node that holds the baseline\n/);
    expect(out).toContain('keeps 1 of 3 layers');
    expect(out).toContain('make newnewne');
    expect(out).not.toContain('make bbbb');
    expect(out).toContain('has no image of this platform');
  });

  it('finds nothing to download between an image and itself', async () => {
    const { out } = await call('diff', `oci:${layout}:v1`, `oci:${layout}:v1`);
    expect(out).toMatch(/^Nothing to download/);
  });

  it('needs a baseline that is there', async () => {
    const { code, err } = await call('diff', `oci:${layout}:v0`, `oci:${layout}:v1`);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: .*v0/);
  });
});

describe('copy', () => {
  it('copies every platform and says what it did, progress beside it', async () => {
    const target = `oci:${join(folder, 'copied')}:v2`;
    const first = await call('copy', `oci:${layout}:v2`, target, '--json');
    expect(first.code).toBe(0);
    expect(JSON.parse(first.out)).toMatchObject({ destination: target, blobs: { written: 6, existed: 0 } });
    expect(first.err).toMatch(/^Copy oci:.*\n {2}6 done, /);
    const again = await call('copy', `oci:${layout}:v2`, target);
    expect(again.out).toMatch(/ is sha256:[0-9a-f]{64}\n0 blobs written \(0 B\), 6 were there\.\n$/);
    expect((await call('diff', `oci:${layout}:v2`, target)).out).toMatch(/^Nothing to download/);
  });

  it('is silent beside its result with --quiet', async () => {
    const { err } = await call('copy', `oci:${layout}:v1`, `oci:${join(folder, 'quiet')}:v1`, '--quiet');
    expect(err).toBe('');
  });

  it('refuses what is no image name', async () => {
    const { code, err } = await call('copy', `oci:${layout}:v1`, 's3://bucket/x');
    expect(code).toBe(2);
    expect(err).toBe(
      'error: "s3://bucket/x": unknown transport "s3"\nKnown transports: docker://, oci:, oci-archive:, docker-archive:, docker-daemon:.\n',
    );
  });
});

describe('gate', () => {
  it('passes and fails an image by its sizes', async () => {
    const passed = await call('gate', `oci:${layout}:v2`, '--budgets', 'size <= 1 MB');
    expect({ code: passed.code, err: passed.err }).toMatchObject({ code: 0 });
    const failed = await call('gate', `oci:${layout}:v2`, '--budgets', 'size <= 1 kB', '--json');
    expect(failed.code).toBe(1);
    expect(reportSchema.parse(JSON.parse(failed.out)).gate?.outcome).toBe('fail');
  });

  it('judges a stored report again, by budgets of today', async () => {
    const path = join(folder, 'report.json');
    const { out } = await call('diff', `oci:${layout}:v1`, `oci:${layout}:v2`, '--json');
    await writeFile(path, out);
    expect((await call('gate', '--report', path, '--budgets', 'delta <= 1 MB')).code).toBe(0);
    const failed = await call('gate', '--report', path, '--budgets', 'delta <= 100 B');
    expect(failed.code).toBe(1);
    expect(failed.out).toContain('delta <= 100 B');
  });

  it('points at what is wrong in a budget', async () => {
    const { code, err } = await call('gate', `oci:${layout}:v1`, '--budgets', 'size < 6 GB');
    expect(code).toBe(2);
    expect(err).toMatch(/line 1, column 6/);
    expect(err).toMatch(/^ {2}1 \| size < 6 GB\n {4}\| {6}\^/m);
  });

  it('judges a report by the budgets that it holds where none are given', async () => {
    const path = join(folder, 'judged.json');
    await call('run', `oci:${layout}:v2`, '--runs', '0', '--budgets', 'layers <= 2', '--report', path);
    const again = await call('gate', '--report', path);
    expect(again.code).toBe(1);
    expect(again.out).toContain('layers <= 2');
    expect(again.err).toMatch(/^Judged from .*judged\.json, written at \d{4}-/);
    const bare = join(folder, 'bare.json');
    await call('run', `oci:${layout}:v2`, '--runs', '0', '--report', bare);
    expect(await call('gate', '--report', bare)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no budgets are set'),
    });
  });

  it.each([
    ['delta <= 5 MB', 'is against a baseline, and none is named\nSet baseline '],
    ['size <= baseline + 5%', 'is against a baseline, and none is named\nSet baseline '],
    ['pull-time <= 5 s', 'needs pulls, and nothing is measured\nSet runs above 0, or judge a report'],
    ['size[linux/s390x] <= 5 MB', 'lacks\nIt has linux/'],
  ])('refuses what can never be judged, of an image and of a report: %s', async (budget, says) => {
    const path = join(folder, 'sizes.json');
    await writeFile(path, (await call('inspect', `oci:${layout}:v1`, '--json')).out);
    for (const of of [[`oci:${layout}:v1`], ['--report', path]]) {
      const { code, err } = await call('gate', ...of, '--budgets', budget);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(says) });
      expect(err).toContain(`budget "${budget}"`);
    }
  });

  it('points into the settings file', async () => {
    const bad = join(folder, 'bad-budget.yml');
    await writeFile(bad, 'runs: 3\nbudgets: |\n  layers <= 9\n  size < 6 GB\n');
    const { code, err } = await callWith(bad, 'gate', `oci:${layout}:v1`);
    expect(code).toBe(2);
    expect(err).toContain(`error: ${bad}:4:8: expected "<=", found "<"\n  4 | size < 6 GB\n`);
  });

  it('needs budgets, and a report that is one', async () => {
    expect(await call('gate', `oci:${layout}:v1`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no budgets'),
    });
    const both = await call('gate', `oci:${layout}:v1`, '--report', settingsFile, '--budgets', 'layers <= 1');
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('--report brings its own image') });
    const other = await call('gate', '--report', settingsFile, '--budgets', 'layers <= 1', '--verbose');
    expect(other.code).toBe(2);
    expect(other.err).toContain('is not a report');
    expect(other.err).toMatch(/^caused by: SyntaxError: /m);
  });
});

describe('an error', () => {
  it('keeps standard output empty, but for its document with --json', async () => {
    const { code, out, err } = await call('inspect', `oci:${join(folder, 'gone')}`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: .*\n.+\n$/);
    const asked = await call('inspect', `oci:${join(folder, 'gone')}`, '--json');
    expect(asked).toMatchObject({ code: 2, err });
    expect(JSON.parse(asked.out)).toMatchObject({ error: { code: 'no-layout', exitCode: 2 } });
  });

  it('in the settings file is told with its place', async () => {
    const bad = join(folder, 'bad.yml');
    await writeFile(bad, 'runs: 3\nbudget: size <= 1 GB\n');
    const { code, err } = await callWith(bad, 'inspect', `oci:${layout}:v1`);
    expect(code).toBe(2);
    expect(err).toBe(
      `error: ${bad}:2:9: "budget" is not a key of the settings file\nDid you mean "budgets"?\n`,
    );
  });
});

describe('a report', () => {
  it('is written where --report says, folders included', async () => {
    const path = join(folder, 'deep', 'er', 'report.json');
    const { code } = await call(
      'run',
      `oci:${layout}:v1`,
      '--runs',
      '0',
      '--report',
      path,
      '--budgets',
      'layers <= 9',
    );
    expect(code).toBe(0);
    expect(reportSchema.parse(JSON.parse(await readFile(path, 'utf8'))).gate?.verdicts).toHaveLength(1);
  });
});
