/**
 * The engine `embedded` on 2 GB in 6 layers from distribution v3 on loopback, against `skopeo copy docker:// dir:`
 * and `tar x` of each layer: node bench/embedded.ts [RUNS]. Both as whole processes, skopeo and tar from the room.
 */
import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { digestHex } from '../src/content/image/digest.ts';
import { openLayout } from '../src/content/store/layout.ts';
import { enterRoom, roomCommand } from '../test/engines/room.ts';
import { benchFolder, benchLayout } from './image.ts';
import { race } from './paired.ts';
import { engines, startRegistry } from './registry.ts';

/** IMAGE FOLDER LAYER…: skopeo names the file of a layer after its digest. */
const copyAndUnpack = `
set -eu
image=$1 folder=$2
shift 2
skopeo --insecure-policy copy --quiet --src-tls-verify=false "docker://$image" "dir:$folder/blobs"
for layer; do
  mkdir "$folder/$layer"
  tar xzf "$folder/blobs/$layer" -C "$folder/$layer"
done
`;

const runs = Number(process.argv[2] ?? 5);
const layout = await benchLayout();
const source = await openLayout(layout);
const manifest = await source.readManifest(await source.resolve('bench'));
await source.close();
if (manifest.kind !== 'image') throw new Error('the image of the benches is none');

const folder = join(benchFolder, 'pull');
const work = join(folder, 'work');
let used = 0;
/**
 * Begins with an empty folder and nothing to write out. Files of earlier runs are emptied and stay until the end: on
 * ext4 without a journal a new file would be searched for among all that were deleted in the last minutes.
 */
const reset = async (): Promise<void> => {
  await mkdir(work, { recursive: true });
  const old = join(folder, `used-${used++}`);
  await rename(work, old);
  await promisify(execFile)('find', [
    old,
    '-type',
    'f',
    '-size',
    '+0',
    '-exec',
    'truncate',
    '-s',
    '0',
    '{}',
    '+',
  ]);
  await mkdir(work);
  await promisify(execFile)('sync');
};
const registry = await startRegistry();
const room = await enterRoom({ binds: [benchFolder] });
try {
  const image = `${registry.host}/bench/pull:run`;
  await promisify(execFile)(join(engines, 'bin', 'crane'), ['push', '--insecure', layout, image]);
  const layers = manifest.layers.map(({ digest }) => digestHex(digest));
  await race(
    {
      name: 'pull-budget, engine embedded',
      argv: [process.execPath, 'bench/pull-once.ts', image, join(work, 'embedded')],
      reset,
    },
    {
      name: 'skopeo copy docker:// dir:, tar x',
      argv: roomCommand(room, ['sh', '-c', copyAndUnpack, 'copyAndUnpack', image, work, ...layers]),
      reset,
    },
    { runs, bytes: manifest.layers.reduce((sum, layer) => sum + layer.size, 0) },
  );
} finally {
  await rm(folder, { recursive: true, force: true });
  await room.leave();
  await registry.stop();
}
