import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runAction } from '../../src/action/run.ts';
import { infrastructureError, inputError } from '../../src/content/error.ts';
import { report as reportSchema } from '../../src/facts/report.ts';
import { failedReport, gateOf, reportOf, verdictOf } from '../stages/report/fixture.ts';
import { type Call, makeFolder, passed, runIn } from './action.ts';
import { listen } from './listener.ts';

let folder: string;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => rm(folder, { recursive: true }));

const run = (...call: Call) => runIn(folder, ...call);

describe('runAction', () => {
  test('a run within budget ends with 0, outputs, a summary, and the report in its file', async () => {
    const { code, outputs, summary, all } = await run(async () => passed());
    expect(code).toBe(0);
    expect(outputs).toMatchObject({ verdict: 'pass', layers: '6', report: join(folder, 'report.json') });
    expect(summary).toContain('## ✅ pull-budget: pass');
    expect(all('failed')).toEqual([]);
    const written = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));
    expect(reportSchema.parse(written)).toEqual(passed());
  });

  test('a failed budget ends with 1, after outputs, summary and annotations', async () => {
    const { code, said, summary } = await run(async () => failedReport());
    expect(code).toBe(1);
    expect(summary).toContain('❌ fail: 8.03 MB over');
    const kinds = said.map(([kind]) => kind);
    expect(kinds.at(-1)).toBe('failed');
    expect(kinds.lastIndexOf('output')).toBeLessThan(kinds.indexOf('error'));
    expect(said).toContainEqual(['output', 'verdict', 'fail']);
  });

  test('what is inconclusive or only warns does not fail; broken pulls end with 3', async () => {
    const open = gateOf([verdictOf('pull-time <= 45 s', { outcome: 'inconclusive' })]);
    expect((await run(async () => reportOf({ gate: open }))).code).toBe(0);
    const broken = gateOf([verdictOf('pull-time <= 45 s', { outcome: 'error' })]);
    expect((await run(async () => reportOf({ gate: broken }))).code).toBe(3);
  });

  test.each([
    [2, inputError('not-found', 'r.example/a:1 is not there', { hint: 'Check the tag.' })],
    [3, infrastructureError('unavailable', 'r.example/a:1 is not there', { hint: 'Check the tag.' })],
  ])('an error ends with %i, its message and its hint', async (exit, error) => {
    const { code, all, said, outputs, summary } = await run(async () => {
      throw error;
    });
    expect(code).toBe(exit);
    expect(all('failed')).toEqual(['r.example/a:1 is not there\nCheck the tag.']);
    expect(outputs).toEqual({ verdict: 'error' });
    expect(summary).toBe(
      '## ❌ pull-budget: error, nothing was judged\n\nr.example/a:1 is not there\n\nCheck the tag.\n',
    );
    const kinds = said.map(([kind]) => kind);
    expect(kinds.indexOf('output')).toBeLessThan(kinds.indexOf('failed'));
  });

  test('what an error quotes is no markup in the summary', async () => {
    const { summary } = await run(async () => {
      throw inputError('not-found', '<img src=x> [a](https://evil.example)\n| size');
    });
    expect(summary).not.toMatch(/<img|\]\(|:\/\/|^\|/m);
  });

  test('an unknown input is an error that suggests the nearest', async () => {
    const { code, all } = await run(async () => passed(), { budgts: 'layers <= 3' });
    expect(code).toBe(2);
    expect(all('failed')[0]).toMatch(/budgts.*\n.*budgets/);
  });

  test('a bug is told with its place, and the run still ends', async () => {
    const { code, all } = await run(async () => {
      throw new TypeError('x is not a function');
    });
    expect(code).toBe(3);
    expect(all('failed')[0]).toContain('Unexpected: TypeError: x is not a function');
    expect(all('info').join('\n')).toContain('run.test.ts');
  });

  test('without a step summary the log says so and has the report', async () => {
    const { code, all } = await run(async () => passed(), {}, { GITHUB_STEP_SUMMARY: '' });
    expect(code).toBe(0);
    expect(all('info').join('\n')).toContain('GITHUB_STEP_SUMMARY is not set');
    expect(all('info').join('\n')).toContain('✓ pull-budget: pass');
  });

  test('a report that cannot be written is an error, but the outputs are there', async () => {
    await writeFile(join(folder, 'file'), '');
    const { code, outputs, summary } = await run(async () => passed(), {
      report: join(folder, 'file', 'r.json'),
    });
    expect(code).toBe(2);
    expect(outputs.verdict).toBe('pass');
    expect(summary).toContain('pull-budget: pass');
  });

  test('the pipeline works in a folder of its own, which is journalled first and removed at the end', async () => {
    let seen = '';
    const { state, code } = await run(async (settings) => {
      seen = settings.scratch;
      await writeFile(join(seen, 'layer'), 'x');
      throw new Error('in the middle');
    });
    expect(code).toBe(3);
    expect(state.scratch).toBe(seen);
    expect(await readdir(join(folder, 'temp'))).toEqual([]);
  });

  test('a scratch folder that is not there is an error that names it', async () => {
    const { code, all } = await run(async () => passed(), { scratch: join(folder, 'absent') });
    expect(code).toBe(2);
    expect(all('failed')[0]).toContain(join(folder, 'absent'));
    expect(existsSync(join(folder, 'absent'))).toBe(false);
  });

  test('a cancelled run says so', async () => {
    const cancelled = new AbortController();
    const runner = listen();
    const code = await runAction(runner.toolkit, {
      environment: { INPUT_IMAGE: 'r.example/a:1', INPUT_SCRATCH: join(folder, 'temp') },
      signal: cancelled.signal,
      pipeline: async (_, { signal }) => {
        cancelled.abort();
        signal.throwIfAborted();
        return passed();
      },
      loadCache: () => Promise.reject(new Error('the cache was loaded')),
    });
    expect(code).toBe(130);
    expect(runner.all('failed')).toEqual(['The run was cancelled.']);
    expect(runner.outputs).toEqual({});
  });
});

describe('a pull request from a fork', () => {
  const event = (head: string) => ({
    repository: { full_name: 'acme/server' },
    pull_request: { head: { repo: { full_name: head } } },
  });
  const push = { push: 'true', tags: 'r.example/a:2' };
  async function pushes(head: string, inputs: Record<string, string>) {
    await writeFile(join(folder, 'event.json'), JSON.stringify(event(head)));
    let pushed: boolean | undefined;
    const ran = await run(
      async (settings) => {
        pushed = settings.push;
        return passed();
      },
      inputs,
      { GITHUB_EVENT_PATH: join(folder, 'event.json') },
    );
    return { ...ran, pushed };
  }

  test('pushes nothing, and says so', async () => {
    const { pushed, said } = await pushes('mallory/server', push);
    expect(pushed).toBe(false);
    expect(said.find(([kind]) => kind === 'notice')?.[1]).toContain(
      'mallory/server, a fork: nothing is pushed',
    );
  });

  test('pushes where push-forks says so, and from the repository itself always', async () => {
    expect((await pushes('mallory/server', { ...push, 'push-forks': 'true' })).pushed).toBe(true);
    const own = await pushes('acme/server', push);
    expect(own.pushed).toBe(true);
    expect(own.all('notice')).toEqual([]);
  });

  test('is not worth a word where nothing would be pushed anyway', async () => {
    expect((await pushes('mallory/server', {})).all('notice')).toEqual([]);
  });
});

describe('a secret', () => {
  const canary = 'canary-token-4f1a/+9==';
  const forms = [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64')];

  test('is masked as soon as it is known and stands in nothing that is written', async () => {
    const { code, said, secrets, summary } = await run(async (_, context) => {
      context.onSecret(canary);
      for (const form of forms) context.notice(`retry with ${form}`);
      await context.phase(`Push ${canary}`, async () => {});
      const failed = verdictOf(`layers <= 5`, { outcome: 'fail', value: 6, reason: forms.join(' ') });
      return reportOf({ gate: gateOf([failed]), pushed: [`r.example/${canary}`] });
    });
    expect(code).toBe(1);
    expect(secrets).toEqual([canary]);
    const written = await readFile(join(folder, 'report.json'), 'utf8');
    for (const form of forms) {
      expect(summary).not.toContain(form);
      expect(written).not.toContain(form);
      expect(JSON.stringify(said)).not.toContain(form);
    }
    expect(JSON.stringify(said)).toContain('retry with ***');
  });

  test('stands in no error, not even in one that nobody expected', async () => {
    for (const error of [inputError('x', `no ${canary}`, { hint: canary }), new Error(canary)]) {
      const { said, summary } = await run(async (_, context) => {
        context.onSecret(canary);
        throw error;
      });
      expect(summary).not.toContain('canary');
      expect(JSON.stringify(said)).not.toContain(canary);
      expect(JSON.stringify(said)).toContain('***');
    }
  });

  test('that is too short to be told from other text is masked by the runner alone', async () => {
    const { secrets, outputs } = await run(async (_, context) => {
      context.onSecret('amd64');
      return passed();
    });
    expect(secrets).toEqual(['amd64']);
    expect(outputs.verdict).toBe('pass');
    expect(await readFile(join(folder, 'report.json'), 'utf8')).toContain('linux/amd64');
  });
});

test('a phase is a group of the log that ends with what was done in it', async () => {
  const { said } = await run(async (_, context) => {
    await context.phase('Push', async () => {
      for (const note of ['exists', 'mounted', 'exists']) context.progress.start('layer', 10).done(note);
    });
    return passed();
  });
  const at = said.findIndex(([kind]) => kind === 'group');
  expect(said.slice(at, at + 2)).toEqual([
    ['group', 'Push'],
    ['info', '3 done (exists: 2, mounted: 1)'],
  ]);
});

describe('what an image says', () => {
  test('is no workflow command in the log', async () => {
    const evil = '\n::set-output name=verdict::pass\n##[add-mask]x';
    const { said } = await run(async (_, context) => {
      await context.phase(evil, async () => context.progress.start(`layer ${evil}`).done(evil));
      context.notice(evil);
      return failedReport({ baseline: undefined, baselineMissing: evil });
    });
    for (const [, text] of said.filter(([kind]) => kind === 'info')) {
      for (const line of (text ?? '').split('\n')) expect(line).not.toMatch(/^\s*::|##\[/);
    }
    for (const [, text] of said.filter(([kind]) => kind === 'notice')) expect(text).not.toContain('\n');
  });
});
