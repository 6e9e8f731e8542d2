import pLimit from 'p-limit';
import { inputError, PullBudgetError } from '../../content/error.ts';
import type { ImageConfig } from '../../content/image/config.ts';
import type { Digest } from '../../content/image/digest.ts';
import type { ImageManifest } from '../../content/image/manifest.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import { decodeTable } from '../../content/rootfs/table-codec.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { collect } from '../../content/store/verify.ts';
import type { LayerPlanDocument } from '../../facts/relayer.ts';
import { decodeOwners, type OwnerList } from './owner-list.ts';
import { namedPlan, ownersDescriptor, parsePlan, tableDescriptor } from './plan-artifact.ts';

/** Of one platform: what nodes hold today. */
export interface Baseline {
  readonly source: ImageSource;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

/** What a plan tells of layers, so that they need not be read. */
export interface KnownLayers {
  readonly plan: LayerPlanDocument | undefined;
  /** The table of one of the baseline's layers, or of those that it was made from; undefined where there is none. */
  table(diffId: Digest): Promise<FileTable | undefined>;
  /** Who put the files of such a layer there. */
  owners(diffId: Digest): Promise<KnownOwners | undefined>;
}

export interface KnownOwners {
  readonly list: OwnerList;
  /** As they are kept. */
  readonly bytes: Uint8Array;
}

/** What is held of a baseline's tables and lists. */
export interface KnownBounds {
  /** As they are kept: tables of a million files are some 40 MB, lists of owners some 100 KB. */
  readonly bytes: number;
  /** Of all tables. */
  readonly rows: number;
  /** Of the lists' JSON. */
  readonly ownersBytes: number;
}

const bounds: KnownBounds = { bytes: 256 * 2 ** 20, rows: 20_000_000, ownersBytes: 128 * 2 ** 20 };
/** Tables and lists that are being unpacked at once. */
const parallel = 2;
const nothing: KnownLayers = {
  plan: undefined,
  table: async () => undefined,
  owners: async () => undefined,
};

/**
 * The plan of the baseline, and its tables as they are asked for. They are a cache: what is gone, no good or too much is
 * said to `notice`, and layers are read instead.
 * @throws PullBudgetError of the kind `infrastructure`: what the source throws; `table` too
 */
export async function readKnownLayers(
  { source, manifest, layers }: Baseline,
  notice: (line: string) => void,
  most = bounds,
): Promise<KnownLayers> {
  const named = namedPlan(manifest);
  if (named === undefined) return nothing;
  const where = `${source.location}: ${manifest.descriptor.digest}`;
  const plan = await orNothing(
    async () => parsePlan(await collect(source.readBlob(named), named.size, where), where),
    (why) => notice(`The baseline's layer plan is not used, its layers are read: ${why}.`),
  );
  if (plan === undefined) return nothing;
  const held = new Set<string>(layers.map(({ diffId }) => diffId));
  if (!plan.layers.some(({ diffId }) => held.has(diffId))) {
    notice(`The baseline's layer plan is not used, its layers are read: it is of another image, ${where}.`);
    return nothing;
  }
  const tables = new Map(
    [...plan.input, ...plan.layers.filter(({ diffId }) => held.has(diffId))].map(({ diffId, table }) => [
      diffId,
      table,
    ]),
  );
  const turn = pLimit(parallel);
  const room = { ...most };
  return {
    plan,
    async table(diffId) {
      const table = tables.get(diffId);
      if (table === undefined) return undefined;
      return orNothing(
        async () => {
          take(room, 'bytes', table.size);
          const read = await turn(() => readTable(source, table, diffId, where));
          take(room, 'rows', read.rows);
          return read;
        },
        (why) => notice(`A file table of the baseline is not used, the layer is read: ${why}.`),
      );
    },
    async owners(diffId) {
      const kept = plan.input.find((layer) => layer.diffId === diffId)?.owners;
      if (kept === undefined) return undefined;
      const about = `${where}: owners of layer ${diffId}`;
      return orNothing(
        async () => {
          take(room, 'bytes', kept.size);
          return turn(async () => {
            const bytes = await collect(source.readBlob(ownersDescriptor(kept)), kept.size, about);
            const list = await decodeOwners(bytes, diffId, about, room.ownersBytes);
            take(room, 'ownersBytes', list.bytes);
            return { bytes, list };
          });
        },
        (why) => notice(`What the baseline knows of a layer's packages is not used: ${why}.`),
      );
    },
  };
}

/** @throws PullBudgetError `plan-too-large` where there is no room for it */
function take(room: Record<keyof KnownBounds, number>, what: keyof KnownBounds, wanted: number): void {
  if (wanted > room[what]) {
    throw inputError(
      'plan-too-large',
      "the tables of the baseline's layer plan are larger than all that is held of one",
    );
  }
  room[what] -= wanted;
}

/** @throws PullBudgetError of the kind `infrastructure` */
async function orNothing<T>(read: () => Promise<T>, say: (why: string) => void): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PullBudgetError) || error.kind !== 'input') throw error;
    say(error.message);
    return undefined;
  }
}

async function readTable(
  source: ImageSource,
  table: { readonly digest: string; readonly size: number },
  diffId: Digest,
  where: string,
): Promise<FileTable> {
  const about = `${where}: file table of layer ${diffId}`;
  const bytes = await collect(source.readBlob(tableDescriptor(table)), table.size, about);
  const decoded = await decodeTable(bytes, about);
  if (decoded.diffId === diffId) return decoded;
  throw inputError('bad-file-table', `${about} is of another layer, ${decoded.diffId}`);
}
