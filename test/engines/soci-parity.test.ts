import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PullBudgetError } from '../../src/content/error.ts';
import { type Digest, digestOf } from '../../src/content/image/digest.ts';
import { sociIndexManifest } from '../../src/stages/soci/index-manifest.ts';
import { LayerIndexer } from '../../src/stages/soci/layer-indexer.ts';
import { buildTool } from '../../src/stages/soci/ztoc.ts';
import { chunked } from '../content/layer/made-layer.ts';
import { readableTraits } from '../layers/traits.ts';
import { describeEngines, enterRoom, type Room, run } from './room.ts';
import { type LayerCase, makeCases, spanSizes } from './soci-cases.ts';
import { findStandaloneSoci, type Soci, standaloneSoci, startRoomSoci } from './soci-create.ts';
import { writeImages } from './soci-images.ts';

/** Enough for every trait to meet most compressors; PULL_BUDGET_FULL meets them at every span size. */
const caseCount = process.env.PULL_BUDGET_FULL ? 5000 : 300;
const batchSize = 50;
const batches = Array.from({ length: caseCount / batchSize }, (_, at) => ({
  first: at * batchSize,
  spanBytes: spanSizes[at % spanSizes.length] as number,
}));

/** Layers that soci indexes and we do not, by what is in them and by what we say. */
interface Refusal {
  readonly trait: LayerCase['traits'][number];
  readonly message: RegExp;
  /** Only by those that read no more than a stream's first member: newer ones refuse it as we do. */
  readonly byOldAlone?: true;
}
const refusedByUs: readonly Refusal[] = [
  // Its snapshotter would refuse the whole zTOC, or read the sparse map as if it were the file.
  { trait: 'pax-sparse-0.0', message: /sparse/ },
  { trait: 'pax-sparse-0.1', message: /sparse/ },
  { trait: 'pax-sparse-1.0', message: /sparse/ },
  // And here it would refuse the zTOC, or fail to read some files.
  { trait: 'hardlink-before-target', message: /hard link/ },
  { trait: 'sized-links', message: /has a size and no data/ },
  { trait: 'ids-beyond-32-bits', message: /owner/ },
  { trait: 'mtime-beyond-year-9999', message: /time of modification/ },
  // Whatever of these came of random bytes.
  { trait: 'mangled', message: /hard link|has a size and no data|does not fit into a zTOC/ },
  // A number beyond 2^53, which no real archive has: a tar that is broken, to us.
  { trait: 'mangled', message: /its \w+ is no number that can be used/ },
  // An uncompressed layer of no bytes has no span, which its snapshotter refuses.
  { trait: 'empty', message: /^it is empty$/ },
  { trait: 'zeros-after-gzip', message: /zeros follow/, byOldAlone: true },
  { trait: 'garbage-after-gzip', message: /after its last member/, byOldAlone: true },
];

/** 0.4.1 and 0.15 write the same zTOCs and v1 indexes, but for the version they put into them. */
const tools = { ours: Buffer.from(buildTool), old: Buffer.from('AWS SOCI CLI v0.1') };

function asByOldTool(bytes: Buffer): Buffer {
  const at = bytes.lastIndexOf(tools.ours);
  return Buffer.concat([bytes.subarray(0, at), tools.old, bytes.subarray(at + tools.ours.byteLength)]);
}

type Ours =
  | { readonly kind: 'indexed'; readonly ztoc: Buffer }
  | { readonly kind: 'refused'; readonly message: string };

async function indexByUs(
  indexer: LayerIndexer,
  { layer }: LayerCase,
  spanBytes: number,
  file: string,
): Promise<Ours> {
  const open = () => chunked(layer.bytes);
  try {
    const input = { layer, spanBytes, ratioLimit: 10_000, open, file };
    const outcome = await indexer.index(input, new AbortController().signal);
    if (outcome.kind === 'unindexable') return { kind: 'refused', message: outcome.reason };
    const ztoc = await readFile(file);
    await rm(file);
    return { kind: 'indexed', ztoc };
  } catch (error) {
    // What else goes wrong is a bug.
    if (error instanceof PullBudgetError && error.kind === 'input')
      return { kind: 'refused', message: error.message };
    throw error;
  }
}

/** Where two byte strings begin to differ, for people. */
function difference(ours: Buffer, theirs: Buffer): string {
  const at = ours.findIndex((byte, place) => byte !== theirs[place]);
  const around = (bytes: Buffer) => JSON.stringify(bytes.toString('latin1', Math.max(0, at - 16), at + 16));
  return `${ours.byteLength} and ${theirs.byteLength} bytes, which differ from ${at} on: ${around(ours)}, ${around(theirs)}`;
}

const newer = await findStandaloneSoci();
console.info(
  newer ? `zTOCs are held against ${newer} too` : 'zTOCs were not held against a newer soci: none is on PATH',
);

describeEngines('zTOCs of generated layers', ['room', 'crane'], () => {
  let folder: string;
  let room: Room;
  let indexer: LayerIndexer;
  let old: Soci;
  let onPath: Soci;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parity-'));
    room = await enterRoom({ binds: [folder] });
    indexer = new LayerIndexer();
    old = await startRoomSoci(room, folder);
    onPath = standaloneSoci(folder);
  });

  afterAll(async () => {
    await indexer[Symbol.asyncDispose]();
    await old.stop();
    await room.leave();
    await rm(folder, { recursive: true });
  });

  /** What of these cases is otherwise than soci has it. */
  async function disagreements(
    soci: Soci,
    cases: readonly LayerCase[],
    spanBytes: number,
  ): Promise<string[]> {
    const ours = await Promise.all(
      cases.map((made, at) => indexByUs(indexer, made, spanBytes, join(folder, `${at}.ztoc`))),
    );
    const theirs = await soci.create(
      cases.map(({ layer }) => [layer]),
      spanBytes,
    );
    const wrong: string[] = [];
    const agreed: { made: LayerCase; ztoc: Buffer }[] = [];
    for (const [at, made] of cases.entries()) {
      const [our, their] = [ours[at] as Ours, theirs[at] as (typeof theirs)[number]];
      if (our.kind === 'refused') {
        const explained = refusedByUs.some(
          ({ trait, message, byOldAlone }) =>
            made.traits.includes(trait) && message.test(our.message) && (soci === old || !byOldAlone),
        );
        if (their.kind === 'created' && !explained)
          wrong.push(`${made.name}: only we refuse it: ${our.message}`);
        continue;
      }
      if (their.kind === 'refused') {
        wrong.push(`${made.name}: only soci refuses it: ${their.message.trim()}`);
        continue;
      }
      const expected = soci === old ? asByOldTool(our.ztoc) : our.ztoc;
      const theirZtoc = their.ztocs.get(made.layer.descriptor.digest) as Digest;
      if (digestOf(expected) === theirZtoc) agreed.push({ made, ztoc: expected });
      else wrong.push(`${made.name}: ${difference(expected, await soci.blob(theirZtoc))}`);
    }
    if (agreed.length > 0) wrong.push(...(await disagreementsOnIndex(soci, agreed, spanBytes)));
    return wrong;
  }

  /** One image of all the layers: its SOCI index. */
  async function disagreementsOnIndex(
    soci: Soci,
    layers: readonly { made: LayerCase; ztoc: Buffer }[],
    spanBytes: number,
  ): Promise<string[]> {
    const [created] = await soci.create([layers.map(({ made }) => made.layer)], spanBytes);
    if (created?.kind !== 'created') return [`the image of all layers: ${created?.message}`];
    const indexed = layers.map(({ made, ztoc }) => ({
      layer: made.layer.descriptor,
      ztoc: { digest: digestOf(ztoc), size: ztoc.byteLength },
      spanBytes,
    }));
    const { raw } = sociIndexManifest(indexed, [], soci === old ? created.image : undefined);
    const expected = soci === old ? asByOldTool(Buffer.from(raw)) : Buffer.from(raw);
    return expected.equals(created.index) ? [] : [`the index: ${difference(expected, created.index)}`];
  }

  test.each(batches)(
    'equal those of soci 0.4.1: layers from $first on, spans of $spanBytes bytes',
    async ({ first, spanBytes }) => {
      const cases = await makeCases(first, { count: batchSize, spanBytes, members: false, room, folder });
      expect(await disagreements(old, cases, spanBytes)).toEqual([]);
    },
  );

  if (newer === undefined) return;

  test.each(batches)(
    'equal those of the soci on PATH: layers of several members too, from $first on, spans of $spanBytes bytes',
    async ({ first, spanBytes }) => {
      const cases = await makeCases(first, { count: batchSize, spanBytes, members: true, room, folder });
      expect(await disagreements(onPath, cases, spanBytes)).toEqual([]);
    },
  );

  test.each([1, 2, 3, 4, 5, 6])(
    'make the image that the soci on PATH converts it to, digest for digest (%i)',
    async (seed) => {
      const spanBytes = 64 * 1024;
      const options = { count: 30, spanBytes, members: true, room, folder };
      const made = await makeCases(1_000_000 + seed * 100, options);
      // Of layers that only one of us refuses the images differ.
      const readable = new Set<LayerCase['traits'][number]>(readableTraits);
      const layers = made.filter(({ traits }) => traits.every((trait) => readable.has(trait)));
      const [from, ours, theirs] = ['from', 'ours', 'theirs'].map((name) =>
        join(folder, `${seed}-${name}`),
      ) as [string, string, string];
      await writeImages(from, [{ layers: layers.map(({ layer }) => layer) }]);
      const sizes = ['--span-size', String(spanBytes), '--min-layer-size', '5000'];
      const program = join(import.meta.dirname, '../../src/cli/main.ts');
      const flags = ['--unpack-ratio-limit', '100000', '--scratch', folder];
      await run(process.execPath, [
        program,
        'index',
        `oci:${from}`,
        `oci:${ours}:converted`,
        ...sizes,
        ...flags,
      ]);
      const env = { ...process.env, TZ: 'UTC' };
      await run('soci', ['convert', '--standalone', '--format', 'oci-dir', ...sizes, from, theirs], { env });
      expect(await topOf(ours)).toBe(await topOf(theirs));
    },
  );
});

/** Digest of a layout's image, and so of all that it names. */
async function topOf(layout: string): Promise<string> {
  return JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')).manifests[0].digest;
}
