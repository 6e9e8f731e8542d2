import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings, type Written } from '../../src/config/read.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { Descriptor } from '../../src/content/image/descriptor.ts';
import { describeBytes } from '../../src/content/image/descriptor.ts';
import { type Manifest, parseManifest } from '../../src/content/image/manifest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import { hostPlatform, type Platform } from '../../src/content/image/platform.ts';
import { silentProgress } from '../../src/content/progress.ts';
import { type Layout, openLayout } from '../../src/content/store/layout.ts';
import type { Context } from '../../src/pipeline/context.ts';
import type { MadeLayer } from '../content/layer/made-layer.ts';
import { scratch } from '../content/store/sample-image.ts';

/** A context that remembers what it was told. */
export interface Told extends Context {
  readonly notices: string[];
  readonly phases: string[];
}

export function listen(signal: AbortSignal = new AbortController().signal): Told {
  const [notices, phases]: [string[], string[]] = [[], []];
  return {
    progress: silentProgress,
    signal,
    notices,
    phases,
    notice: (line) => void notices.push(line),
    onSecret: () => {},
    phase: (title, work) => {
      phases.push(title);
      return work();
    },
  };
}

/** Settings as a command line would give them, with a scratch folder of their own. */
export function settingsFor(scratchFolder: string, written: Written): Settings {
  return readSettings('flag', { scratch: scratchFolder, attempts: '1', ...written });
}

/** A layout to fill, and an empty scratch folder that must be empty afterwards. */
export async function makePlace() {
  const folder = await scratch();
  const layout = await openLayout(join(folder, 'layout'), { create: true });
  const scratchFolder = join(folder, 'scratch');
  return {
    folder,
    layout,
    path: join(folder, 'layout'),
    scratch: scratchFolder,
    left: () => readdir(scratchFolder).catch(() => []),
  };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export async function writeBlob(layout: Layout, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const descriptor = describeBytes(mediaType, bytes);
  await layout.writeBlob(descriptor, async function* () {
    yield bytes;
  });
  return descriptor;
}

/** A manifest with `mediaType` and whatever else. */
export async function writeManifest(
  layout: Layout,
  mediaType: string,
  content: object,
  tag?: string,
): Promise<Manifest> {
  const manifest = parseManifest(json({ schemaVersion: 2, mediaType, ...content }), {}, 'test');
  await layout.writeManifest(manifest);
  if (tag !== undefined) await layout.tag(manifest, tag);
  return manifest;
}

/** An image of these layers; without a platform it is this machine's. */
export async function writeImage(
  layout: Layout,
  layers: readonly MadeLayer[],
  { tag, platform = hostPlatform() }: { tag?: string; platform?: Platform } = {},
): Promise<Manifest> {
  for (const { descriptor, bytes } of layers) await writeBlob(layout, descriptor.mediaType, bytes);
  const config = await writeBlob(
    layout,
    mediaTypes.ociConfig,
    json({ ...platform, rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) } }),
  );
  return writeManifest(
    layout,
    mediaTypes.ociManifest,
    { config, layers: layers.map(({ descriptor }) => descriptor) },
    tag,
  );
}

/** An index of what was written, each entry with what its descriptor says beside. */
export function writeIndex(
  layout: Layout,
  entries: readonly (readonly [Manifest, object])[],
  tag?: string,
): Promise<Manifest> {
  const manifests = entries.map(([{ descriptor }, more]) => ({ ...descriptor, ...more }));
  return writeManifest(layout, mediaTypes.ociIndex, { manifests }, tag);
}
