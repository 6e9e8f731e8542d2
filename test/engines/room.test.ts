import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  describeEngines,
  type EngineName,
  engine,
  enterRoom,
  makeCertificate,
  type RegistryKind,
  type Room,
  registryUser,
  run,
  startDockerd,
  startRegistry,
} from './room.ts';

const versions: readonly [EngineName, string[], RegExp][] = [
  ['crane', ['version'], /^v0\.22\.1/],
  ['registry', ['--version'], /v3\.1\.2/],
  ['act', ['--version'], /0\.2\.89/],
  ['containerd', ['--version'], /2\.4\.2/],
  ['containerd-shim-runc-v2', ['-v'], /2\.4\.2/],
  ['ctr', ['--version'], /2\.4\.2/],
];

const roomVersions: readonly [string[], RegExp][] = [
  [['dockerd', '--version'], /version 26\.1\./],
  [['docker', 'buildx', 'version'], /0\.13\./],
  [['containerd', '--version'], /1\.7\./],
  [['runc', '--version'], /1\.1\./],
  [['soci', '--version'], /0\.4\.1/],
  [['soci-snapshotter-grpc', '--version'], /0\.4\.1/],
  [['umoci', '--version'], /0\.4\.7/],
  [['skopeo', '--version'], /1\.18\./],
  [['docker-registry', '--version'], /2\.8\./],
  [['git', '--version'], /git version/],
  [['pigz', '--version'], /pigz/],
];

/** What this machine has mounted and runs, told apart from other tests' by a folder's name. */
async function traces(folder: string): Promise<string[]> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const processes = (await run('ps', ['-eo', 'args'])).stdout.split('\n');
  return [...mounts, ...processes].filter((line) => line.includes(folder));
}

describeEngines('the engine room', ['room', ...versions.map(([name]) => name), 'conformance'], () => {
  let folder: string;
  let layer: string;
  let room: Room;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'room-'));
    layer = join(folder, 'layer.tar');
    await writeFile(join(folder, 'hello'), 'hello\n');
    await run('tar', ['-C', folder, '-cf', layer, 'hello']);
    room = await enterRoom({ binds: [folder] });
  });

  afterAll(async () => {
    await room.leave();
    await rm(folder, { recursive: true });
  });

  test.each(versions)('%s says its version', async (name, args, version) => {
    const { stdout, stderr } = await run(engine(name), args);
    expect(stdout + stderr).toMatch(version);
  });

  test.each(roomVersions)('in the room, %j says its version', async (argv, version) => {
    const { stdout, stderr } = await room.run(argv);
    expect(stdout + stderr).toMatch(version);
  });

  test('the room runs the static programs at their own paths', async () => {
    expect((await room.run([engine('containerd'), '--version'])).stdout).toContain('2.4.2');
  });

  test('what is written in the room is gone with it, and the installed room stays as it was', async () => {
    const other = await enterRoom();
    await other.run(['sh', '-c', 'echo changed > /etc/hostname']);
    expect((await other.run(['cat', '/etc/hostname'])).stdout).toBe('changed\n');
    await other.leave();
    expect((await room.run(['cat', '/etc/hostname'])).stdout).not.toBe('changed\n');
  });

  test('a program that fails in the room rejects with what it printed', async () => {
    await expect(room.run(['sh', '-c', 'echo why >&2; exit 3'])).rejects.toThrow(/ended with 3\nwhy/);
  });

  test('a program that takes too long in the room is killed', async () => {
    const late = room.run(['sh', '-c', 'echo begun; sleep 77'], { timeoutMilliseconds: 200 });
    await expect(late).rejects.toThrow(/killed after 200 ms\nbegun/);
    expect((await room.run(['ps', '-eo', 'args'])).stdout).not.toContain('sleep 77');
  });

  describe.each(['distribution-v3', 'docker-registry-2.8'] as const)('%s', (kind) => {
    const registryKind = (): RegistryKind => (kind === 'distribution-v3' ? { kind } : { kind, room });
    const storage = (name: string) => join(folder, `${kind}-${name}`);

    test('takes an image from crane and gives it to skopeo', async () => {
      const registry = await startRegistry({ ...registryKind(), storage: storage('plain') });
      const reference = `${registry.host}/demo/hello:1`;
      await run(engine('crane'), ['append', '--new_layer', layer, '--new_tag', reference]);
      const copy = join(folder, `copy-${kind}`);
      await room.run(['skopeo', 'copy', '--src-tls-verify=false', `docker://${reference}`, `dir:${copy}`]);
      const manifest = JSON.parse(await readFile(join(copy, 'manifest.json'), 'utf8'));
      expect(manifest.layers).toHaveLength(1);
      expect(registry.log()).toContain('/v2/demo/hello/manifests/');
      await registry.stop();
      expect(await traces(storage('plain'))).toEqual([]);
    });

    test('speaks TLS, and asks for the password of its one user', async () => {
      const tls = await makeCertificate(storage('tls'));
      const registry = await startRegistry({
        ...registryKind(),
        storage: storage('auth'),
        auth: 'htpasswd',
        tls,
      });
      const push = ['append', '--new_layer', layer, '--new_tag', `${registry.host}/demo/hello:1`];
      const env = { ...process.env, SSL_CERT_FILE: tls.certificate, DOCKER_CONFIG: storage('docker') };
      await expect(run(engine('crane'), push, { env })).rejects.toThrow(/401|UNAUTHORIZED/i);
      const { username, password } = registryUser;
      const login = ['auth', 'login', registry.host, '--username', username, '--password', password];
      await run(engine('crane'), login, { env });
      await run(engine('crane'), push, { env });
      await registry.stop();
    });

    test('refuses writes when it is read-only', async () => {
      const registry = await startRegistry({
        ...registryKind(),
        storage: storage('read-only'),
        readOnly: true,
      });
      const push = ['append', '--new_layer', layer, '--new_tag', `${registry.host}/demo/hello:1`];
      await expect(run(engine('crane'), push)).rejects.toThrow(/405|UNSUPPORTED/i);
      await registry.stop();
    });
  });

  test('distribution v3 passes the conformance suite for pull and push', async () => {
    const registry = await startRegistry({ kind: 'distribution-v3', storage: join(folder, 'conformance') });
    const env = {
      OCI_ROOT_URL: registry.url,
      OCI_NAMESPACE: 'conformance/one',
      OCI_CROSSMOUNT_NAMESPACE: 'conformance/two',
      OCI_TEST_PULL: '1',
      OCI_TEST_PUSH: '1',
      OCI_REPORT_DIR: 'none',
    };
    const { stdout } = await run(engine('conformance'), ['-test.v'], { env });
    expect(stdout).toMatch(/--- PASS: TestConformance/);
    await registry.stop();
  });

  describe.each(['containerd', 'graphdriver'] as const)('dockerd with images in its %s store', (store) => {
    test('imports and saves an image, and leaves neither mount nor process', async () => {
      const home = join(folder, `docker-${store}`);
      const dockerd = await startDockerd({ room, store, folder: home });
      await dockerd.docker(['import', layer, 'demo/hello:1']);
      const archive = join(folder, `${store}.tar`);
      await dockerd.docker(['save', '--output', archive, 'demo/hello:1']);
      expect((await run('tar', ['-tf', archive])).stdout).toContain('manifest.json');
      await dockerd.docker(['rmi', 'demo/hello:1']);
      expect((await dockerd.docker(['load', '--input', archive])).stdout).toContain('demo/hello:1');
      const info = (await dockerd.docker(['info', '--format', '{{json .DriverStatus}}'])).stdout;
      expect(info.includes('io.containerd.snapshotter')).toBe(store === 'containerd');
      await dockerd.stop();

      expect(existsSync(dockerd.socket)).toBe(false);
      expect(await traces(home)).toEqual([]);
      const inside = await room.run(['sh', '-c', 'cat /proc/self/mountinfo; ps -eo args']);
      expect((await run('find', ['/sys/fs/cgroup', '-name', `pull-budget-${process.pid}-*`])).stdout).toBe(
        '',
      );
      expect(inside.stdout).not.toMatch(/docker-\w+\/data|\/run\/pull-budget-|containerd --config/);
    });
  });

  test('a layer with an index is mounted by FUSE instead of being unpacked', async () => {
    const tls = await makeCertificate(join(folder, 'lazy-tls'));
    await room.trust(tls.certificate);
    const registry = await startRegistry({ kind: 'distribution-v3', storage: join(folder, 'lazy'), tls });
    const reference = `${registry.nameInRoom}/demo/lazy:1`;
    await writeFile(join(folder, 'random'), randomBytes(12 << 20));
    const big = join(folder, 'big.tgz');
    await run('tar', ['-C', folder, '-czf', big, 'random', 'hello']);
    const append = ['append', '--platform', 'linux/amd64', '--oci-empty-base', '--new_layer', big];
    const env = { ...process.env, SSL_CERT_FILE: tls.certificate };
    await run(engine('crane'), [...append, '--new_tag', `${registry.host}/demo/lazy:1`], { env });
    const snapshotter = await room.start(
      ['soci-snapshotter-grpc', '--address', '/run/soci.sock', '--log-level', 'debug'],
      /starting soci-snapshotter-grpc/,
    );
    const configuration = join(folder, 'containerd.toml');
    await writeFile(
      configuration,
      'version = 2\nproxy_plugins.soci = { type = "snapshot", address = "/run/soci.sock" }\n',
    );
    const containerd = await room.start(
      ['containerd', '--config', configuration, '--address', '/run/c.sock', '--state', '/run/c'],
      /containerd successfully booted/,
    );

    await room.run(['ctr', '--address', '/run/c.sock', 'images', 'pull', reference]);
    await room.run(['soci', '--address', '/run/c.sock', 'create', '--min-layer-size', '0', reference]);
    const pushed = await room.run(['soci', '--address', '/run/c.sock', 'push', reference]);
    const index = /index with digest: (\S+)/.exec(pushed.stdout)?.[1] ?? '';
    await room.run(['ctr', '--address', '/run/c.sock', 'images', 'rm', '--sync', reference]);
    const pull = ['image', 'rpull', '--soci-index-digest', index, reference];
    await room.run(['soci', '--address', '/run/c.sock', ...pull]);

    expect(snapshotter.log()).toContain('"remote-snapshot-prepared":"true"');
    expect((await room.run(['cat', '/proc/self/mountinfo'])).stdout).toContain('fuse.rawBridge');
    await containerd.stop();
    await snapshotter.stop();
    await registry.stop();
  });

  test('leaving the room ends what runs in it', async () => {
    const other = await enterRoom({ binds: [folder] });
    const marker = join(folder, 'left-behind');
    const argv = ['sh', '-c', `echo started; exec tail -f ${layer} -s 9 --pid=1 ${marker}`];
    await writeFile(marker, '');
    await other.start(argv, /started/);
    expect(await traces(marker)).not.toEqual([]);
    await other.leave();
    expect(await traces(marker)).toEqual([]);
  });
});
