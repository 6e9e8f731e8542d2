import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { serveLayout } from '../../src/content/registry/server.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import { report as reportSchema } from '../../src/facts/report.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { FakeRegistry } from '../content/registry/fake-registry.ts';
import { makePlace, writeImage } from '../pipeline/pipeline.ts';

// A test does not empty the page cache of the machine that it runs on.
vi.mock('../../src/stages/measure/host.ts', async (original) => ({
  ...(await original<typeof import('../../src/stages/measure/host.ts')>()),
  thisHost: { dropPageCache: async () => true, pause: async () => {} },
}));

const base = makeLayer({ base: Buffer.alloc(3000, 'base') });
const old = makeLayer({ app: Buffer.from('old') });
const recent = makeLayer({ app: Buffer.from('recent') });

async function releases() {
  const place = await makePlace();
  await writeImage(place.layout, [base, old], { tag: '1' });
  await writeImage(place.layout, [base, recent], { tag: '2' });
  const call = async (...args: string[]) => {
    const written = { out: '', err: '' };
    const scratch = args[0] === 'gate' ? [] : ['--scratch', place.scratch];
    const code = await runCommandLine([...args, ...scratch], {
      stdout: { write: (text: string) => (written.out += text) },
      stderr: { write: (text: string) => (written.err += text) },
      environment: {},
    });
    return { code, ...written };
  };
  return { ...place, call };
}

async function registry(folder: string) {
  const server = await serveLayout({ layout: await openLayout(join(folder, 'registry'), { create: true }) });
  onTestFinished(() => server.close());
  return server;
}

describe('run', () => {
  test('pushes, measures against the release before, and exits by the verdict', async () => {
    const { folder, path, call, left } = await releases();
    const { host } = await registry(folder);
    const report = join(folder, 'reports', 'report.json');
    const run = (tag: string, ...more: string[]) =>
      call(
        'run',
        `oci:${path}:${tag}`,
        '--push',
        '--tags',
        `${host}/app:${tag}`,
        '--tags',
        `${host}/app:latest`,
        ...more,
      );
    const first = await run('1', '--runs', '0', '--budgets', 'layers <= 2');
    expect(first.code).toBe(0);
    expect(first.out).toContain(`Pushed to ${host}/app:1, ${host}/app:latest.`);
    const against = ['--baseline', `${host}/app:latest`, '--runs', '1', '--report', report];
    const passed = await run(
      '2',
      ...against,
      '--budgets',
      'delta <= 1 MB',
      '--budgets',
      'pull-time <= 1 min',
    );
    expect(passed.code).toBe(0);
    expect(passed.out).toContain('pull-budget: pass, all 2 budgets hold');
    expect(passed.err).toMatch(/^Resolve\nPush\n/);
    expect(passed.err).toMatch(/^.*app:2, .*app:latest is sha256:[0-9a-f]{64}\.$/m);
    const facts = reportSchema.parse(JSON.parse(await readFile(report, 'utf8')));
    expect(facts.measurement?.samples).toHaveLength(2);
    expect(facts.pushed).toEqual([`${host}/app:2`, `${host}/app:latest`]);

    // What was measured can be judged again, by other budgets and without the registry.
    const again = await call('gate', '--report', report, '--budgets', 'pull-time <= 0.001 ms');
    expect(again.code).toBe(1);
    expect(again.out).toContain('fail: ');
    expect(await left()).toEqual([]);
  });

  test('shows what it found out also where the report cannot be written', async () => {
    const { path, call } = await releases();
    const { code, out, err } = await call(
      'run',
      `oci:${path}:2`,
      '--runs',
      '0',
      '--budgets',
      'layers <= 2',
      '--report',
      '/dev/null/report.json',
    );
    expect(code).toBe(2);
    expect(out).toContain('pull-budget: pass');
    expect(err).toMatch(/^error: \/dev\/null\/report.json cannot be written: /m);
  });
});

describe('measure', () => {
  test('says how long a pull took, and takes budgets for nothing', async () => {
    const { path, call, left } = await releases();
    const { code, out } = await call('measure', `oci:${path}:2`, '--runs', '2');
    expect(code).toBe(0);
    expect(out).toMatch(/^pull-budget: pulled in [\d.]+ m?s, the median of 2\n/);
    expect(await left()).toEqual([]);
  });

  test('has nothing to do without runs', async () => {
    const { path, call } = await releases();
    expect(await call('measure', `oci:${path}:2`, '--runs', '0')).toMatchObject({
      code: 2,
      err: expect.stringContaining('nothing to measure'),
    });
  });

  test('fails as infrastructure does where no pull ends well', async () => {
    const { path, layout, call } = await releases();
    const fault = ({ path }: { path: string }) =>
      path.includes(recent.descriptor.digest) ? { status: 503 } : undefined;
    await using fake = await FakeRegistry.start({ fault });
    const top = await layout.readManifest(await layout.resolve('2'));
    fake.putManifest('app', Buffer.from(top.raw), top.descriptor.mediaType, '2');
    if (top.kind !== 'image') throw new Error('no image');
    for (const { digest } of [top.config, ...top.layers]) {
      fake.putBlob('app', await readFile(join(path, 'blobs', ...digest.split(':'))));
    }
    const { code, out } = await call('measure', `${fake.host}/app:2`, '--runs', '1', '--attempts', '1');
    expect(code).toBe(3);
    expect(out).toMatch(/^pull-budget: no pull of the image ended well\n/);
    expect(out).toContain('registry-unavailable');
  });
});
