import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatPlatform } from '../../src/content/image/platform.ts';
import { silentProgress } from '../../src/content/progress.ts';
import { openRegistry } from '../../src/content/registry/registry.ts';
import { type Measurement, measurement } from '../../src/facts/sample.ts';
import { createMeasurement } from '../../src/stages/measure/measure.ts';
import { describeLayer } from '../content/layer/made-layer.ts';
import { amd64, TestRegistry } from '../stages/measure/made-image.ts';
import { describeEngines, engine, type Registry, run, startRegistry } from './room.ts';

describeEngines('the engine embedded', ['crane', 'registry', 'room'], () => {
  let folder: string;
  let registry: Registry;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'measure-engines-'));
    registry = await startRegistry({ kind: 'distribution-v3', storage: join(folder, 'registry') });
  });
  afterAll(async () => {
    await registry?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('pulls from distribution what GNU tar packed: as many files, as many bytes, cold', async () => {
    const archive = join(folder, 'layer.tar.gz');
    const source = join(import.meta.dirname, '../../src');
    await run('tar', ['-C', source, '-czf', archive, '.']);
    const { stdout } = await run('tar', ['-tzf', archive]);
    const bytes = await readFile(archive);
    const layer = describeLayer(gunzipSync(bytes), 'gzip', bytes);
    await using made = await TestRegistry.start();
    const digest = await made.add([layer]);
    const [host, repository] = [registry.host, 'measured'];
    await run(engine('crane'), [
      'copy',
      '--insecure',
      `${made.server.host}/image@${digest}`,
      `${host}/${repository}:1`,
    ]);

    const scratch = join(folder, 'scratch');
    const measuring = createMeasurement({
      subjects: [
        {
          subject: 'image',
          open: () => openRegistry({ host, repository }, { attempts: 1 }),
          digest,
          platform: amd64,
        },
      ],
      holdsBaseline: false,
      sameRegistry: true,
      seed: 1,
      scratch,
      attempts: 1,
      sampleTimeoutSeconds: 60,
      unpackRatioLimit: 200,
      progress: silentProgress,
      signal: new AbortController().signal,
    });
    await measuring.run(2);
    const facts = measuring.facts();
    expect(measurement.parse(facts)).toEqual(facts);
    expect(facts.faults).toEqual([]);
    expect(facts.samples).toHaveLength(2);
    for (const sample of facts.samples) {
      expect(sample.platform).toBe(formatPlatform(amd64));
      expect(sample.files).toBe(stdout.trim().split('\n').length);
      expect(sample.unpackedBytes).toBe(layer.tar.byteLength);
      expect(sample.downloadedBytes).toBeGreaterThan(bytes.byteLength);
      // Root may drop the page cache, unless it is root of a container only.
      expect(sample.flags.filter((flag) => flag !== 'page-cache-not-dropped')).toEqual([]);
    }
    expect(await readdir(scratch)).toEqual([]);
  });

  test.each([
    ['before the first byte, for it cannot hold the blobs', 3, /needs 4\.\d+ MB/],
    ['while a layer is unpacked', 6, /layer-0/],
  ])('takes a disk that is full %s for a fault, and leaves it empty', async (_, mebibytes, message) => {
    const disk = join(folder, `disk-${mebibytes}`);
    await mkdir(disk);
    // In a mount namespace of its own, so that nothing of it outlives the process.
    const inNamespace = 'mount -t tmpfs -o "size=$2m" small "$1" && exec "$3" "$4" "$1"';
    const script = join(import.meta.dirname, 'pull-on-small-disk.ts');
    const { stdout } = await run('unshare', [
      ...['--mount', '--propagation', 'private', 'sh', '-c', inNamespace, 'small-disk'],
      ...[disk, String(mebibytes), process.execPath, script],
    ]);
    const facts: Measurement & { left: string[] } = JSON.parse(stdout);
    expect(facts).toMatchObject({
      samples: [],
      faults: [{ subject: 'image', attempt: 1, code: 'disk-full', message: expect.stringMatching(message) }],
      left: [],
    });
  });
});
