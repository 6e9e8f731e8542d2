/**
 * Re-layering a release of the series (bench/series/make.ts makes it): the first time, against `pigz -p2 -6` of the tars
 * that it writes; and after a change of the app, of which it says how much a push sends: node bench/relayer.ts [RUNS]
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeBytes } from '../src/content/image/descriptor.ts';
import { digestHex, digestOf } from '../src/content/image/digest.ts';
import { parseManifest } from '../src/content/image/manifest.ts';
import { mediaTypes } from '../src/content/image/media-type.ts';
import { openLayout } from '../src/content/store/layout.ts';
import { readConfig } from '../src/content/store/read-config.ts';
import { endOfArchive, fileHeader } from '../src/content/tar/writer.ts';
import { benchFolder } from './image.ts';
import { race } from './paired.ts';
import { engines, startRegistry } from './registry.ts';
import { seriesLayout } from './series/series.ts';

const runs = Number(process.argv[2] ?? 3);
const roomPigz = join(engines, 'room', 'usr', 'bin', 'pigz');
const pigz = existsSync(roomPigz) ? roomPigz : 'pigz';
const work = join(benchFolder, 'relayer');
const cli = join(import.meta.dirname, '..', 'dist', 'cli.js');
await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });

const source = join(work, 'source');
spawnSync('cp', ['--archive', '--link', seriesLayout, source]);
await addChangedApp();

const relayerTo = (out: string, release: string, ...more: string[]): string[] => [
  ...[process.execPath, cli, 'relayer', `oci:${source}:${release}`, `oci:${join(work, out)}:${release}`],
  ...['--scratch', work, '--quiet', ...more],
];
const emptied = (out: string) => () => rm(join(work, out), { recursive: true, force: true });

run(relayerTo('held', 'r1'));
const tar = join(work, 'tar');
const newLayers = await writeTars();
const { size: bytes } = await stat(tar);
console.log(`${newLayers} new layers, ${(bytes / 1e6).toFixed(0)} MB of tar`);
await race(
  { name: 'relayer, with zTOCs', argv: relayerTo('first', 'r1'), reset: emptied('first') },
  {
    name: 'pigz -p2 -6 of the new layers',
    argv: ['sh', '-c', '"$0" -p2 -6 < "$1" > "$1.gz"', pigz, tar],
    reset: () => rm(`${tar}.gz`, { force: true }),
  },
  { runs, bytes },
);
const { size: packed } = await stat(`${tar}.gz`);
console.log(
  `pigz makes ${(packed / 1e6).toFixed(1)} MB of them, relayer ${(newBytes() / 1e6).toFixed(1)} MB`,
);
await race(
  {
    name: 'relayer, the app has changed',
    argv: relayerTo('held', 'changed', '--baseline', `oci:${join(work, 'held')}:r1`),
    reset: async () => {},
  },
  { name: 'relayer, the first time', argv: relayerTo('first', 'r1'), reset: emptied('first') },
  { runs, bytes },
);
await pushed();
await rm(work, { recursive: true, force: true });

/** The first release with a changed file on top, as a builder with a cache makes it. */
async function addChangedApp(): Promise<void> {
  const layout = await openLayout(source);
  const manifest = await layout.readManifest(await layout.resolve('r1'));
  if (manifest.kind !== 'image') throw new Error('r1 is no image');
  const config = await readConfig(layout, manifest);
  const content = Buffer.from('print("changed")\n'.repeat(2000));
  const tar = Buffer.concat([
    fileHeader('srv/app/changed.py', content.byteLength),
    content,
    Buffer.alloc(512 - (content.byteLength % 512)),
    endOfArchive,
  ]);
  const write = async (mediaType: string, bytes: Uint8Array) => {
    const descriptor = describeBytes(mediaType, bytes);
    await layout.writeBlob(descriptor, async function* () {
      yield bytes;
    });
    return descriptor;
  };
  const layer = await write(mediaTypes.ociLayerGzip, gzipSync(tar));
  const json = JSON.parse(Buffer.from(config.raw).toString());
  json.rootfs.diff_ids.push(digestOf(tar));
  json.history.push({ created_by: 'COPY changed.py' });
  const configBlob = await write(mediaTypes.ociConfig, Buffer.from(JSON.stringify(json)));
  const changed = {
    ...JSON.parse(Buffer.from(manifest.raw).toString()),
    mediaType: mediaTypes.ociManifest,
    config: configBlob,
    layers: [...manifest.layers, layer],
  };
  const made = parseManifest(Buffer.from(JSON.stringify(changed)), {}, 'changed');
  await layout.writeManifest(made);
  await layout.tag(made, 'changed');
  await layout.close();
}

function run(argv: readonly string[]): string {
  const [program = '', ...rest] = argv;
  const { status, stdout, stderr } = spawnSync(program, rest, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

interface Said {
  readonly writtenBytes: number;
  readonly relayer: readonly {
    readonly delta: { readonly after: { readonly chain: number } };
    readonly layers: readonly { readonly digest: string; readonly origin: string; readonly bytes: number }[];
  }[];
}

function said(...argv: string[]): Said {
  return JSON.parse(run([...relayerTo(...(argv as [string, string])), '--json']));
}

function newLayersOf({ relayer }: Said): Said['relayer'][number]['layers'] {
  return relayer.flatMap(({ layers }) => layers.filter(({ origin }) => origin === 'new'));
}

/** All that relayer compresses, in one file. */
async function writeTars(): Promise<number> {
  const layers = newLayersOf(said('held', 'r1'));
  const blobs = layers.map(({ digest }) => join(work, 'held', 'blobs', 'sha256', digestHex(digest as never)));
  const { status } = spawnSync('sh', ['-c', 'for blob; do gzip -dc "$blob"; done > "$0"', tar, ...blobs]);
  if (status !== 0) throw new Error('gzip failed');
  return layers.length;
}

function newBytes(): number {
  return newLayersOf(said('held', 'r1')).reduce((sum, { bytes: size }) => sum + size, 0);
}

/** What goes to a registry that has the release before. */
async function pushed(): Promise<void> {
  const registry = await startRegistry();
  try {
    const name = (tag: string) => `${registry.host}/bench/relayer:${tag}`;
    run([process.execPath, cli, 'relayer', `oci:${source}:r1`, name('r1'), '--scratch', work, '--quiet']);
    const told: Said = JSON.parse(
      run([
        ...[process.execPath, cli, 'relayer', `oci:${source}:changed`, name('changed')],
        ...['--baseline', name('r1'), '--scratch', work, '--quiet', '--json'],
      ]),
    );
    const delta = told.relayer[0]?.delta.after.chain ?? Number.NaN;
    console.log(
      `delta ${delta} B of layers; ${told.writtenBytes} B of blobs pushed, plan and tables among them`,
    );
  } finally {
    await registry.stop();
  }
}
