/** Nodes that mount our layers instead of pulling them: real snapshotters, real registries, real containers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Digest } from '../../src/content/image/digest.ts';
import type { SociFacts } from '../../src/facts/soci.ts';
import { compressLayer } from '../../src/stages/soci/compress.ts';
import { chunked, describeLayer, type MadeLayer } from '../content/layer/made-layer.ts';
import { memberCompressors } from '../layers/compressors.ts';
import { seededRandom } from '../layers/random.ts';
import {
  type Certificate,
  describeEngines,
  enterRoom,
  makeCertificate,
  type Registry,
  type Room,
  run,
  startRegistry,
} from './room.ts';
import { gatherLent } from './soci-cases.ts';
import { writeImages } from './soci-images.ts';
import { makeRootfs, type Rootfs } from './soci-rootfs.ts';
import { findNewerSnapshotter, type LazyNode, startNewerNode, startRoomNode } from './soci-snapshotter.ts';

const spanBytes = 1024 * 1024;

/** What a process sees of every file of its root file system: the content, read in random order. */
const contents = 'find / -xdev -type f -print0 | shuf -z | xargs -0 sha256sum | sort';
/** And the rest. Sizes of folders are the file system's own, and so are times of those that no layer has. */
const attributes = `find / -xdev '(' -type d -printf '%p %y %m %U %G\\n' ')' -o -printf '%p %y %m %U %G %s %T@ %l\\n' | sort`;

const newer = await findNewerSnapshotter();
if (newer === undefined)
  console.info('v2 indexes were not pulled: no soci-snapshotter-grpc 0.10 or newer is on PATH');

describeEngines('an image that we indexed', ['room', 'registry', 'containerd', 'ctr'], () => {
  let folder: string;
  let tls: Certificate;
  let registry: Registry;
  let tars: Rootfs;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lazy-'));
    tls = await makeCertificate(folder);
    registry = await startRegistry({ kind: 'distribution-v3', storage: join(folder, 'registry'), tls });
    const room = await enterRoom({ binds: [folder] });
    tars = await makeRootfs(room, folder);
    await room.leave();
  });

  afterAll(async () => {
    await registry.stop();
    await rm(folder, { recursive: true });
  });

  /** By our writer: members that hold a byte more than a span. The zTOC comes along. */
  async function ownLayer(tar: Buffer): Promise<{ layer: MadeLayer; ztoc: string }> {
    const parts: Buffer[] = [];
    const file = join(folder, 'own.ztoc');
    const { outcome } = await compressLayer({
      tar: chunked(tar),
      where: 'a layer',
      spanBytes,
      file,
      write: async (blob) => {
        parts.push(await gatherLent(blob));
      },
    });
    if (outcome?.kind !== 'indexed') throw new Error(outcome?.reason);
    await rm(file);
    return { layer: describeLayer(tar, 'gzip', Buffer.concat(parts)), ztoc: outcome.digest };
  }

  /** Indexes the image as a user would, from a layout into the registry, and checks it as one can. */
  async function publish(name: string, layers: readonly MadeLayer[], ...flags: string[]): Promise<SociFacts> {
    const layout = join(folder, name);
    await writeImages(layout, [{ layers }]);
    const program = join(import.meta.dirname, '../../src/cli/main.ts');
    const sizes = ['--span-size', String(spanBytes), '--min-layer-size', '0'];
    const options = ['--ca-file', tls.certificate, '--json'];
    const destination = `${registry.host}/demo/${name}:1`;
    const indexing = ['index', `oci:${layout}`, destination, ...sizes, '--scratch', folder, ...flags];
    const { stdout } = await run(process.execPath, [program, ...indexing, ...options]);
    await run(process.execPath, [program, 'verify', destination, ...options]);
    return JSON.parse(stdout).soci[0];
  }

  const referenceTo = (name: string) => `${registry.nameInRoom}/demo/${name}:1`;

  /** A node in a room of its own: what it mounted is gone with it. */
  async function withNode(
    start: (room: Room, folder: string) => Promise<LazyNode>,
    use: (node: LazyNode) => Promise<void>,
  ): Promise<void> {
    const room = await enterRoom();
    try {
      await room.trust(tls.certificate);
      const node = await start(room, join(folder, 'node'));
      await use(node).finally(() => node.stop());
    } finally {
      await room.leave();
      await rm(join(folder, 'node'), { recursive: true, force: true });
    }
  }

  /** Every layer is mounted, and none of them was pulled whole. */
  async function expectMounted(node: LazyNode, layers: readonly MadeLayer[]): Promise<void> {
    expect(node.outcomes()).toEqual(layers.map(() => '"remote-snapshot-prepared":"true"'));
    expect(await node.fuseMounts()).toBe(layers.length);
    const mounted = await node.metrics('soci_fs_operation_duration_milliseconds_count');
    const mountedLayers = mounted.filter(({ line, value }) => line.includes('"mount"') && value === 1);
    expect(mountedLayers.map(({ line }) => /layer="([^"]*)"/.exec(line)?.[1]).sort()).toEqual(
      layers.map(({ descriptor }) => descriptor.digest).sort(),
    );
  }

  /** Digests of the layers of which more is there than their gzip headers. */
  async function layersBegun(node: LazyNode): Promise<string[]> {
    const fetched = await node.metrics('soci_fs_layer_fetched_size_bytes');
    const begun = fetched.filter(({ value }) => value > 1000);
    return begun.map(({ line }) => /digest="([^"]*)"/.exec(line)?.[1] ?? line).sort();
  }

  /** Every file reads as it does from a disk. */
  async function expectReadable(node: LazyNode, name: string, layers: readonly MadeLayer[]): Promise<void> {
    await node.pullWhole(referenceTo(name));
    for (const script of [contents, attributes]) {
      const seen = await node.inContainer('lazily', referenceTo(name), script);
      expect(seen.split('\n').length).toBeGreaterThan(2500);
      expect(seen).toBe(await node.inContainer('whole', referenceTo(name), script));
    }
    const reads = await node.metrics('soci_fs_operation_count');
    const read = reads.filter(({ line, value }) => line.includes('synchronous_read_count') && value > 0);
    expect(read).toHaveLength(layers.length);
  }

  describe('with a v1 index', () => {
    let layers: MadeLayer[];
    let own: { layer: MadeLayer; ztoc: string }[];
    let facts: SociFacts;

    beforeAll(async () => {
      const { system, libraries, smallFiles, oddities, programs } = tars;
      own = [await ownLayer(system), await ownLayer(smallFiles)];
      layers = [
        ...own.map(({ layer }) => layer),
        describeLayer(libraries, 'gzip', gzipSync(libraries, { level: 1 })),
        describeLayer(oddities, 'none'),
        describeLayer(programs, 'gzip', gzipSync(programs, { level: 6 })),
      ];
      facts = await publish('v1', layers, '--soci', 'v1');
    });

    test('has the zTOCs that came along with our compression', () => {
      expect(facts.layers.slice(0, own.length).map(({ ztoc }) => ztoc?.digest)).toEqual(
        own.map(({ ztoc }) => ztoc),
      );
    });

    test('is mounted by soci-snapshotter 0.4.1, every file right', () =>
      withNode(startRoomNode, async (node) => {
        expect(node.version).toContain('0.4.1');
        await node.pullLazily(referenceTo('v1'), facts.v1 as Digest);
        await expectMounted(node, layers);
        expect(await layersBegun(node)).toEqual([]);
        await expectReadable(node, 'v1', layers);
      }));

    test('is mounted by soci-snapshotter 0.4.1 where it has a v2 index besides', async () => {
      const both = await publish('both', layers, '--soci', 'both', '--prefetch', '/usr/bin/sha256sum');
      await withNode(startRoomNode, async (node) => {
        await node.pullLazily(referenceTo('both'), both.v1 as Digest);
        await expectMounted(node, layers);
        expect(await node.inContainer('lazily', referenceTo('both'), 'sha256sum /usr/bin/sha256sum')).toMatch(
          /^[0-9a-f]{64} /,
        );
      });
    });
  });

  // Made of what is on PATH: no package registry has it.
  if (newer === undefined) return;

  describe('with a v2 index', () => {
    let layers: MadeLayer[];

    beforeAll(async () => {
      const { system, libraries, smallFiles, oddities, programs } = tars;
      const random = seededRandom('members');
      layers = [
        (await ownLayer(system)).layer,
        describeLayer(libraries, 'gzip', gzipSync(libraries, { level: 1 })),
        // Members of other lengths: only newer snapshotters read these.
        describeLayer(smallFiles, 'gzip', memberCompressors['short-members'](smallFiles, random)),
        describeLayer(oddities, 'none'),
        describeLayer(programs, 'gzip', memberCompressors.members(programs, random)),
      ];
      await publish(
        'v2',
        layers,
        '--soci',
        'v2',
        '--prefetch',
        '/usr/bin/sha256sum',
        '--prefetch',
        '/opt/odd/*',
      );
    });

    test('is mounted by the snapshotter on PATH, every file right, prefetched spans there at once', () =>
      withNode(
        (room, folder) => startNewerNode(room, folder, newer),
        async (node) => {
          console.info(`v2 indexes were pulled by ${node.version}`);
          await node.pullLazily(referenceTo('v2'));
          await expectMounted(node, layers);
          // The topmost layer that has a file counts.
          const prefetched = [layers[3], layers[4]].map((layer) => layer?.descriptor.digest as string);
          expect(await layersBegun(node)).toEqual(prefetched.sort());
          expect(node.log().match(/Successfully loaded prefetch artifact/g)).toHaveLength(2);
          expect(node.log()).not.toContain('Failed to execute prefetch');
          await expectReadable(node, 'v2', layers);
        },
      ));
  });
});
