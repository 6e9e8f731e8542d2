/**
 * What the series costs a node, release by release: node bench/series/print.ts [again] [docker-repack]. Plain Docker,
 * re-layered by this program, docker-repack, and the lower bound; make.ts makes the series. A release is re-layered once
 * and then kept; `again` makes all of them anew. docker-repack takes seven minutes of a core for each release, so it is
 * run only where its name is given, and what it made is printed from then on.
 */
import { openLayout } from '../../src/content/store/layout.ts';
import { formatBytes } from '../../src/facts/units.ts';
import {
  freshShare,
  gain,
  geometricMean,
  goals,
  misses,
  overBound,
  type Row,
  type Shipment,
} from './figures.ts';
import { type MadeImage, readImage, type SeriesImage, shipmentOf } from './image.ts';
import { knownLowerBound } from './lower-bound.ts';
import { forgetRelayered, relayered } from './relayered.ts';
import { repacked } from './repacked.ts';
import { readReleases, seriesLayout } from './series.ts';
import { differingPaths } from './tree.ts';

/** A way of making an image's layers other than the builder's. */
interface Way {
  readonly name: string;
  /** Undefined where it was not made and is not to be. */
  readonly make: (release: string, previous: string | undefined) => Promise<MadeImage | undefined>;
  previous?: { readonly release: string; readonly image: SeriesImage };
  /** From this release on nothing is tried: each stands on the one before. */
  ended?: true;
}

const wanted = new Set(process.argv.slice(2));
const ways: readonly Way[] = [
  { name: 're-layered', make: relayered },
  { name: 'docker-repack', make: (release) => repacked(release, { make: wanted.has('docker-repack') }) },
];

if (wanted.has('again')) await forgetRelayered();
const layout = await openLayout(seriesLayout);
const tags = await layout.tags();
const rows: Row[] = [];
let previous: SeriesImage | undefined;
for (const { tag, title, appOnly } of await readReleases()) {
  if (!tags.includes(tag)) {
    console.log(`${tag} is not made: node bench/series/make.ts`);
    break;
  }
  console.log(`\n${tag}  ${title}`);
  const image = await readImage(layout, tag);
  const plain = shipmentOf(image, previous);
  tell('plain Docker', plain);
  const shipments: (Shipment | undefined)[] = [];
  for (const way of ways) shipments.push(await ship(way, tag, image));
  const [ours, theirs] = shipments;
  if (previous) {
    const { files, bytes } = await knownLowerBound(layout, previous, image);
    console.log(`    ${'lower bound'.padEnd(14)} ${formatBytes(bytes).padStart(8)} in ${files} files`);
    const row: Row = {
      tag,
      appOnly,
      bound: bytes,
      plain,
      ...(ours && { ours }),
      ...(theirs && { repacked: theirs }),
    };
    rows.push(row);
    if (ours) {
      console.log(
        `    plain ÷ ours ${gain(row).toPrecision(3)}, ours ÷ bound ${overBound(row).toFixed(2)}, fresh ${freshShare(row).toFixed(3)} × plain`,
      );
    }
  }
  previous = image;
}
await layout.close();
summarise();

async function ship(way: Way, release: string, image: SeriesImage): Promise<Shipment | undefined> {
  if (way.ended) return undefined;
  try {
    const made = await way.make(release, way.previous?.release);
    if (!made) {
      way.ended = true;
      return undefined;
    }
    const shipment = shipmentOf(made.image, way.previous?.image);
    tell(way.name, shipment);
    // Of the first release every layer is new.
    if (way.previous) for (const note of made.notes) console.log(`        ${note}`);
    const differing = differingPaths(image.tree, made.image.tree);
    if (differing.length > 0) {
      console.log(`    ${way.name}: NOT THE SAME in ${differing.length} paths, /${differing[0]} for one`);
    }
    way.previous = { release, image: made.image };
    return shipment;
  } catch (error) {
    way.ended = true;
    console.log(`    ${way.name}: ${(error as Error).message}`);
    return undefined;
  }
}

function tell(name: string, { chain, blobs, fresh, layers, dead }: Shipment): void {
  const [byChain, byBlobs, whole, hidden] = [chain, blobs, fresh, dead].map((bytes) =>
    formatBytes(bytes).padStart(8),
  );
  console.log(
    `    ${name.padEnd(14)} ${byChain} by chain ${byBlobs} by blobs ${whole} fresh ${hidden} of it dead ${String(layers).padStart(3)} layers`,
  );
}

function summarise(): void {
  if (rows.length === 0) return;
  console.log();
  const measured = rows.filter(({ ours }) => ours);
  const peers = rows.flatMap(({ plain, repacked: theirs }) => (theirs ? [plain.chain / theirs.chain] : []));
  if (peers.length > 0)
    console.log(`plain ÷ docker-repack, geometric mean: ${geometricMean(peers).toPrecision(3)}`);
  const possible = geometricMean(rows.map(({ plain, bound }) => plain.chain / bound));
  console.log(`plain ÷ lower bound, geometric mean: ${possible.toPrecision(3)}`);
  if (measured.length === 0) return;
  console.log(`plain ÷ ours, geometric mean: ${geometricMean(measured.map(gain)).toPrecision(3)} (goal: 30)`);
  for (const goal of goals) {
    const missed = misses(rows, goal);
    console.log(`${missed?.length ? `missed at ${missed.join(' ')}` : 'reached'}: ${goal.text}`);
  }
}
