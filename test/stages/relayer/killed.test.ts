import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseImageName } from '../../../src/content/image/name.ts';
import { collect } from '../../../src/content/store/verify.ts';
import { openImage } from '../../../src/pipeline/open.ts';
import { file } from '../../content/rootfs/merged.ts';
import { layer, makeHouse, noise, writeRelease } from './releases.ts';

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const layers = [layer(file('etc/x', 'x')), layer(file('opt/large', noise(2_000_000, 'large')))];

async function serve(answer: RequestListener) {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function relayer(folder: string, ...names: string[]) {
  const child = spawn(process.execPath, [main, 'relayer', ...names, '--scratch', join(folder, 'scratch')], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return { child, ended: Promise.all([once(child, 'exit'), text(child.stderr)]) };
}

async function house() {
  const { built } = await makeHouse();
  await mkdir(join(built.folder, 'scratch'));
  const image = await writeRelease(built.layout, layers, { tag: '1' });
  const name = `oci:${built.path}:1`;
  const target = `oci:${join(built.folder, 'target')}:1`;
  const left = () => readdir(join(built.folder, 'scratch'));
  return { built, image, name, target, left };
}

type House = Awaited<ReturnType<typeof house>>;

/** A registry with the image, that stops in the middle of its large layer. */
async function stalledReading({ built, image }: House) {
  const { server, host } = await serve(async ({ url = '' }, response) => {
    if (url.includes('/manifests/'))
      return void response.setHeader('content-type', image.descriptor.mediaType).end(image.raw);
    const blob = [image.config, ...image.layers].find(({ digest }) => url.endsWith(digest));
    if (blob === undefined) return void response.end('{}');
    const bytes = await collect(built.layout.readBlob(blob), blob.size, 'it');
    response.setHeader('content-length', bytes.length);
    if (bytes.length < 1_000_000) return void response.end(bytes);
    response.write(bytes.subarray(0, 1_000_000));
    server.emit('stalled');
  });
  return {
    stalled: once(server, 'stalled'),
    names: [`${host}/app:1`, `oci:${join(built.folder, 'target')}:1`],
  };
}

/** A registry that never takes the first blob to its end. */
async function stalledWriting({ name }: House) {
  const { server, host } = await serve(({ method, url = '' }, response) => {
    if (url === '/v2/') return void response.end('{}');
    if (method === 'POST') return void response.writeHead(202, { location: '/v2/app/blobs/uploads/1' }).end();
    if (method === 'GET' || method === 'HEAD') return void response.writeHead(404).end();
    server.emit('stalled');
  });
  return { stalled: once(server, 'stalled'), names: [name, `${host}/app:1`] };
}

describe('re-layering that is killed', () => {
  test.each([
    ['while it reads', stalledReading],
    ['while it writes', stalledWriting],
  ] as const)('%s leaves no image, and one that runs again ends well and clears up', async (_, stall) => {
    const one = await house();
    const { stalled, names } = await stall(one);
    const { child, ended } = relayer(one.built.folder, ...names);
    await Promise.race([
      stalled,
      ended.then(([, err]) => {
        throw new Error(`it ended: ${err}`);
      }),
    ]);
    child.kill('SIGKILL');
    await ended;
    expect(await one.left()).toHaveLength(1);
    await expect(openImage(parseImageName(one.target), {})).rejects.toMatchObject({ kind: 'input' });

    const [[code], err] = await relayer(one.built.folder, one.name, one.target).ended;
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(await one.left()).toEqual([]);
    const { source } = await openImage(parseImageName(one.target), {});
    await source.close();
  });
});
