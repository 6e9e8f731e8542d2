import type { ImageConfig } from '../../content/image/config.ts';
import { isObject, type JsonObject } from '../../content/image/descriptor.ts';
import type { Digest } from '../../content/image/digest.ts';
import { editJson } from '../../content/image/edit-json.ts';
import { parseJson } from '../../content/image/manifest.ts';
import { tool } from '../../facts/tool.ts';

/** A layer of the new image, as its config tells of it. */
export interface ConfigLayer {
  readonly diffId: Digest;
  /** Its entry where it comes from; undefined where it is new or nobody wrote one. */
  readonly history: JsonObject | undefined;
  /** Empty where it is not known what is in it. */
  readonly title: string;
  readonly reason: string;
}

/**
 * The config of the re-laid image: `rootfs.diff_ids` and `history` are of the new layers, all else stays as it is
 * (image-spec, config.md). Entries of the base come first as they are, with those that made no layer among them; those of
 * the re-laid part that made no layer follow; then one a layer.
 */
export function relaidConfig(
  config: ImageConfig,
  layers: readonly ConfigLayer[],
  baseLayers: number,
  where: string,
): Uint8Array {
  return editJson(
    config.raw,
    (json) => ({
      ...json,
      rootfs: { ...(json.rootfs as JsonObject), diff_ids: layers.map(({ diffId }) => diffId) },
      history: history(json.history, layers, baseLayers, config.created),
    }),
    where,
  );
}

function history(
  before: unknown,
  layers: readonly ConfigLayer[],
  baseLayers: number,
  created: string | undefined,
): JsonObject[] {
  const entries = Array.isArray(before) ? before.filter(isObject) : [];
  const end = endOfBase(entries, baseLayers);
  const isWhole = end !== undefined;
  const base = isWhole
    ? entries.slice(0, end)
    : layers.slice(0, baseLayers).map((layer) => entryOf(layer, created));
  const empty = entries.slice(end ?? 0).filter(isEmpty);
  return [...base, ...empty, ...layers.slice(baseLayers).map((layer) => entryOf(layer, created))];
}

/** How many entries tell of the lowest `layers`; undefined where there are fewer that made a layer. */
function endOfBase(entries: readonly JsonObject[], layers: number): number | undefined {
  let made = 0;
  let at = 0;
  while (made < layers && at < entries.length) if (!isEmpty(entries[at++] as JsonObject)) made++;
  return made === layers ? at : undefined;
}

const isEmpty = (entry: JsonObject): boolean => entry.empty_layer === true;

function entryOf({ history: known, title, reason }: ConfigLayer, created: string | undefined): JsonObject {
  if (known) return known;
  return {
    ...(created === undefined ? {} : { created }),
    created_by: `${tool.name} relayer${title && ': '}${title}`,
    comment: reason,
  };
}

/** History entries that made a layer, by layer; none where there is not one for each: nobody can say whose they are. */
export function layerEntries({ raw, diffIds }: ImageConfig): JsonObject[] {
  const { history: all } = parseJson(raw, 'image config');
  const entries = Array.isArray(all) ? all.filter((entry) => isObject(entry) && !isEmpty(entry)) : [];
  return entries.length === diffIds.length ? entries : [];
}
