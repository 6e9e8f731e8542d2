import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ActRepository } from './act.ts';
import { type GatekeeperOptions, startGatekeeper } from './gatekeeper.ts';
import { describeEngines, engine, type Registry, run, startRegistry } from './room.ts';

const platform = `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
const password = 'canary-f3a91c7e-0b52';

describeEngines('the built action in a workflow under act', ['act', 'crane', 'registry'], () => {
  let folder: string;
  let registry: Registry;
  let repository: ActRepository;

  const crane = (...args: string[]) => run(engine('crane'), [...args]);

  /** A layer of files that do not compress, as a tar archive. */
  async function layer(name: string, bytes: number): Promise<string> {
    const root = join(folder, name);
    await mkdir(root);
    await writeFile(join(root, `${name}.bin`), randomBytes(bytes));
    await run('tar', ['-C', root, '-cf', `${root}.tar`, '.']);
    return `${root}.tar`;
  }

  async function pushImage(reference: string, layers: readonly string[]): Promise<void> {
    await crane('append', '--oci-empty-base', ...layers.flatMap((path) => ['-f', path]), '-t', reference);
    await crane('mutate', '--set-platform', platform, '-t', reference, reference);
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'act-'));
    registry = await startRegistry({ kind: 'distribution-v3', storage: join(folder, 'registry') });
    const [base, old, fresh] = [
      await layer('base', 2_000_000),
      await layer('old', 300_000),
      await layer('fresh', 500_000),
    ];
    await pushImage(`${registry.host}/app:1.0`, [base, old]);
    await pushImage(`${registry.host}/app:1.1`, [base, fresh]);
    repository = await ActRepository.create(folder);
    await crane('pull', '--format', 'oci', `${registry.host}/app:1.0`, join(repository.folder, 'image'));
  });
  afterAll(async () => {
    await registry?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const variables = (limit: string, host = registry.host) => ({
    IMAGE: `${host}/app:1.1`,
    BASELINE: `${host}/app:1.0`,
    SIZE_LIMIT: limit,
  });

  test('passes within budget, later steps find the outputs, and the post step finds nothing to clean', async () => {
    const ran = await repository.workflow('gate.yml', { variables: variables('3 MB') });
    expect(ran.everything).toContain('jobResult":"success');
    expect(ran.job).toBe('success');
    expect(ran.summary).toContain('## ✅ pull-budget: pass, all 3 budgets hold');
    expect(ran.summary).toContain('| Budget | Limit | Baseline | Now | Change | Verdict |');
    expect(ran.printed('Tell')).toMatch(/^verdict=pass size=250\d{4} delta=50\d{4} time=\d+(\.\d+)?\n1\n$/);
    expect(ran.printed('Deploy')).toMatch(/deploying 127\.0\.0\.1:\d+\/app@sha256:[0-9a-f]{64}/);
    expect(ran.commands('group').join('')).toContain('::group::Measure\n');
    expect(ran.commands('error')).toEqual([]);
    expect(ran.printed('./', 'Post')).toMatch(
      /^Nothing to clean: the main step removed its scratch folder \//,
    );
  });

  test('fails beyond budget, shows the table, and steps that always run still find the outputs', async () => {
    const ran = await repository.workflow('gate.yml', { variables: variables('2 MB') });
    expect(ran.job).toBe('failure');
    expect(ran.result('./')).toBe('failure');
    expect(ran.result('Deploy')).not.toBe('success');
    expect(ran.printed('Tell')).toMatch(/^verdict=fail size=250\d{4} delta=50\d{4} time=\d+(\.\d+)?\n1\n$/);
    expect(ran.summary).toContain('## ❌ pull-budget: fail, 1 of 3 budgets exceeded');
    expect(ran.summary).toMatch(
      /\| <code>size &#60;= 2 MB<\/code> \| 2\.00 MB \| .* \| ❌ fail: 50\d kB over \|/,
    );
    expect(ran.commands('error')[0]).toMatch(/title=Budget exceeded%3A size <= 2 MB::.*over 2\.00 MB/);
    expect(ran.printed('./')).toContain('✗ fail');
  });

  test('an unknown input is a clear error', async () => {
    const ran = await repository.workflow('mistyped.yml');
    expect(ran.job).toBe('failure');
    expect(ran.commands('error').join('\n')).toMatch(
      /input "budgts" is not an input of this action.*budgets/s,
    );
    expect(ran.printed('./', 'Post')).toContain('Nothing to clean');
  });

  test('pushes an image of the workspace under every tag', async () => {
    const REPOSITORY = `${registry.host}/pushed`;
    const ran = await repository.workflow('push.yml', { variables: { REPOSITORY } });
    expect(ran.job).toBe('success');
    expect((await crane('ls', REPOSITORY)).stdout.split('\n').sort().join(' ').trim()).toBe('1.0 latest');
    const digest = (await crane('digest', `${REPOSITORY}:1.0`)).stdout.trim();
    expect(ran.printed('Tell')).toContain(`image=${REPOSITORY}@${digest}`);
  });

  test('pushes an image with its SOCI index beside the plain one, and keeps zTOCs for the next run', async () => {
    const REPOSITORY = `${registry.host}/indexed`;
    // The cache service tells entries apart by their paths, and act's folder for temporary files is never the same.
    const TEMP = join(folder, 'runner-temp');
    await mkdir(TEMP);
    const options = { variables: { REPOSITORY, TEMP }, cached: true } as const;
    const first = await repository.workflow('soci.yml', options);
    const second = await repository.workflow('soci.yml', options);
    for (const ran of [first, second]) {
      expect(ran.commands('error').join('')).toBe('');
      expect(ran.job).toBe('success');
      expect(ran.commands('warning').join('')).toBe('');
      const plain = JSON.parse((await crane('manifest', `${REPOSITORY}:1.0`)).stdout);
      expect(plain.annotations?.['com.amazon.soci.index-digest']).toBeUndefined();
      const digest = (await crane('digest', `${REPOSITORY}:1.0-soci`)).stdout.trim();
      const top = JSON.parse((await crane('manifest', `${REPOSITORY}:1.0-soci`)).stdout);
      const index = top.manifests[0].annotations['com.amazon.soci.index-digest'];
      expect(ran.printed('Tell').trim()).toBe(`index=${index} image=${digest}`);
      expect(ran.summary).toContain('SOCI index');
    }
    const row = (reused: string) =>
      new RegExp(`<code>linux/\\w+</code> \\| 2 of 2 \\| 100 % \\| [^|]+ \\| ${reused} \\|`);
    expect(first.summary).toMatch(row('–'));
    expect(second.summary).toMatch(row('2 layers'));
  });

  test('re-lays an image of the workspace, and finds the release before under latest', async () => {
    const REPOSITORY = `${registry.host}/relaid`;
    const options = { variables: { REPOSITORY } };
    const first = await repository.workflow('relayer.yml', options);
    expect(first.commands('error').join('')).toBe('');
    expect(first.job).toBe('success');
    expect(first.printed('Tell').trim()).toBe('delta= unpacked= reused=0');
    const second = await repository.workflow('relayer.yml', options);
    expect(second.job).toBe('success');
    expect(second.printed('Tell')).toMatch(/^delta=0 unpacked=0 reused=[1-9]\d*\n/);
    expect(second.summary).toContain('### Re-layered\n');
    expect(second.summary).toMatch(/A node with the baseline downloads 0 B of layers/);
    const manifest = JSON.parse((await crane('manifest', `${REPOSITORY}:1.0`)).stdout);
    const plan = manifest.annotations['vnd.pull-budget.layer-plan.digest'];
    expect(JSON.parse((await crane('blob', `${REPOSITORY}@${plan}`)).stdout)).toMatchObject({
      schemaVersion: 1,
    });
  });

  test("a fork's pull request pushes nothing, and is measured and judged all the same", async () => {
    const REPOSITORY = `${registry.host}/forked`;
    const payload = {
      repository: { full_name: 'acme/server' },
      pull_request: { number: 7, head: { repo: { full_name: 'mallory/server' } } },
    };
    const ran = await repository.workflow('push.yml', {
      event: 'pull_request',
      payload,
      variables: { REPOSITORY },
    });
    expect(ran.job).toBe('success');
    expect(ran.printed('Tell')).toContain('verdict=pass');
    expect(ran.commands('notice').join('\n')).toContain('mallory/server, a fork: nothing is pushed');
    expect(ran.summary).toContain('Pull times');
    expect((await run('curl', ['-s', `${registry.url}/v2/forked/tags/list`])).stdout).toContain(
      'NAME_UNKNOWN',
    );
  });

  /** Docker's configuration with the password of a registry, and what must not be seen of it. */
  async function dockerConfig(host: string): Promise<{ folder: string; forms: string[] }> {
    const auth = Buffer.from(`puller:${password}`).toString('base64');
    const docker = await mkdtemp(join(folder, 'docker-'));
    await writeFile(join(docker, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
    return { folder: docker, forms: [password, auth] };
  }

  /** The gate workflow against a registry that wants a password, which docker's configuration has. */
  async function behindGatekeeper(before?: GatekeeperOptions['before']) {
    const gatekeeper = await startGatekeeper({
      upstream: registry.host,
      username: 'puller',
      password,
      ...(before ? { before } : {}),
    });
    try {
      const docker = await dockerConfig(gatekeeper.host);
      const ran = await repository.workflow('gate.yml', {
        variables: { ...variables('3 MB', gatekeeper.host), REPORT: join(folder, 'report.json') },
        environment: { DOCKER_CONFIG: docker.folder },
      });
      return { ran, gatekeeper, forms: docker.forms };
    } finally {
      await gatekeeper.close();
    }
  }

  test('a password of the docker configuration stands in no log, summary, output or report', async () => {
    const { ran, gatekeeper, forms } = await behindGatekeeper();
    expect(ran.job).toBe('success');
    expect(gatekeeper.requests.length).toBeGreaterThan(5);
    const report = await readFile(join(folder, 'report.json'), 'utf8');
    expect(report).toContain(gatekeeper.host);
    for (const form of forms) expect(ran.everything + report).not.toContain(form);
  });

  test('not even where a registry repeats it in an error', async () => {
    const { ran, forms } = await behindGatekeeper(async (line, authorization) => {
      if (!line.startsWith('GET ')) return undefined;
      const message = `no ${password}, no ${authorization}`;
      return { status: 403, body: JSON.stringify({ errors: [{ code: 'DENIED', message }] }) };
    });
    expect(ran.job).toBe('failure');
    expect(ran.commands('error').join('\n')).toContain('***');
    for (const form of forms) expect(ran.everything).not.toContain(form);
  });

  test('nor in what the action writes where no runner masks it', async () => {
    const gatekeeper = await startGatekeeper({ upstream: registry.host, username: 'puller', password });
    const at = join(folder, 'bare');
    const docker = await dockerConfig(gatekeeper.host);
    await mkdir(at);
    const files = { GITHUB_OUTPUT: 'outputs', GITHUB_STATE: 'state', GITHUB_STEP_SUMMARY: 'summary' };
    for (const name of Object.values(files)) await writeFile(join(at, name), '');
    const { stdout, stderr } = await run(process.execPath, [join(repository.folder, 'dist/action.js')], {
      cwd: at,
      env: {
        ...Object.fromEntries(Object.entries(files).map(([key, name]) => [key, join(at, name)])),
        DOCKER_CONFIG: docker.folder,
        RUNNER_TEMP: at,
        INPUT_IMAGE: `${gatekeeper.host}/app:1.1`,
        INPUT_RUNS: '1',
      },
    });
    await gatekeeper.close();
    expect(await readdir(at)).toEqual(['outputs', 'pull-budget-report.json', 'state', 'summary']);
    const written = await Promise.all((await readdir(at)).map((name) => readFile(join(at, name), 'utf8')));
    const masks = stdout.split('\n').filter((line) => line.startsWith('::add-mask::'));
    const rest = stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    for (const form of docker.forms) {
      expect(masks).toContain(`::add-mask::${form}`);
      expect([...rest, stderr, ...written].join('\n')).not.toContain(form);
    }
  });

  test('a main step that is killed in mid-pull leaves a folder, and the post step removes it', async () => {
    let killed: number | undefined;
    const { ran } = await behindGatekeeper(async (line) => {
      if (!line.startsWith('GET /v2/app/blobs/') || killed !== undefined) return undefined;
      const pid = await processBelow(folder, 'dist/action.js');
      // The config is a blob too: pulls have begun once there is something in the scratch folder.
      if (!(await hasContent(pid))) return undefined;
      killed = pid;
      process.kill(pid, 'SIGKILL');
      return undefined;
    });
    expect(killed).toBeDefined();
    expect(ran.job).toBe('failure');
    const said = ran.printed('./', 'Post');
    expect(said).toMatch(
      /^Cleaned what the main step left: \S+\/pull-budget-run-\S+ with \d+ files and folders\./,
    );
  });
});

/** The one process of that program whose working folder is below `folder`. */
async function processBelow(folder: string, program: string): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      const at = await readlink(`/proc/${pid}/cwd`);
      if (command.includes(program) && /^\S*node\0/.test(command) && at.startsWith(folder))
        return Number(pid);
    } catch {
      // It has ended in the meantime.
    }
  }
  throw new Error(`no ${program} runs below ${folder}`);
}

/** Whether the scratch folder of an action has something in it. */
async function hasContent(pid: number): Promise<boolean> {
  const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
  const temp =
    environment.find((entry) => entry.startsWith('RUNNER_TEMP='))?.slice('RUNNER_TEMP='.length) ?? '';
  const [scratch] = (await readdir(temp)).filter((name) => name.startsWith('pull-budget-run-'));
  return scratch !== undefined && (await readdir(join(temp, scratch))).length > 0;
}
