/** Random releases, re-laid: containerd 2.4 mounts the same of a re-laid image as of the one that it was made from. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanWith } from '../../src/pipeline/relayer.ts';
import type { ScannedLayer } from '../../src/stages/relayer/scan.ts';
import { checkpointsOf, LayerIndexer } from '../../src/stages/soci/layer-indexer.ts';
import { dir, file, link, merged, whiteout } from '../content/rootfs/merged.ts';
import type { Row } from '../content/rootfs/rows.ts';
import type { Stack } from '../content/rootfs/stacks.ts';
import {
  type Choices,
  type RelaidRelease,
  type Release,
  relayReleases,
  releases,
  type Tools,
  told,
} from '../stages/relayer/relaid-releases.ts';
import { differencesOf, type Files, filesOf } from './relaid-files.ts';
import { mountImages, runIn, unpackImages } from './relaid-node.ts';
import { describeEngines, engineFolder, enterRoom, type Room } from './room.ts';
import type { Seen } from './rootfs-node.ts';

const seed = Number(process.env.PULL_BUDGET_SEED ?? 5);
const many = process.env.PULL_BUDGET_FULL ? 5000 : 200;
const atATime = 50;

describeEngines('a re-laid image', ['room', 'containerd', 'ctr'], () => {
  let folder: string;
  let room: Room;
  let tools: Tools;
  const open = new AsyncDisposableStack();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relaid-'));
    open.defer(() => rm(folder, { recursive: true }));
    room = await enterRoom({ binds: [folder, dirname(fileURLToPath(import.meta.url))] });
    open.defer(() => room.leave());
    const indexer = open.use(new LayerIndexer<ScannedLayer>({ module: scanWith }));
    tools = {
      scratch: join(folder, 'scratch'),
      scan: async (layer, read, file, signal) => {
        const options = { spanBytes: 65_536, ratioLimit: 10_000, keepCheckpoints: true } as const;
        const { found } = await indexer.indexAlong({ layer, open: read, file, ...options }, signal);
        return { found, checkpoints: checkpointsOf({ file }) };
      },
    };
  });

  afterAll(() => open.disposeAsync());

  test(`is what containerd mounts of the image that it was made from, of ${many} random stacks (seed ${seed})`, {
    timeout: many * 10_000,
  }, async () => {
    // Each has about two releases.
    const samples = fc.sample(releases, { numRuns: many / 2, seed });
    for (let at = 0; at < samples.length; at += atATime) {
      const found = await differing(samples.slice(at, at + atATime));
      if (found === undefined) continue;
      await fc.assert(
        fc.asyncProperty(releases, async (one) => {
          const still = await differing([one]);
          if (still !== undefined) throw new Error(still.what);
        }),
        // The same sample again, made smaller.
        { seed, path: String(at + found.index), numRuns: 1, interruptAfterTimeLimit: 45_000 },
      );
      throw new Error(found.what);
    }
  });

  test('has removed what has a name of 252 to 255 bytes, whose whiteout has a longer one', async () => {
    const names = [251, 252, 255].map((bytes) => 'n'.repeat(bytes));
    const stack: Stack = [[dir('d'), ...names.map((name) => file(`d/${name}`, 'x'))]];
    const choices = { ...anyChoices(), flattenBase: false, baseLayers: 1 };
    const later: Stack = [...stack, names.map((name) => whiteout(`d/${name}`))];
    const relaid = await relayReleases(
      [
        { stack, choices },
        { stack: later, choices },
      ],
      tools,
    );
    const images = relaid.flatMap(({ input, image }) => [input, image]);
    const seen = (await mountImages(room, folder, images)).map((one) => [...knownFiles(one).keys()]);
    const paths = ['', '/d'].map((path) => Buffer.from(path).toString('hex'));
    expect(seen.slice(2)).toEqual([paths, paths]);
    expect(relaid[1]?.facts[0]?.layers.map(({ origin }) => origin)).toEqual(['base', 'new']);
  });

  test('is what umoci unpacks as well', async () => {
    const samples = fc.sample(releases, { numRuns: 400, seed }).filter((all) => all.every(isPlain));
    expect(samples.length).toBeGreaterThan(9);
    // Debian's knows no zstd.
    const all = samples
      .slice(0, 10)
      .map((series) =>
        series.map(
          ({ stack, choices }): Release => ({ stack, choices: { ...choices, compression: 'gzip' } }),
        ),
      );
    const relaid = (await Promise.all(all.map((one) => relayReleases(one, tools)))).flat();
    const mounted = await mountImages(
      room,
      folder,
      relaid.map(({ input }) => input),
    );
    const unpacked = await unpackImages(
      room,
      folder,
      relaid.map(({ image }) => image),
    );
    const found = relaid.flatMap((release, at) =>
      differencesOf(release, knownFiles(mounted[at]), knownFiles(unpacked[at]), undefined)
        // It leaves to directories the time of what it did in them.
        .filter(({ aspect }) => aspect !== 'mtime')
        .map(({ text }) => `${text}\n${told([release])}`),
    );
    expect(found).toEqual([]);
  });

  test('runs programs', async () => {
    const program = await readFile(join(engineFolder, 'room', 'usr', 'bin', 'tini-static'));
    const base = [
      dir('usr'),
      dir('usr/bin'),
      file('usr/bin/first', program, { mode: 0o755 }),
      file('old', 'x'),
    ];
    const stack: Stack = [
      base,
      [
        file('usr/bin/init', program, { mode: 0o755 }),
        link('usr/bin/same', 'usr/bin/init', { mode: 0o755 }),
        whiteout('old'),
      ],
    ];
    const later: Stack = [...stack, [file('usr/bin/note', 'x')]];
    const choices = { ...anyChoices(), flattenBase: true };
    for (const { image } of await relayReleases(
      [
        { stack, choices },
        { stack: later, choices },
      ],
      tools,
    )) {
      const printed = await runIn(room, folder, image, [
        '/usr/bin/same',
        '-s',
        '--',
        '/usr/bin/first',
        '--version',
      ]);
      expect(printed).toMatch(/tini version/);
    }
  });

  /** The first of these of which something else is mounted; undefined where there is none. */
  async function differing(
    samples: readonly (readonly Release[])[],
  ): Promise<{ readonly index: number; readonly what: string } | undefined> {
    const all: RelaidRelease[][] = [];
    for (const [index, sample] of samples.entries()) {
      try {
        all.push(await relayReleases(sample, tools));
      } catch (error) {
        return { index, what: `${(error as Error).stack}\n${told(sample)}` };
      }
    }
    const images = all.flat().flatMap(({ input, image }) => [input, image]);
    const seen = await mountImages(room, folder, images);
    expect(seen).toHaveLength(images.length);
    const mounted = new Map(images.map((image, at) => [image, seen[at]]));
    for (const [index, series] of all.entries()) {
      for (const release of series) {
        const { input, image, baseline } = release;
        const [before, after] = [knownFiles(mounted.get(input)), knownFiles(mounted.get(image))];
        const found = differencesOf(release, before, after, baseline && knownFiles(mounted.get(baseline)));
        const what = found.map(({ text }) => text).join('\n');
        if (what !== '') return { index, what: `${what}\n${told(samples[index] ?? [])}` };
      }
    }
    return undefined;
  }
});

function anyChoices(): Choices {
  const [sample] = fc.sample(releases, { numRuns: 1, seed });
  const choices = sample?.[0]?.choices;
  if (choices === undefined) throw new Error('there is no release');
  return { ...choices, limits: { ...choices.limits, maxLayers: 60 } };
}

function knownFiles(seen: Seen | undefined): Files {
  if (seen === undefined || 'error' in seen) throw new Error(`nothing is mounted: ${seen?.error}`);
  return filesOf(seen.files);
}

/**
 * umoci keeps times before 1970 and attributes of `trusted.`, takes from a file what its hard link does not have, and
 * makes no directory for a whiteout of nothing. What tools write has none of it.
 */
function isPlain({ stack }: Release): boolean {
  return stack.every((rows, at) => rows.every((row) => isPlainRow(row, merged(...stack.slice(0, at)))));
}

function isPlainRow({ kind, mtime = 0, xattrs = {}, path }: Row, lower: ReturnType<typeof merged>): boolean {
  if (kind === 'hardlink' || mtime < 0 || 'trusted.c' in xattrs) return false;
  const isMark = kind === 'whiteout' || kind === 'opaque';
  return !isMark || lower.find(Buffer.from(path)) !== undefined;
}
