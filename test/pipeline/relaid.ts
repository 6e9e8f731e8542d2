/** Releases of a made Python image, to be re-laid: of the second one package and the app changed. */
import { randomBytes } from 'node:crypto';
import type { Manifest } from '../../src/content/image/manifest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import { hostPlatform, type Platform } from '../../src/content/image/platform.ts';
import type { Layout } from '../../src/content/store/layout.ts';
import { type MadeLayer, makeLayer } from '../content/layer/made-layer.ts';
import { writeBlob, writeManifest } from './pipeline.ts';

const packages = 'usr/lib/python3/site-packages';
const big = randomBytes(900_000);

/** Lowest, and the same in every release. */
export const base = makeLayer({
  'etc/os-release': Buffer.from('ID=made\n'),
  'usr/lib/libc.so': randomBytes(400_000),
});

/** As `pip install` leaves them: a package that stays as it is, and one of this version. */
export function wheels(version: string): MadeLayer {
  const info = `${packages}/foo-${version}.dist-info`;
  return makeLayer({
    [`${packages}/big-2.0.dist-info/METADATA`]: Buffer.from('Name: big\nVersion: 2.0\n'),
    [`${packages}/big-2.0.dist-info/RECORD`]: Buffer.from('big/big.so,,\nbig-2.0.dist-info/METADATA,,\n'),
    [`${packages}/big/big.so`]: big,
    [`${info}/METADATA`]: Buffer.from(`Name: foo\nVersion: ${version}\n`),
    [`${info}/RECORD`]: Buffer.from(`foo/a.py,,\nfoo-${version}.dist-info/METADATA,,\n`),
    [`${packages}/foo/a.py`]: Buffer.from(`VERSION = '${version}'\n`),
  });
}

export const app = (version: string): MadeLayer =>
  makeLayer({ 'srv/app/main.py': Buffer.from(`import foo\nprint('app ${version}')\n`) });

/** A release's layers as a Dockerfile would make them. */
export const layersOf = (version: string): readonly MadeLayer[] => [base, wheels(version), app(version)];

/** Writes an image of these layers that a Dockerfile could have made. */
export async function writeRelease(
  layout: Layout,
  layers: readonly MadeLayer[],
  { tag, platform = hostPlatform() }: { tag?: string; platform?: Platform } = {},
): Promise<Manifest> {
  for (const { descriptor, bytes } of layers) await writeBlob(layout, descriptor.mediaType, bytes);
  const steps = ['ADD rootfs.tar /', 'RUN pip install -r requirements.txt', 'COPY app /srv/app'];
  const config = {
    ...platform,
    config: { WorkingDir: '/srv/app' },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map((_, at) => ({ created_by: steps[at] })),
  };
  return writeManifest(
    layout,
    mediaTypes.ociManifest,
    {
      config: await writeBlob(layout, mediaTypes.ociConfig, Buffer.from(JSON.stringify(config))),
      layers: layers.map(({ descriptor }) => descriptor),
    },
    tag,
  );
}
