import { inputError } from '../error.ts';
import { isObject, type JsonObject } from './descriptor.ts';
import { type Digest, parseDigest } from './digest.ts';
import { parseJson } from './manifest.ts';
import type { Platform } from './platform.ts';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md, as a view on the raw bytes. */
export interface ImageConfig {
  readonly raw: Uint8Array;
  readonly platform: Platform;
  /** Digests of the uncompressed layers, in order. */
  readonly diffIds: readonly Digest[];
  /** The history entries that made a layer, in the order of `diffIds`; fewer where the builder wrote none. */
  readonly layerHistory: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly created: string | undefined;
}

/** @throws PullBudgetError `bad-manifest`, `bad-config`, `bad-digest` */
export function parseConfig(raw: Uint8Array, where: string): ImageConfig {
  const json = parseJson(raw, where);
  const rootfs = json.rootfs;
  if (!isObject(rootfs) || !Array.isArray(rootfs.diff_ids)) {
    throw inputError('bad-config', `${where}: the image config has no rootfs.diff_ids`, {
      hint: 'The config is not that of a container image; check that the reference names an image, not an artifact.',
    });
  }
  return {
    raw,
    platform: platformOf(json),
    diffIds: rootfs.diff_ids.map((id, at) => parseDigest(id, `${where}: rootfs.diff_ids[${at}]`)),
    layerHistory: layerHistory(json.history),
    labels: labelsOf(json.config),
    created: typeof json.created === 'string' ? json.created : undefined,
  };
}

function platformOf(json: JsonObject): Platform {
  const text = (key: string): string | undefined => {
    const value = json[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const variant = text('variant');
  const version = text('os.version');
  return {
    os: text('os') ?? 'unknown',
    architecture: text('architecture') ?? 'unknown',
    ...(variant ? { variant } : {}),
    ...(version ? { 'os.version': version } : {}),
  };
}

function layerHistory(history: unknown): string[] {
  if (!Array.isArray(history)) return [];
  return history
    .filter((entry): entry is JsonObject => isObject(entry) && entry.empty_layer !== true)
    .map((entry) => (typeof entry.created_by === 'string' ? entry.created_by : ''));
}

function labelsOf(config: unknown): Record<string, string> {
  if (!isObject(config) || !isObject(config.Labels)) return {};
  return Object.fromEntries(
    Object.entries(config.Labels).filter(([, value]) => typeof value === 'string'),
  ) as Record<string, string>;
}
