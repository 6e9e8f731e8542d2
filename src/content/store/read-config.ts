import { inputError } from '../error.ts';
import { type ImageConfig, parseConfig } from '../image/config.ts';
import type { ImageManifest } from '../image/manifest.ts';
import type { ImageSource } from './store.ts';
import { collect } from './verify.ts';

/** Configs are read whole; the largest seen are some 100 KB. */
const maxConfigBytes = 16 * 1024 * 1024;

/**
 * The config of an image, with one diffID for each layer of its manifest.
 * @throws PullBudgetError `bad-config`, `too-large`, and what parseConfig and the source throw
 */
export async function readConfig(
  source: ImageSource,
  { config, layers }: ImageManifest,
): Promise<ImageConfig> {
  const where = `${source.location}: config ${config.digest}`;
  const parsed = parseConfig(await collect(source.readBlob(config), maxConfigBytes, where), where);
  if (parsed.diffIds.length === layers.length) return parsed;
  throw inputError('bad-config', `${where}: ${parsed.diffIds.length} diff_ids for ${layers.length} layers`, {
    hint: 'Manifest and config do not belong together; build or push the image again.',
  });
}
