import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type RegistryServer, serveLayout } from '../../src/content/registry/server.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import { describeEngines, engine, enterRoom, type Room, run } from './room.ts';

let folder: string;
let server: RegistryServer;

/** A registry over a layout of its own. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pull-budget-conformance-'));
  server = await serveLayout({ layout: join(folder, 'layout') });
  onTestFinished(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
});

/** The layout, opened by another than the server. */
const layout = () => openLayout(join(folder, 'layout'));

interface Spec {
  readonly name: string;
  readonly status: string;
}

/** What the suite reports of each of its tests. */
async function readReport(path: string): Promise<Spec[]> {
  const xml = await readFile(path, 'utf8');
  const cases = [...xml.matchAll(/<testcase name="([^"]*)"[^>]*? status="([^"]*)"/g)];
  return cases.map(([, name = '', status = '']) => ({ name, status }));
}

describeEngines('the conformance suite of the distribution spec', ['conformance'], () => {
  const parts = [
    ['Pull', 'OCI_TEST_PULL', 16],
    ['Push', 'OCI_TEST_PUSH', 24],
    ['Content Discovery', 'OCI_TEST_CONTENT_DISCOVERY', 8],
  ] as const;

  test('passes in its parts pull, push and content discovery', async () => {
    const suite = await run(engine('conformance'), [], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        OCI_ROOT_URL: server.url,
        OCI_NAMESPACE: 'conformance/one',
        OCI_CROSSMOUNT_NAMESPACE: 'conformance/two',
        OCI_AUTOMATIC_CROSSMOUNT: '1',
        ...Object.fromEntries(parts.map(([, variable]) => [variable, '1'])),
        OCI_REPORT_DIR: folder,
      },
    });
    expect(suite.stdout).toContain('0 Failed');
    const report = await readReport(join(folder, 'junit.xml'));
    expect(report.filter(({ status }) => status === 'failed')).toEqual([]);
    for (const [part, , least] of parts) {
      const specs = report.filter(({ name }) => name.includes(` ${part} `));
      const passed = specs.filter(({ status }) => status === 'passed');
      expect(passed.length, part).toBeGreaterThanOrEqual(least);
    }
  });
});

describeEngines('crane against the embedded registry', ['crane'], () => {
  const crane = (...args: readonly string[]) => run(engine('crane'), args);

  async function layerOf(name: string): Promise<string> {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'data'), randomBytes(3_000_000));
    const path = join(folder, `${name}.tar`);
    await run('tar', ['-C', join(folder, name), '-cf', path, '.']);
    return path;
  }

  test('an image that crane pushes is pulled, verified and found in the layout', async () => {
    const image = `${server.host}/team/app:v1`;
    const layers = [await layerOf('one'), await layerOf('two')];
    await crane('append', '--new_tag', image, ...layers.flatMap((layer) => ['--new_layer', layer]));
    const digest = (await crane('digest', image)).stdout.trim();
    expect((await (await layout()).resolve('v1')).digest).toBe(digest);
    await crane('validate', '--remote', image);
    await crane('pull', '--format=oci', image, join(folder, 'pulled'));
    expect((await (await openLayout(join(folder, 'pulled'))).resolve()).digest).toBe(digest);
  });

  test('an image is copied to another repository without its blobs being sent again', async () => {
    const image = `${server.host}/team/app:v1`;
    await crane('append', '--new_tag', image, '--new_layer', await layerOf('one'));
    const received = [...server.traffic.received.values()];
    await crane('copy', image, `${server.host}/other/app:v2`);
    expect([...server.traffic.received.values()]).toEqual(received);
    expect((await crane('ls', `${server.host}/other/app`)).stdout).toBe('v2\n');
    expect((await crane('ls', `${server.host}/team/app`)).stdout).toBe('v1\n');
  });
});

describeEngines('skopeo against the embedded registry', ['room', 'crane'], () => {
  let room: Room;

  beforeAll(async () => {
    room = await enterRoom();
  });

  afterAll(() => room.leave());

  test('an image goes in and comes out as it was', async () => {
    await room.bind(folder);
    const layer = join(folder, 'layer.tar');
    await writeFile(join(folder, 'data'), randomBytes(3_000_000));
    await run('tar', ['-C', folder, '-cf', layer, 'data']);
    await run(engine('crane'), ['append', '--new_tag', `${server.host}/a:v1`, '--new_layer', layer]);
    const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    const copy = (from: string, to: string) => room.run(['skopeo', 'copy', ...plain, from, to]);
    // skopeo turns crane's Docker image into an OCI one here; from then on nothing may change.
    await copy(`docker://${server.host}/a:v1`, `oci:${folder}/out:v1`);
    await copy(`oci:${folder}/out:v1`, `docker://${server.host}/b:v1`);
    await copy(`docker://${server.host}/b:v1`, `oci:${folder}/back:v1`);
    const { digest } = await (await openLayout(join(folder, 'out'))).resolve('v1');
    expect((await (await openLayout(join(folder, 'back'))).resolve('v1')).digest).toBe(digest);
    const { entries } = await (await layout()).index();
    const inB = entries.find((entry) => entry.annotations?.['dev.pull-budget.repository'] === 'b');
    expect(inB?.digest).toBe(digest);
    const inspect = ['skopeo', 'inspect', '--tls-verify=false', `docker://${server.host}/b:v1`];
    expect(JSON.parse((await room.run(inspect)).stdout).RepoTags).toEqual(['v1']);
  });
});
