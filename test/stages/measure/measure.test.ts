import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { infrastructureError, inputError } from '../../../src/content/error.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import { silentProgress } from '../../../src/content/progress.ts';
import { newMark } from '../../../src/content/store/owner.ts';
import type { ImageSource } from '../../../src/content/store/store.ts';
import { measurement } from '../../../src/facts/sample.ts';
import { createMeasurement, type MeasurementOptions } from '../../../src/stages/measure/measure.ts';
import { makeLayer } from '../../content/layer/made-layer.ts';
import { amd64, TestRegistry } from './made-image.ts';

const shared = makeLayer({ base: randomBytes(30_000) });
const old = makeLayer({ app: randomBytes(2000) });
const recent = makeLayer({ app: randomBytes(3000), more: randomBytes(10) });

let registry: TestRegistry;
let image: Digest;
let baseline: Digest;
beforeAll(async () => {
  registry = await TestRegistry.start();
  image = await registry.add([shared, recent]);
  baseline = await registry.add([shared, old]);
});
afterAll(() => registry[Symbol.asyncDispose]());

let pauses: number[];
beforeEach(async () => {
  pauses = [];
  await rm(registry.scratch, { recursive: true, force: true });
});

const options = (rest: Partial<MeasurementOptions> = {}): MeasurementOptions => ({
  subjects: [
    { subject: 'image', open: registry.open, digest: image, platform: amd64 },
    { subject: 'baseline', open: registry.open, digest: baseline, platform: amd64 },
  ],
  holdsBaseline: true,
  sameRegistry: true,
  seed: 7,
  scratch: registry.scratch,
  attempts: 3,
  sampleTimeoutSeconds: 60,
  unpackRatioLimit: 200,
  progress: silentProgress,
  signal: new AbortController().signal,
  host: {
    dropPageCache: async () => true,
    pause: async (seconds) => {
      pauses.push(seconds);
    },
  },
  ...rest,
});

/** A client whose blobs break off, as often as `failures` says, with `error`. */
function failing(failures: { left: number }, error: () => Error): () => ImageSource {
  return () => {
    const source = registry.open();
    const readBlob = source.readBlob.bind(source);
    return Object.assign(source, {
      readBlob: (...[descriptor, range]: Parameters<ImageSource['readBlob']>) => {
        if (descriptor.digest !== recent.descriptor.digest || failures.left <= 0)
          return readBlob(descriptor, range);
        failures.left--;
        return (async function* () {
          yield recent.bytes.subarray(0, 100);
          throw error();
        })();
      },
    });
  };
}
const withImage = (open: () => ImageSource): Partial<MeasurementOptions> => ({
  subjects: [{ subject: 'image', open, digest: image, platform: amd64 }],
  holdsBaseline: false,
});

describe('a measurement', () => {
  it('says of each pull what it is for', async () => {
    const labels: string[] = [];
    const start = (label: string) => {
      if (label.startsWith('fetch')) labels.push(label);
      return { advance: () => {}, done: () => {} };
    };
    await createMeasurement(options({ progress: { start } })).run(1);
    expect(labels.toSorted()).toEqual([
      'fetch baseline',
      'fetch baseline (to hold, not timed)',
      'fetch baseline (warm-up, not timed)',
      'fetch image',
      'fetch image (over baseline)',
      'fetch image (warm-up, not timed)',
    ]);
  });

  it('samples image, baseline, and the image over the baseline, round by round in a seeded order', async () => {
    const measuring = createMeasurement(options());
    await measuring.run(2);
    const first = measuring.facts();
    expect(measurement.parse(first)).toEqual(first);
    expect(first.samples).toHaveLength(6);
    await measuring.run(1);
    const { samples, faults, unpackedBytesByLayer } = measuring.facts();
    expect(faults).toEqual([]);
    expect(samples.map(({ order }) => order)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const cells = samples.map(({ subject, holds }) => `${subject} ${holds}`);
    for (const round of [0, 3, 6]) {
      expect(cells.slice(round, round + 3).toSorted()).toEqual([
        'baseline nothing',
        'image baseline',
        'image nothing',
      ]);
    }
    const again = createMeasurement(options());
    await again.run(3);
    expect(again.facts().samples.map(({ subject, holds }) => `${subject} ${holds}`)).toEqual(cells);
    expect(unpackedBytesByLayer).toEqual(
      Object.fromEntries(
        [shared, old, recent].map(({ descriptor, tar }) => [descriptor.digest, tar.byteLength]),
      ),
    );
  });

  it('times of a node that holds the baseline only what is above it', async () => {
    const measuring = createMeasurement(options());
    await measuring.run(1);
    const over = measuring.facts().samples.find(({ holds }) => holds === 'baseline');
    expect(new Set(over?.spans.flatMap(({ layer }) => layer ?? []))).toEqual(
      new Set([recent.descriptor.digest]),
    );
    expect(over?.unpackedBytes).toBe(recent.tar.byteLength);
  });

  it('leaves nothing in the scratch folder, and removes what a killed process left', async () => {
    const ended = join(registry.scratch, 'pull-budget-sample-');
    await mkdir(registry.scratch, { recursive: true });
    // The name of a process that cannot be: pids end at 4,194,304.
    const own = newMark();
    await mkdir(`${ended}${own.replace(/-\d+-/, '-4194305-')}`);
    await mkdir(`${ended}${own}`);
    await writeFile(join(registry.scratch, 'a file of the user'), '');
    await createMeasurement(options()).run(1);
    expect(await readdir(registry.scratch)).toEqual(['a file of the user', `pull-budget-sample-${own}`]);
  });

  it('flags samples that were not fully cold, or came from two registries', async () => {
    const host = { dropPageCache: async () => false, pause: async () => {} };
    const measuring = createMeasurement(options({ host, sameRegistry: false }));
    await measuring.run(1);
    for (const { flags } of measuring.facts().samples) {
      expect(flags).toEqual(['page-cache-not-dropped', 'other-registry-than-baseline']);
    }
  });

  it('opens a client for each pull and closes it', async () => {
    let [opened, closed] = [0, 0];
    const open = (): ImageSource => {
      opened++;
      const source = registry.open();
      const close = source.close.bind(source);
      const counted = () => {
        closed++;
        return close();
      };
      return Object.assign(source, { close: counted });
    };
    await createMeasurement(options(withImage(open))).run(2);
    // The first is the one that warms up.
    expect([opened, closed]).toEqual([3, 3]);
  });
});

describe('a pull that fails', () => {
  const lost = () => infrastructureError('lost-connection', 'the connection was lost');

  it('is a fault, never a sample, and is tried again', async () => {
    const failures = { left: 2 };
    const measuring = createMeasurement(options(withImage(failing(failures, lost))));
    await measuring.run(2);
    const { samples, faults } = measuring.facts();
    expect(samples.map(({ order }) => order)).toEqual([0, 1]);
    expect(faults).toEqual(
      [1, 2].map((attempt) => ({
        subject: 'image',
        engine: 'embedded',
        holds: 'nothing',
        platform: 'linux/amd64',
        order: 0,
        attempt,
        code: 'lost-connection',
        message: 'the connection was lost',
      })),
    );
    expect(pauses).toEqual([1, 2]);
    expect(await readdir(registry.scratch)).toEqual([]);
  });

  it('is given up after as many attempts as are allowed, and the others go on', async () => {
    const subjects = options().subjects.map((subject) =>
      subject.subject === 'image' ? { ...subject, open: failing({ left: 1000 }, lost) } : subject,
    );
    const measuring = createMeasurement(options({ subjects }));
    await measuring.run(1);
    const { samples, faults } = measuring.facts();
    expect(samples.map(({ subject }) => subject)).toEqual(['baseline']);
    expect(faults).toHaveLength(6);
    expect(new Set(faults.map(({ holds }) => holds))).toEqual(new Set(['nothing', 'baseline']));
  });

  it('for what is wrong with the image ends the measurement', async () => {
    const broken = failing({ left: 1 }, () => inputError('bad-layer', 'damaged'));
    await expect(createMeasurement(options(withImage(broken))).run(1)).rejects.toMatchObject({
      code: 'bad-layer',
    });
    expect(await readdir(registry.scratch)).toEqual([]);
  });

  it('because it took too long is a fault too', async () => {
    const endless = (): ImageSource => {
      const source = registry.open();
      return Object.assign(source, { resolve: () => new Promise<never>(() => {}) });
    };
    const measuring = createMeasurement(
      options({ ...withImage(endless), attempts: 1, sampleTimeoutSeconds: 0.05 }),
    );
    await measuring.run(1);
    expect(measuring.facts()).toMatchObject({
      samples: [],
      faults: [{ code: 'sample-timeout', attempt: 1 }],
    });
  });

  it('because the user aborts ends the measurement with that reason', async () => {
    const abort = new AbortController();
    const aborting = failing({ left: 1 }, () => {
      abort.abort('stop');
      return lost();
    });
    await expect(
      createMeasurement(options({ ...withImage(aborting), signal: abort.signal })).run(1),
    ).rejects.toBe('stop');
    expect(await readdir(registry.scratch)).toEqual([]);
  });
});
