/**
 * The real programs that engine tests drive, as scripts/engines.sh installs them: static binaries, which
 * run on this machine, and the room, a Debian system whose programs run in a throw-away copy of it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { homedir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { describe } from 'vitest';

/** Programs in bin/: containerd, its shim and ctr are 2.4; the room has containerd 1.7 and its own ctr. */
export type EngineName =
  | 'act'
  | 'conformance'
  | 'containerd'
  | 'containerd-shim-runc-v2'
  | 'crane'
  | 'ctr'
  | 'registry';

const environment = process.env;
const remedy = 'run scripts/engines.sh install';

/** Where scripts/engines.sh installs (its `path` prints the same). */
export const engineFolder =
  environment.PULL_BUDGET_ENGINES ||
  join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pull-budget', 'engines');

function isInstalled(name: EngineName | 'room'): boolean {
  return name === 'room'
    ? existsSync(join(engineFolder, 'stamps', 'room'))
    : existsSync(join(engineFolder, 'bin', name));
}

/** The path of a program in bin/; an error that names the remedy if it is not installed. */
export function engine(name: EngineName): string {
  if (!isInstalled(name)) throw new Error(`${name} is not in ${engineFolder}: ${remedy}`);
  return join(engineFolder, 'bin', name);
}

/** Why the tests that need `names` cannot run here, or undefined if they can. */
function obstacle(names: readonly (EngineName | 'room')[]): string | undefined {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length > 0) return `${missing.join(', ')} not installed: ${remedy}`;
  if (names.includes('room') && process.getuid?.() !== 0) return 'the room takes root: run the tests as root';
  return undefined;
}

/**
 * `describe` for tests that need engines. Without the engines the tests are skipped with a line that says
 * what to do; where CI is set they fail instead, since a skipped tier must not look like a passed one.
 */
export function describeEngines(
  title: string,
  names: readonly (EngineName | 'room')[],
  body: () => void,
): void {
  const why = obstacle(names);
  if (why === undefined) {
    describe(title, body);
  } else if (environment.CI === 'true' || environment.CI === '1') {
    throw new Error(`${title}: ${why}`);
  } else {
    console.warn(`skipped: ${title} (${why})`);
    describe.skip(`${title} (${why})`, body);
  }
}

// Processes

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Replaces the environment of the test run. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
  /** Default 120,000. */
  readonly timeoutMilliseconds?: number;
}

/** Runs a program to its end. Rejects, with all that it printed, unless it exits with 0. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Output> {
  // In the room the child is nsenter, and only its process group has the program as well.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input is judged by its exit status.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  const limit = options.timeoutMilliseconds ?? 120_000;
  let late = false;
  const deadline = setTimeout(() => {
    late = true;
    signalGroup(child, 'SIGKILL');
  }, limit);
  const [status, signal] = await ended(child).finally(() => clearTimeout(deadline));
  const output = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  if (status !== 0) {
    const how = late ? `killed after ${limit} ms` : `ended with ${signal ?? status}`;
    throw new Error(`${[command, ...args].join(' ')}: ${how}\n${output.stdout}${output.stderr}`);
  }
  return output;
}

/** Signals the process group that a detached child leads, if there is one any more. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Awaits the end of a child and of whoever shares its output; rejects if it could not be started. */
function ended(child: ChildProcess): Promise<[status: number | null, signal: NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve([status, signal]));
  });
}

/** A started program that serves until it is stopped. */
export interface Service {
  /** All it has printed so far. */
  log(): string;
  /** Asks it to end (SIGTERM to its process group) and awaits that; kills it and rejects after 30 s. */
  stop(): Promise<void>;
}

/** A service that said it was ready, and what it said. */
export interface StartedService extends Service {
  readonly match: RegExpExecArray;
}

/** Starts a program and awaits the line by which it says that it is ready; gives what `ready` matched. */
async function startService(
  argv: readonly string[],
  ready: RegExp,
  env?: NodeJS.ProcessEnv,
): Promise<StartedService> {
  const [command = '', ...args] = argv;
  // Detached: the leader of a process group of its own, by which alone it is ended.
  const child = spawn(command, args, { detached: true, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const end = ended(child);
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    const failed = (what: string) => reject(new Error(`${argv.join(' ')}: ${what}\n${printed}`));
    const deadline = setTimeout(() => {
      signalGroup(child, 'SIGKILL');
      failed(`not ready after 60 s (waiting for ${ready})`);
    }, 60_000);
    const read = (chunk: string) => {
      printed += chunk;
      const found = ready.exec(printed);
      if (found === null) return;
      clearTimeout(deadline);
      resolve(found);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    end
      .then(
        ([status, name]) => failed(`ended with ${name ?? status} before it was ready`),
        (error: Error) => failed(error.message),
      )
      .finally(() => clearTimeout(deadline));
  });
  return {
    match,
    log: () => printed,
    stop: async () => {
      signalGroup(child, 'SIGTERM');
      let late = false;
      const deadline = setTimeout(() => {
        late = true;
        signalGroup(child, 'SIGKILL');
      }, 30_000);
      await end.finally(() => clearTimeout(deadline));
      if (late) throw new Error(`${argv.join(' ')}: had to be killed, 30 s after SIGTERM\n${printed}`);
    },
  };
}

/** The argv of a program on this machine that dies with the test run, even a test run that is killed. */
function mortal(argv: readonly string[]): string[] {
  return ['setpriv', '--pdeathsig', 'KILL', '--', ...argv];
}

// The room

/**
 * What the room calls this machine. soci-snapshotter 0.4.1 reads layers from a loopback address or from
 * localhost by plain HTTP only (service/resolver/registry.go), but indexes by TLS only: no registry is both.
 */
const registryName = 'registry.test';

/**
 * Makes the copy and stays in it as process 1, until its standard input ends.
 * The copy is an overlay whose upper layer is in memory, so that the installed room never changes; nothing
 * of it outlives process 1, because its mounts and its processes are in namespaces of their own.
 * /mnt, unused in the room, is where it hangs: no folder is left over.
 * The folders where snapshotters keep their layers by default are in memory too: an overlay cannot be
 * mounted from within another. Big images want a folder of this machine there, by `bind`.
 */
const holdRoom = `
set -eu
room=$1/room bin=$1/bin root=$1/room/mnt/root
mount -t tmpfs -o mode=755 scratch "$room/mnt"
mkdir "$room/mnt/upper" "$room/mnt/work" "$root"
cd "$room"
mount -t overlay -o lowerdir=.,upperdir=mnt/upper,workdir=mnt/work overlay "$root"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>&1 || true
echo 127.0.0.1 ${registryName} >> "$root/etc/hosts"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
for state in containerd docker soci-snapshotter-grpc; do
  mkdir -p "$root/var/lib/$state"
  mount -t tmpfs -o mode=711 state "$root/var/lib/$state"
done
mkdir -p "$bin" "$root$bin"
mount --bind "$bin" "$root$bin"
echo ready
exec chroot "$root" tini -- cat
`;

export interface RoomCommandOptions {
  /** A folder in the room. Default: /. */
  readonly cwd?: string;
  /** Added to the room's own environment, which has nothing of the test run's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running copy of the room: one file system, one set of processes; the network is this machine's. */
export interface Room {
  /** Its file system as this machine's root sees it only inside the room's mount namespace. */
  readonly root: string;
  /** The argv that runs a program with this machine's files in the room's mount and process namespaces. */
  readonly enterNamespaces: readonly string[];
  /** Makes a folder of this machine appear in the room, at the same path unless told; twice is once. */
  bind(folder: string, at?: string): Promise<void>;
  /** Runs a program in the room to its end. */
  run(
    argv: readonly string[],
    options?: RoomCommandOptions & Omit<RunOptions, 'cwd' | 'env'>,
  ): Promise<Output>;
  /** Starts a program in the room and awaits the output by which it says that it is ready. */
  start(argv: readonly string[], ready: RegExp, options?: RoomCommandOptions): Promise<StartedService>;
  /** Makes its programs believe servers that show this certificate, a PEM file of this machine. */
  trust(certificate: string): Promise<void>;
  /** Ends every process in it and discards all that was written to it, except in bound folders. */
  leave(): Promise<void>;
}

/** The argv that, run on this machine, runs `argv` in the room. */
export function roomCommand(
  room: Room,
  argv: readonly string[],
  options: RoomCommandOptions = {},
): [command: string, ...args: string[]] {
  const variables = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    // What soci writes depends on the time zone.
    TZ: 'UTC',
    ...options.env,
  };
  return [
    'nsenter',
    ...room.enterNamespaces,
    ...['chroot', room.root, 'env', `--chdir=${options.cwd ?? '/'}`, '-i'],
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ...argv,
  ];
}

/** Makes a copy of the room, with these folders of this machine in it. */
export async function enterRoom(options: { readonly binds?: readonly string[] } = {}): Promise<Room> {
  const why = obstacle(['room']);
  if (why !== undefined) throw new Error(why);
  const holder = spawn(
    'unshare',
    [
      ...['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'],
      ...['sh', '-c', holdRoom, 'holdRoom', engineFolder],
    ],
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let printed = '';
  const end = ended(holder);
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: string) => {
      printed += chunk;
      if (printed.endsWith('ready\n')) resolve();
    };
    holder.stdout.setEncoding('utf8').on('data', read);
    holder.stderr.setEncoding('utf8').on('data', read);
    const failed = (cause?: Error) =>
      reject(
        new Error(`the room could not be made, which takes mount and process namespaces: ${printed}`, {
          cause,
        }),
      );
    end.then(() => failed(), failed);
  });

  /** Folders of this machine by their place in the room. */
  const bound = new Map<string, string>();
  const room: Room = {
    root: join(engineFolder, 'room', 'mnt', 'root'),
    enterNamespaces: [
      `--target=${holder.pid}`,
      '--mount',
      // unshare stays outside the process namespace that it made for its child.
      `--pid=/proc/${holder.pid}/ns/pid_for_children`,
      '--',
    ],
    bind: async (folder, at = folder) => {
      if (bound.get(at) === folder) return;
      const mount = 'mkdir -p "$2" && mount --rbind "$1" "$2"';
      await run('nsenter', [
        ...room.enterNamespaces,
        ...['sh', '-c', mount, 'bind', folder, join(room.root, at)],
      ]);
      bound.set(at, folder);
    },
    run: async (argv, { cwd, env, ...rest } = {}) => {
      const [command, ...args] = roomCommand(room, argv, { ...(cwd && { cwd }), ...(env && { env }) });
      return run(command, args, rest);
    },
    // nsenter must outlive its child: an orphan would be left to this machine's process 1, and the room
    // cannot end before its dead are buried. So SIGTERM reaches the program alone.
    start: (argv, ready, commandOptions) =>
      startService(
        [
          ...['env', '--ignore-signal=TERM'],
          ...roomCommand(room, ['env', '--default-signal=TERM', ...argv], commandOptions),
        ],
        ready,
      ),
    trust: async (certificate) => {
      const install = 'cat > "/usr/local/share/ca-certificates/$1.crt" && update-ca-certificates';
      const name = basename(certificate, extname(certificate));
      await room.run(['sh', '-c', install, 'trust', name], { input: await readFile(certificate) });
    },
    leave: async () => {
      holder.stdin.end();
      await end;
    },
  };
  for (const folder of options.binds ?? []) await room.bind(folder);
  return room;
}

// Registries

/** Who may use a registry started with `auth: 'htpasswd'`. */
export const registryUser = { username: 'puller', password: 'budget' } as const;
/** That user as `htpasswd -B` writes it: bcrypt, at a low cost. */
const htpasswd = 'puller:$2b$05$abcdefghijklmnopqrstuuDL4IPbF.oMqrviQO/CtfoAp/JS3BHQu\n';

export interface Certificate {
  /** Paths of PEM files in one folder. The certificate is its own authority. */
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate in a folder, for every name that a registry has here and in the room. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const made = { certificate: join(folder, 'registry.crt'), key: join(folder, 'registry.key') };
  await mkdir(folder, { recursive: true });
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
    ...['-subj', `/CN=${registryName}`],
    ...['-addext', `subjectAltName=DNS:${registryName},DNS:localhost,IP:127.0.0.1`],
    ...['-keyout', made.key, '-out', made.certificate],
  ]);
  return made;
}

/** Debian's registry runs in the room, which must outlive it. */
export type RegistryKind =
  | { readonly kind: 'distribution-v3' }
  | { readonly kind: 'docker-registry-2.8'; readonly room: Room };

export type RegistryOptions = RegistryKind & {
  /** A folder of this registry's own: its configuration and its blobs go there. */
  readonly storage: string;
  readonly auth?: 'htpasswd';
  readonly tls?: Certificate;
  /** Refuse every write (405), as for a registry in maintenance. */
  readonly readOnly?: boolean;
};

export interface Registry extends Service {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** `registry.test:PORT`, which the room resolves: for programs that treat loopback addresses apart. */
  readonly nameInRoom: string;
  /** With the scheme, without a slash at the end. */
  readonly url: string;
}

/** Starts a registry on a free port of the loopback interface. Deleting is on. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const { storage, tls } = options;
  const configuration = join(storage, 'config.json');
  const passwords = join(storage, 'htpasswd');
  await mkdir(storage, { recursive: true });
  await writeFile(passwords, htpasswd);
  await writeFile(
    configuration,
    JSON.stringify({
      version: '0.1',
      storage: {
        filesystem: { rootdirectory: join(storage, 'data') },
        delete: { enabled: true },
        maintenance: { readonly: { enabled: options.readOnly ?? false }, uploadpurging: { enabled: false } },
      },
      ...(options.auth && { auth: { htpasswd: { realm: 'engines', path: passwords } } }),
      // The system chooses the port, and the log says which.
      http: { addr: '127.0.0.1:0', ...(tls && { tls }) },
    }),
  );
  const listening = /listening on 127\.0\.0\.1:(\d+)/;
  let service: StartedService;
  if (options.kind === 'distribution-v3') {
    service = await startService(mortal([engine('registry'), 'serve', configuration]), listening, {
      ...environment,
      OTEL_TRACES_EXPORTER: 'none',
    });
  } else {
    await options.room.bind(storage);
    if (tls) await options.room.bind(dirname(tls.certificate));
    service = await options.room.start(['docker-registry', 'serve', configuration], listening);
  }
  const host = `127.0.0.1:${service.match[1]}`;
  const url = `${tls ? 'https' : 'http'}://${host}`;
  const registry: Registry = {
    host,
    nameInRoom: `${registryName}:${service.match[1]}`,
    url,
    log: service.log,
    stop: service.stop,
  };
  try {
    await answers(`${url}/v2/`, options.auth ? 401 : 200);
  } catch (error) {
    await registry.stop();
    throw error;
  }
  return registry;
}

/** Checks that a server of ours answers a GET as it should. */
async function answers(url: string, expected: number, socketPath?: string): Promise<void> {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const request = url.startsWith('https:')
      ? httpsRequest(url, { rejectUnauthorized: false })
      : httpRequest(url, { socketPath });
    request.once('error', reject).once('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.end();
  });
  if (status !== expected) throw new Error(`${url} answers ${status}, not ${expected}`);
}

// Docker

export interface DockerdOptions {
  readonly room: Room;
  /** Where images are kept: in containerd (dockerd's newer store) or in dockerd's own graph driver. */
  readonly store: 'containerd' | 'graphdriver';
  /** A folder of this dockerd's own, on a file system that can be below an overlay (not itself one). */
  readonly folder: string;
}

export interface Dockerd extends Service {
  /** Path of the API's socket, here and in the room. */
  readonly socket: string;
  /** Runs the docker command in the room against this dockerd. */
  docker(args: readonly string[], options?: Parameters<Room['run']>[1]): Promise<Output>;
}

let dockerds = 0;

/** Starts dockerd in the room. It has no bridge, so that builds and containers want `--network host`. */
export async function startDockerd(options: DockerdOptions): Promise<Dockerd> {
  const { room, folder } = options;
  const socket = join(folder, 'docker.sock');
  // sockaddr_un has 108 bytes (man 7 unix), and dockerd's message about it does not say so.
  if (Buffer.byteLength(socket) > 107)
    throw new Error(`${socket}: too long for a socket, choose a shorter folder`);
  dockerds += 1;
  const name = `pull-budget-${process.pid}-${dockerds}`;
  const configuration = join(folder, 'daemon.json');
  await mkdir(folder, { recursive: true });
  await writeFile(
    configuration,
    JSON.stringify({
      iptables: false,
      ip6tables: false,
      bridge: 'none',
      'cgroup-parent': name,
      features: { 'containerd-snapshotter': options.store === 'containerd' },
    }),
  );
  await room.bind(folder);
  const service = await room.start(
    [
      ...['dockerd', '--config-file', configuration, '--host', `unix://${socket}`],
      ...['--data-root', join(folder, 'data'), '--pidfile', join(folder, 'dockerd.pid')],
      // The sockets of containerd and of its shims are below this: in the room, where the path is short.
      ...['--exec-root', `/run/${name}`],
    ],
    /API listen on/,
  );
  await answers('http://docker/_ping', 200, socket);
  return {
    socket,
    docker: (args, runOptions) => room.run(['docker', '--host', `unix://${socket}`, ...args], runOptions),
    log: service.log,
    stop: async () => {
      await service.stop();
      // Control groups belong to the machine, not to the room: dockerd leaves its empty ones.
      await run('find', ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${name}*`, '-delete']);
    },
  };
}
