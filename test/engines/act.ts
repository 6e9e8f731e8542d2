/** Runs real workflow files with the built action under act, as a self-hosted runner would. */
import { spawn } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { engine, run } from './room.ts';

const checkout = join(import.meta.dirname, '../..');

/** A line of act's log (`--json`); of a workflow command also which and what. */
interface LogEntry {
  readonly msg: string;
  /** Of what a program printed, not act. */
  readonly raw_output?: boolean;
  readonly stage?: 'Pre' | 'Main' | 'Post';
  readonly step?: string;
  readonly stepResult?: 'success' | 'failure' | 'skipped';
  readonly jobResult?: 'success' | 'failure';
  readonly command?: string;
  readonly arg?: string;
  readonly name?: string;
  readonly content?: string;
  /** The command as it was printed; what act makes of its properties is not what GitHub does. */
  readonly raw?: string;
}

export interface WorkflowRun {
  readonly job: 'success' | 'failure' | undefined;
  /** What a step printed: of `./` the action itself, of its stage. */
  printed(step: string, stage?: LogEntry['stage']): string;
  result(step: string, stage?: LogEntry['stage']): LogEntry['stepResult'];
  /** Workflow commands as printed: `::error title=…::…`. */
  commands(name: 'error' | 'warning' | 'notice' | 'group'): string[];
  readonly outputs: Readonly<Record<string, string>>;
  /** The step summary. */
  readonly summary: string;
  /** All that somebody who reads the log would see, and all that the action wrote: secrets' masks left out. */
  readonly everything: string;
}

export interface WorkflowOptions {
  readonly event?: 'push' | 'pull_request';
  readonly payload?: unknown;
  /** Variables of the repository: `vars` in workflows. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** With act's cache service, which keeps what it is given from one run to the next. */
  readonly cached?: true;
}

/** A repository with the action at its root, in a folder of its own so that this checkout stays clean. */
export class ActRepository {
  readonly folder: string;
  readonly #home: string;

  private constructor(folder: string, home: string) {
    this.folder = folder;
    this.#home = home;
  }

  static async create(under: string): Promise<ActRepository> {
    const [folder, home] = [join(under, 'repository'), join(under, 'home')];
    await mkdir(join(folder, '.github'), { recursive: true });
    await mkdir(home);
    await cp(join(checkout, 'dist'), join(folder, 'dist'), { recursive: true });
    await cp(join(checkout, 'action.yml'), join(folder, 'action.yml'));
    await cp(join(checkout, 'test/workflows'), join(folder, '.github/workflows'), { recursive: true });
    const git = (...args: string[]) =>
      run('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t.example', ...args]);
    await git('init', '--quiet', '--initial-branch', 'main');
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'The action');
    return new ActRepository(folder, home);
  }

  /** Runs one workflow to its end. Nothing is fetched: the checkout is act's own, other actions are not used. */
  async workflow(name: string, options: WorkflowOptions = {}): Promise<WorkflowRun> {
    const payload = join(this.#home, 'event.json');
    await writeFile(payload, JSON.stringify(options.payload ?? {}));
    const child = spawn(
      engine('act'),
      [
        options.event ?? 'push',
        ...['--json', '--workflows', `.github/workflows/${name}`, '--eventpath', payload],
        ...['--platform', 'ubuntu-latest=-self-hosted', '--rm'],
        ...(options.cached
          ? ['--cache-server-path', join(this.#home, 'cache'), '--cache-server-addr', '127.0.0.1']
          : ['--no-cache-server']),
        ...['--pull=false', '--action-offline-mode', '--action-cache-path', join(this.#home, 'act')],
        ...Object.entries(options.variables ?? {}).flatMap(([key, value]) => ['--var', `${key}=${value}`]),
        ...Object.entries(options.environment ?? {}).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
      ],
      {
        cwd: this.folder,
        env: { HOME: this.#home, PATH: `${dirname(process.execPath)}:${process.env.PATH}` },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 120_000,
      },
    );
    const [log, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return workflowRun(entriesOf(`${log}\n${errors}`));
  }
}

function entriesOf(log: string): LogEntry[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogEntry);
}

function workflowRun(entries: readonly LogEntry[]): WorkflowRun {
  const of = (step: string, stage = 'Main') =>
    entries.filter((one) => one.step === step && one.stage === stage);
  const commands = (name: string) => entries.filter((one) => one.command === name);
  return {
    job: entries.findLast((one) => one.jobResult !== undefined)?.jobResult,
    printed: (step, stage) =>
      of(step, stage)
        .filter((one) => one.raw_output)
        .map((one) => one.msg)
        .join(''),
    result: (step, stage) => of(step, stage).findLast((one) => one.stepResult !== undefined)?.stepResult,
    commands: (name) => commands(name).map(({ raw = '' }) => raw),
    outputs: Object.fromEntries(commands('set-output').map(({ name, arg }) => [name, arg])),
    summary: commands('summary')
      .map(({ content }) => content)
      .join(''),
    everything: JSON.stringify(entries.filter((one) => one.command !== 'add-mask')),
  };
}
