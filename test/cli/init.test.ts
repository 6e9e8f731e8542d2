import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { loadSettings } from '../../src/config/file.ts';
import { parseBudgets } from '../../src/stages/gate/budgets.ts';
import { writeImage } from './images.ts';

const home = process.cwd();
const settings = '.github/pull-budget.yml';
const workflow = '.github/workflows/pull-budget.yml';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pull-budget-init-'));
  process.chdir(folder);
  await writeImage('image', 'v1', [{ architecture: 'amd64', layers: ['a'.repeat(1000), 'b'] }]);
});
afterEach(() => rm('.github', { recursive: true, force: true }));
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

async function init(...args: string[]) {
  const written = { out: '', err: '' };
  const code = await runCommandLine(['init', 'oci:image:v1', ...args], {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    environment: {},
  });
  return { code, ...written };
}

describe('init', () => {
  it('writes budgets that can be read, and says so', async () => {
    const { code, out, err } = await init();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Wrote ${settings}`);
    const { budgets } = await loadSettings('flag', {});
    expect(parseBudgets(budgets).map(({ metric }) => metric)).toContain('size');
  });

  it("writes README's first workflow, of whatever image, with the budgets in their file", async () => {
    const { out } = await init();
    expect(out).toContain('Next: look through both, commit them, and open a pull request.');
    const written = parse(await readFile(workflow, 'utf8'));
    const readme = await readFile(join(home, 'README.md'), 'utf8');
    const shown = parse(/## Your first workflow\n+```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '');
    const own = written.jobs.image.steps.at(-1).with;
    const { budgets, ...rest } = shown.jobs.image.steps.at(-1).with;
    expect(budgets).toContain('size');
    expect(Object.keys(own)).toEqual(Object.keys(rest));
    expect(own).toEqual({
      image: 'oci:image',
      push: true,
      tags: `ghcr.io/\${{ github.repository }}:pr-\${{ github.event.number }}`,
      baseline: `ghcr.io/\${{ github.repository }}:latest`,
    });
    shown.jobs.image.steps.at(-1).with = own;
    expect(written).toEqual(shown);
  });

  it('overwrites only when forced', async () => {
    await init();
    const written = await readFile(settings, 'utf8');
    await writeFile(settings, '# mine\n');
    expect(await init()).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${settings} is there already`),
    });
    expect(await readFile(settings, 'utf8')).toBe('# mine\n');
    expect((await init('--force')).code).toBe(0);
    expect(await readFile(settings, 'utf8')).toBe(written);
  });

  it('writes nothing where one of the two is there', async () => {
    await init();
    await rm(settings);
    expect((await init()).code).toBe(2);
    await expect(access(settings)).rejects.toThrow('ENOENT');
  });
});
