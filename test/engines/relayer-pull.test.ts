/** A node that holds a release pulls the next one: what crosses the wire is what the report promised. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Layout, openLayout } from '../../src/content/store/layout.ts';
import type { Report } from '../../src/facts/report.ts';
import { runPipeline } from '../../src/pipeline/run.ts';
import { describeLayer, makeLayer } from '../content/layer/made-layer.ts';
import { listen, settingsFor } from '../pipeline/pipeline.ts';
import { writeRelease } from '../pipeline/relaid.ts';
import { type CountingDoor, startCountingDoor } from './counting-door.ts';
import {
  describeEngines,
  engine,
  enterRoom,
  type Registry,
  type Room,
  type Service,
  startRegistry,
} from './room.ts';
import { makeSystem } from './soci-rootfs.ts';

const socket = '/run/relayer/containerd.sock';

describeEngines('a node that holds a release', ['room', 'registry', 'containerd', 'ctr'], () => {
  let folder: string;
  let room: Room;
  let registry: Registry;
  let door: CountingDoor;
  let containerd: Service;
  let layout: Layout;
  const reports: Report[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relayer-pull-'));
    room = await enterRoom({ binds: [folder] });
    registry = await startRegistry({ kind: 'distribution-v3', storage: join(folder, 'registry') });
    door = await startCountingDoor(registry.host);
    containerd = await startContainerd();
    layout = await openLayout(join(folder, 'built'), { create: true });
    await mkdir(join(folder, 'scratch'));
    const system = describeLayer(await makeSystem(room, folder), 'gzip');
    const large = randomBytes(12_000_000);
    for (const release of ['1', '2', '3']) {
      const layers = [system, dependencies(release, large), app(release)];
      await writeRelease(layout, layers, { tag: release });
      reports.push(await relay(release));
    }
  });

  afterAll(async () => {
    await containerd?.stop();
    await door?.close();
    await registry?.stop();
    await room?.leave();
    await rm(folder, { recursive: true, force: true });
  });

  /** As the node that pulls is one of today: containerd 2.4, its layers on overlayfs. */
  async function startContainerd(): Promise<Service> {
    const settings = join(folder, 'containerd.toml');
    await writeFile(
      settings,
      `version = 3\nroot = "${folder}/containerd"\nstate = "/run/relayer/state"\n[grpc]\naddress = "${socket}"\n`,
    );
    const path = `${dirname(engine('containerd'))}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const command = [engine('containerd'), '--config', settings];
    return room.start(command, /containerd successfully booted/, { env: { PATH: path } });
  }

  const ctr = async (...args: string[]): Promise<string> =>
    (await room.run([engine('ctr'), '--address', socket, ...args])).stdout;

  function relay(release: string): Promise<Report> {
    const settings = settingsFor(join(folder, 'scratch'), {
      image: `oci:${join(folder, 'built')}:${release}`,
      relayer: 'true',
      push: 'true',
      tags: [`${registry.host}/app:${release}`, `${registry.host}/app:latest`],
      runs: '0',
      budgets: 'layers <= 60',
    });
    return runPipeline(settings, listen());
  }

  /** Pulls a release, and says how many bytes that took and of what. */
  async function pull(release: string): Promise<{ bytes: number; names: string[] }> {
    door.taken();
    await ctr('images', 'pull', '--plain-http', '--snapshotter', 'overlayfs', `${door.host}/app:${release}`);
    const taken = [...door.taken()].filter(([, bytes]) => bytes > 0);
    return { bytes: taken.reduce((sum, [, bytes]) => sum + bytes, 0), names: taken.map(([name]) => name) };
  }

  /** What a program of the image says of it. */
  async function said(release: string): Promise<string> {
    const at = `/run/relayer/root-${release}`;
    await room.run(['mkdir', '-p', at]);
    await ctr('images', 'mount', '--snapshotter', 'overlayfs', `${door.host}/app:${release}`, at);
    const { stdout } = await room.run(['chroot', at, '/bin/sh', '/srv/app/start.sh']);
    await ctr('images', 'unmount', '--rm', at);
    return stdout;
  }

  test('pulls the next one in exactly the bytes that the report promised, and runs it', async () => {
    const [first, second, third] = reports as [Report, Report, Report];
    const whole = await pull('1');
    expect(whole.bytes).toBe(documents(first) + sizeOf(first));
    expect(await said('1')).toBe('release 1\nlarge 12000000\nnew in 1\n');

    for (const [release, report] of [
      ['2', second],
      ['3', third],
    ] as const) {
      const [delta] = report.deltas;
      const { bytes, names } = await pull(release);
      expect(bytes).toBe(delta?.chain.bytes);
      expect(bytes).toBe(documents(report) + (report.relayer?.[0]?.delta.after.chain ?? 0));
      expect(bytes).toBeLessThan(10_000);
      expect(names).toEqual(expect.arrayContaining([...(delta?.chain.layers ?? [])]));
      expect(await said(release)).toBe(`release ${release}\nlarge 12000000\nnew in ${release}\n`);
    }
  });

  test('has it from the unpacked layers alone too, where it keeps no blobs', async () => {
    const [, second] = reports as [Report, Report, Report];
    for (const release of ['2', '3']) await ctr('images', 'rm', '--sync', `${door.host}/app:${release}`);
    for (const { digest } of reports[0]?.image.platforms[0]?.layers ?? []) await ctr('content', 'rm', digest);
    const { bytes } = await pull('2');
    expect(bytes).toBe(second.deltas[0]?.chain.bytes);
    expect(await said('2')).toContain('release 2\n');
  });
});

/** As a package manager would leave it: a large file that stays, small ones that a release changes, and one that it drops. */
function dependencies(release: string, large: Buffer) {
  return makeLayer({
    'opt/lib/large.bin': large,
    'opt/lib/small.txt': Buffer.from(`release ${release}\n`),
    [`opt/lib/only-in-${release}`]: Buffer.from(`new in ${release}\n`),
  });
}

function app(release: string) {
  const script = `cat /opt/lib/small.txt; stat -c 'large %s' /opt/lib/large.bin; cat /opt/lib/only-in-*\n`;
  return makeLayer({ 'srv/app/start.sh': Buffer.from(script), 'srv/app/version': Buffer.from(release) });
}

const sizeOf = ({ image }: Report): number =>
  image.platforms.flatMap(({ layers }) => layers).reduce((sum, { bytes }) => sum + bytes, 0);

const documents = ({ image }: Report): number =>
  image.platforms.reduce((sum, { manifestBytes, configBytes }) => sum + manifestBytes + configBytes, 0);
