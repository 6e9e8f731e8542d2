/** The real soci, making zTOCs of many layers at once: those of the room, or a newer one on PATH. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Descriptor } from '../../src/content/image/descriptor.ts';
import { type Digest, digestHex } from '../../src/content/image/digest.ts';
import type { MadeLayer } from '../content/layer/made-layer.ts';
import { type Room, run } from './room.ts';
import { type ImageToWrite, writeImages } from './soci-images.ts';

/** What soci made of the layers of one image: zTOCs by layer, or nothing, for one bad layer fails them all. */
export type Created =
  | {
      readonly kind: 'created';
      readonly ztocs: ReadonlyMap<Digest, Digest>;
      readonly index: Buffer;
      /** The image's manifest, which a v1 index names. */
      readonly image: Descriptor;
    }
  | { readonly kind: 'refused'; readonly message: string };

export interface Soci {
  /** Builds an image of each group of layers, and has soci index each image. */
  create(groups: readonly (readonly MadeLayer[])[], spanBytes: number): Promise<Created[]>;
  /** A zTOC, or an index, of the last `create`. */
  blob(digest: Digest): Promise<Buffer>;
  stop(): Promise<void>;
}

const namedImage = (layers: readonly MadeLayer[], at: number): ImageToWrite => ({
  layers,
  annotations: { 'io.containerd.image.name': `parity.test/image:${at}` },
});

/**
 * Runs `soci create` for each image of a layout, some at once. Prints `N STATUS`, and keeps what each printed.
 * Its database is one file under a lock: what runs at once waits there, but not while it reads layers.
 */
const createIndexes = `
set -eu
cd "$1"
tar -c . | ctr --address "$2" images import --no-unpack - >/dev/null
seq 0 "$(($3 - 1))" | xargs -P "$5" -I@ sh -c '
  status=0
  soci --address "$2" create --min-layer-size 0 --span-size "$4" parity.test/image:$6 >"$1/$6.out" 2>&1 || status=$?
  echo "$status" >"$1/$6.status"
' create "$@" @
ctr --address "$2" images ls -q | xargs ctr --address "$2" images rm --sync >/dev/null
`;

/** The room's soci, with a containerd of its own. `folder`, of this machine, gets its content. */
export async function startRoomSoci(room: Room, folder: string): Promise<Soci> {
  const state = join(folder, 'soci');
  const content = join(state, 'content', 'blobs', 'sha256');
  await mkdir(state, { recursive: true });
  await room.bind(state, '/var/lib/soci-snapshotter-grpc');
  await room.bind(folder);
  const address = '/run/parity.sock';
  const configuration = join(folder, 'containerd.toml');
  await writeFile(configuration, 'version = 2\n');
  const containerd = await room.start(
    ['containerd', '--config', configuration, '--address', address, '--state', '/run/parity'],
    /containerd successfully booted/,
  );
  const layout = join(folder, 'images');
  return {
    create: async (groups, spanBytes) => {
      await rm(layout, { recursive: true, force: true });
      await rm(content, { recursive: true, force: true });
      await mkdir(content, { recursive: true });
      const images = await writeImages(layout, groups.map(namedImage));
      await room.run([
        'sh',
        '-c',
        createIndexes,
        'create',
        layout,
        address,
        String(groups.length),
        String(spanBytes),
        String(availableParallelism()),
      ]);
      const indexes = await indexesIn(content);
      return Promise.all(images.map((image, at) => resultOf(layout, at, image, indexes)));
    },
    blob: (digest) => readFile(join(content, digestHex(digest))),
    stop: () => containerd.stop(),
  };
}

async function resultOf(
  layout: string,
  at: number,
  image: Descriptor,
  indexes: readonly Buffer[],
): Promise<Created> {
  const output = await readFile(join(layout, `${at}.out`), 'utf8');
  if ((await readFile(join(layout, `${at}.status`), 'utf8')).trim() !== '0')
    return { kind: 'refused', message: output };
  const pairs = [...output.matchAll(/layer (sha256:\S+) -> ztoc (sha256:\S+)/g)];
  const ztocs = new Map(pairs.map(([, layer, ztoc]) => [layer as Digest, ztoc as Digest]));
  const index = indexes.find((bytes) => bytes.includes(image.digest));
  if (!index) throw new Error(`soci wrote no index for image ${at}\n${output}`);
  return { kind: 'created', ztocs, index, image };
}

async function indexesIn(content: string): Promise<Buffer[]> {
  const all = await Promise.all((await readdir(content)).map((name) => readFile(join(content, name))));
  return all.filter((bytes) => bytes.toString('latin1', 0, 16) === '{"schemaVersion"');
}

/** What the soci on PATH says of itself if it needs no containerd (0.14 and newer); undefined where there is none. */
export async function findStandaloneSoci(): Promise<string | undefined> {
  const help = await run('soci', ['convert', '--help']).catch(() => undefined);
  return help?.stdout.includes('--standalone') ? (await run('soci', ['--version'])).stdout.trim() : undefined;
}

/** The soci on PATH. `folder` gets its content. */
export function standaloneSoci(folder: string): Soci {
  let converted: string[] = [];
  return {
    create: async (groups, spanBytes) => {
      const made: Created[] = [];
      for (const at of converted) await rm(at, { recursive: true });
      converted = groups.map((_, at) => join(folder, `converted-${at}`));
      for (const [at, layers] of groups.entries()) {
        const layout = join(folder, 'image');
        const [image] = await writeImages(layout, [{ layers }]);
        made.push(await convert(layout, converted[at] as string, spanBytes, image as Descriptor));
        await rm(layout, { recursive: true });
      }
      return made;
    },
    blob: async (digest) => {
      for (const layout of converted) {
        const found = await readFile(join(layout, 'blobs', 'sha256', digestHex(digest))).catch(
          () => undefined,
        );
        if (found) return found;
      }
      throw new Error(`${digest} is not among what soci made`);
    },
    stop: async () => {},
  };
}

/** Runs `soci convert` on a layout; the zTOCs are those that the SOCI index of its result names. */
async function convert(from: string, to: string, spanBytes: number, image: Descriptor): Promise<Created> {
  await mkdir(to, { recursive: true });
  const options = [
    '--standalone',
    '--format',
    'oci-dir',
    '--span-size',
    String(spanBytes),
    '--min-layer-size',
    '0',
  ];
  const failure = await run('soci', ['convert', ...options, from, to], {
    env: { ...process.env, TZ: 'UTC' },
  }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (failure !== undefined) return { kind: 'refused', message: failure };
  const read = (digest: string) => readFile(join(to, 'blobs', 'sha256', digestHex(digest as Digest)));
  const layout = JSON.parse(await readFile(join(to, 'index.json'), 'utf8'));
  const top = JSON.parse((await read(layout.manifests[0].digest)).toString());
  const named = top.manifests.find((entry: Descriptor) => entry.artifactType?.includes('soci.index.v2'));
  const index = await read(named.digest);
  const ztocs = new Map<Digest, Digest>();
  for (const { digest, annotations } of JSON.parse(index.toString()).layers) {
    ztocs.set(annotations['com.amazon.soci.image-layer-digest'], digest);
  }
  return { kind: 'created', ztocs, index, image };
}
