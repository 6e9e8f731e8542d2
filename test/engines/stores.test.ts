/** What we write is read by others, and what they write by us: layouts, archives, docker's own store. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/content/image/config.ts';
import type { Descriptor } from '../../src/content/image/descriptor.ts';
import { digestOf } from '../../src/content/image/digest.ts';
import { hostPlatform } from '../../src/content/image/platform.ts';
import { openDockerArchive, writeDockerArchive } from '../../src/content/store/docker-archive.ts';
import { openDockerDaemon, writeDockerDaemon } from '../../src/content/store/docker-daemon.ts';
import { openLayout } from '../../src/content/store/layout.ts';
import { openOciArchive, writeOciArchive } from '../../src/content/store/oci-archive.ts';
import type { ImageSource } from '../../src/content/store/store.ts';
import { collect } from '../../src/content/store/verify.ts';
import { copyImage } from '../../src/stages/push/copy.ts';
import {
  digestsOf,
  manifestOf,
  put,
  readAll,
  type SampleImage,
  sampleImage,
  sampleIndex,
} from '../content/store/sample-image.ts';
import {
  type Dockerd,
  describeEngines,
  engine,
  enterRoom,
  type Registry,
  type Room,
  run,
  startDockerd,
  startRegistry,
} from './room.ts';

let folder: string;
let room: Room;
let image: SampleImage;
const name = 'localhost/acme/server:1.4';

async function setUp(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'pull-budget-stores-'));
  room = await enterRoom({ binds: [folder] });
  image = await sampleImage({ layers: 3, layerBytes: 200_000 });
}

async function tearDown(): Promise<void> {
  await room.leave();
  await rm(folder, { recursive: true, force: true });
}

const path = (file: string) => join(folder, file);

async function writeOurs(): Promise<void> {
  const layout = await openLayout(path('ours'), { create: true });
  await put(layout, image, 'v1');
  await layout.close();
  const archive = await writeOciArchive(path('ours.oci.tar'));
  await put(archive, image, 'v1');
  await archive.close();
  const saved = await writeDockerArchive(path('ours.docker.tar'));
  await put(saved, image, name);
  await saved.close();
}

/** DiffIDs of an image: what stays the same however its layers are stored. All of it is read. */
async function diffIdsOf(source: ImageSource, descriptor: Descriptor) {
  await readAll(source, descriptor);
  const manifest = await source.readManifest(descriptor);
  if (manifest.kind !== 'image') throw new Error(`${descriptor.digest} is no image`);
  const config = await collect(source.readBlob(manifest.config), manifest.config.size, 'config');
  return parseConfig(config, 'config').diffIds;
}

async function diffIdsOfSample() {
  const manifest = image.top;
  if (manifest.kind !== 'image') throw new Error('unreachable');
  return parseConfig(image.blobs.get(manifest.config.digest) as Uint8Array, 'config').diffIds;
}

describeEngines('skopeo and crane', ['room', 'crane', 'registry'], () => {
  let registry: Registry;

  const skopeo = (...args: string[]) => room.run(['skopeo', '--insecure-policy', ...args]);
  const crane = (...args: string[]) => run(engine('crane'), args);

  beforeAll(async () => {
    await setUp();
    await writeOurs();
    await mkdir(path('storage'));
    registry = await startRegistry({ kind: 'distribution-v3', storage: path('storage') });
  });

  afterAll(async () => {
    await registry.stop();
    await tearDown();
  });

  test.each(['oci:ours:v1', 'oci-archive:ours.oci.tar:v1'])(
    'skopeo reads our %s with its digest',
    async (ours) => {
      const at = ours.replace(':', `:${folder}/`);
      const { stdout } = await skopeo('inspect', '--raw', at);
      expect(digestOf(stdout)).toBe(image.top.descriptor.digest);
      const to = `${registry.host}/from-${ours.replace(/\W/g, '-')}:v1`;
      await skopeo('copy', '--preserve-digests', '--dest-tls-verify=false', at, `docker://${to}`);
      expect((await crane('digest', to)).stdout.trim()).toBe(image.top.descriptor.digest);
      await crane('validate', '--remote', to);
    },
  );

  test('skopeo and crane read our docker-archive: and find its layers whole', async () => {
    const to = `${registry.host}/from-docker-archive:v1`;
    const from = `docker-archive:${path('ours.docker.tar')}:${name}`;
    await skopeo('copy', '--dest-tls-verify=false', from, `docker://${to}`);
    const { stdout } = await crane('config', to);
    expect(JSON.parse(stdout).rootfs.diff_ids).toEqual(await diffIdsOfSample());
    await crane('validate', '--tarball', path('ours.docker.tar'));
  });

  test('crane pushes our layout with its digest', async () => {
    const to = `${registry.host}/from-crane:v1`;
    await crane('push', path('ours'), to);
    expect((await crane('digest', to)).stdout.trim()).toBe(image.top.descriptor.digest);
  });

  test('we read the layouts and archives that skopeo writes', async () => {
    const from = `oci:${path('ours')}:v1`;
    await skopeo('copy', from, `oci:${path('skopeo')}:v1`);
    await skopeo('copy', from, `oci-archive:${path('skopeo.oci.tar')}:v1`);
    await skopeo('copy', from, `docker-archive:${path('skopeo.docker.tar')}:${name}`);
    for (const source of [await openLayout(path('skopeo')), await openOciArchive(path('skopeo.oci.tar'))]) {
      expect(await readAll(source, await source.resolve('v1'))).toEqual(digestsOf(image));
      await source.close();
    }
    const saved = await openDockerArchive(path('skopeo.docker.tar'));
    expect(await saved.tags()).toEqual([name]);
    expect(await diffIdsOf(saved, await saved.resolve(name))).toEqual(await diffIdsOfSample());
    await saved.close();
  });

  test('we read the layouts and archives that crane writes', async () => {
    const from = `${registry.host}/for-crane:v1`;
    await crane('push', path('ours'), from);
    await crane('pull', '--format=oci', '--annotate-ref', from, path('crane'));
    const layout = await openLayout(path('crane'));
    expect(await readAll(layout, await layout.resolve())).toEqual(digestsOf(image));
    for (const format of ['tarball', 'legacy']) {
      const at = path(`crane.${format}.tar`);
      await crane('pull', `--format=${format}`, from, at);
      const saved = await openDockerArchive(at);
      expect(await diffIdsOf(saved, await saved.resolve(from))).toHaveLength(3);
      await saved.close();
    }
  });

  test('a multi-platform layout keeps its index and its children through skopeo and back', async () => {
    const arm64 = { os: 'linux', architecture: 'arm64' };
    const index = sampleIndex([
      { image, entry: { platform: { os: 'linux', architecture: 'amd64' } } },
      { image: await sampleImage({ platform: arm64 }), entry: { platform: arm64 } },
    ]);
    const layout = await openLayout(path('multi'), { create: true });
    await put(layout, index, 'v1');
    await layout.close();
    await skopeo('copy', '--all', `oci:${path('multi')}:v1`, `oci-archive:${path('multi.tar')}:v1`);
    const back = await openOciArchive(path('multi.tar'));
    expect(await readAll(back, await back.resolve('v1'))).toEqual(digestsOf(index));
    await back.close();
  });
});

describeEngines('dockerd', ['room'], () => {
  describe.each(['graphdriver', 'containerd'] as const)('with its %s store', (store) => {
    let dockerd: Dockerd;
    let environment: { DOCKER_HOST: string };

    beforeAll(async () => {
      await setUp();
      await writeOurs();
      dockerd = await startDockerd({ room, store, folder: path('d') });
      environment = { DOCKER_HOST: `unix://${dockerd.socket}` };
    });

    afterAll(async () => {
      await dockerd.stop();
      await tearDown();
    });

    const images = async () => {
      const { stdout } = await dockerd.docker(['images', '--format', '{{.Repository}}:{{.Tag}}']);
      return stdout.trim().split('\n').toSorted();
    };

    test('docker load takes our docker-archive:, and what it saves then is read', async () => {
      await dockerd.docker(['load', '-i', path('ours.docker.tar')]);
      expect(await images()).toEqual([name]);
      await dockerd.docker(['tag', name, 'localhost/acme/server:latest']);
      await dockerd.docker(['save', '-o', path('saved.tar'), name, 'localhost/acme/server:latest']);
      const source = await openDockerArchive(path('saved.tar'));
      expect(await source.tags()).toEqual([name, 'localhost/acme/server:latest']);
      for (const wanted of [undefined, name, 'localhost/acme/server']) {
        expect(await diffIdsOf(source, await source.resolve(wanted))).toEqual(await diffIdsOfSample());
      }
      await source.close();
    });

    test('several images in one archive are told apart by name', async () => {
      const other = await sampleImage({ layers: 1 });
      const sink = await writeDockerDaemon(environment);
      await put(sink, other, 'alpine:3.19');
      await sink.close();
      await dockerd.docker(['save', '-o', path('both.tar'), name, 'alpine:3.19']);
      const source = await openDockerArchive(path('both.tar'));
      await expect(source.resolve()).rejects.toMatchObject({ code: 'ambiguous' });
      expect(await diffIdsOf(source, await source.resolve('alpine:3.19'))).toHaveLength(1);
      expect(await diffIdsOf(source, await source.resolve(name))).toHaveLength(3);
      await source.close();
    });

    test('docker-daemon: is written to and read from', async () => {
      const layout = await openLayout(path('ours'));
      const sink = await writeDockerDaemon(environment);
      const descriptor = await layout.resolve('v1');
      await copyImage({ source: layout, descriptor, sink, tags: ['acme/web', 'ghcr.io/acme/web:2'] });
      await sink.close();
      expect(await images()).toEqual(expect.arrayContaining(['acme/web:latest', 'ghcr.io/acme/web:2']));
      const { stdout } = await dockerd.docker(['images', '--no-trunc', '--format', '{{.ID}}', 'acme/web']);
      for (const called of ['acme/web', 'ghcr.io/acme/web:2', stdout.trim()]) {
        const source = await openDockerDaemon(called, environment);
        expect(await diffIdsOf(source, await source.resolve())).toEqual(await diffIdsOfSample());
        await source.close();
      }
    });

    test('an image that docker does not have is not found', async () => {
      await expect(openDockerDaemon('acme/none', environment)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('an archive that docker refuses is an error with its words', async () => {
      const broken = await sampleImage({ layers: 1 });
      if (broken.top.kind !== 'image') throw new Error('unreachable');
      // A config whose diffID is not that of the layer: all digests are right, and yet it cannot be unpacked.
      const other = await sampleImage({ layers: 1 });
      if (other.top.kind !== 'image') throw new Error('unreachable');
      const top = manifestOf({ schemaVersion: 2, config: other.top.config, layers: broken.top.layers });
      const sink = await writeDockerDaemon(environment);
      await put(
        sink,
        { top, manifests: [top], blobs: new Map([...broken.blobs, ...other.blobs]) },
        'acme/broken',
      );
      await expect(sink.close()).rejects.toMatchObject({ code: 'docker-failed', kind: 'infrastructure' });
    });
  });
});

describeEngines('dockerd with its containerd store, after a pull', ['room', 'crane', 'registry'], () => {
  let dockerd: Dockerd;
  let registry: Registry;

  beforeAll(async () => {
    await setUp();
    await mkdir(path('storage'));
    registry = await startRegistry({ kind: 'distribution-v3', storage: path('storage') });
    dockerd = await startDockerd({ room, store: 'containerd', folder: path('d') });
  });

  afterAll(async () => {
    await dockerd.stop();
    await registry.stop();
    await tearDown();
  });

  test('what docker 26 cannot save, for it took one platform of an index, is an error with its words', async () => {
    const s390x = { os: 'linux', architecture: 's390x' };
    const index = sampleIndex([
      { image, entry: { platform: hostPlatform() } },
      { image: await sampleImage({ platform: s390x }), entry: { platform: s390x } },
    ]);
    const layout = await openLayout(path('multi'), { create: true });
    await put(layout, index, 'v1');
    await layout.close();
    const multi = `${registry.host}/multi:v1`;
    await run(engine('crane'), ['push', '--index', path('multi'), multi]);
    await dockerd.docker(['pull', multi]);
    await expect(openDockerDaemon(multi, { DOCKER_HOST: `unix://${dockerd.socket}` })).rejects.toMatchObject({
      code: 'docker-failed',
      kind: 'infrastructure',
      message: expect.stringContaining('invalid manifest'),
    });
  });
});

describeEngines('a disk that is full', ['room'], () => {
  beforeAll(setUp);
  afterAll(tearDown);

  test('ends a copy with an error that names the folder, no tag, and nothing of the blob that did not fit', async () => {
    await writeOurs();
    await mkdir(path('tiny'));
    const program = join(import.meta.dirname, '../content/store/copy-process.ts');
    // The mount is the shell's own and goes with it; what is left in it is listed before.
    const script = `
      mount -t tmpfs -o size=300k tiny "$1/tiny"
      "$2" "$3" "$1/ours" "$1/tiny/layout" v1 v1 2>&1 || true
      cat "$1/tiny/layout/index.json"
      echo "left: $(find "$1/tiny/layout/ingest" -type f | wc -l)"`;
    const argv = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', folder];
    const [command = '', ...args] = [...argv, process.execPath, program];
    const { stdout } = await run(command, args);
    expect(stdout).toMatch(/no space is left on the disk that holds .*tiny\/layout/);
    expect(stdout).toMatch(/code: 'disk-full'/);
    expect(stdout).toContain('"manifests":[]');
    expect(stdout).toContain('left: 0');
  });
});
