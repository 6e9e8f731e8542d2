import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseImageName } from '../../src/content/image/name.ts';
import { serveLayout } from '../../src/content/registry/server.ts';
import { collect } from '../../src/content/store/verify.ts';
import { openImage } from '../../src/pipeline/open.ts';
import { makeLayer } from '../content/layer/made-layer.ts';
import { makePlace, writeImage } from '../pipeline/pipeline.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const small = makeLayer({ small: Buffer.from('small') });
const large = makeLayer({ large: Buffer.alloc(3_000_000, 'large') }, 'none');

/** A registry that holds an image, and stops in the middle of its large layer until `heal` is called. */
async function stallingSource() {
  const { layout, folder } = await makePlace();
  const image = await writeImage(layout, [small, large], { tag: '1' });
  if (image.kind !== 'image') throw new Error('no image');
  let isHealed = false;
  const answer: RequestListener = async ({ url = '' }, response) => {
    if (url.includes('/manifests/')) {
      return void response.setHeader('content-type', image.descriptor.mediaType).end(image.raw);
    }
    const blob = [image.config, ...image.layers].find(({ digest }) => url.endsWith(digest));
    if (blob === undefined) return void response.end('{}');
    const bytes = await collect(layout.readBlob(blob), blob.size, 'it');
    response.setHeader('content-length', bytes.length);
    if (isHealed || blob.digest !== large.descriptor.digest) return void response.end(bytes);
    response.write(bytes.subarray(0, 1_000_000));
    server.emit('stalled');
  };
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    folder,
    image,
    name: `127.0.0.1:${(server.address() as AddressInfo).port}/app:1`,
    stalled: once(server, 'stalled'),
    heal: () => {
      isHealed = true;
    },
  };
}

function copy(folder: string, ...names: string[]) {
  const child = spawn(process.execPath, [main, 'copy', ...names], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = Promise.all([once(child, 'exit'), text(child.stderr)]);
  return { child, ended };
}

describe('a copy that ends in the middle of a blob', () => {
  test.each([
    ['SIGKILL', 'a layout'],
    ['SIGKILL', 'a registry'],
    ['SIGINT', 'a registry'],
  ] as const)(
    'by %s, to %s, leaves no tag there, and one that runs again ends well',
    async (signal, kind) => {
      const { folder, image, name, stalled, heal } = await stallingSource();
      const target = join(folder, 'target');
      const server = kind === 'a registry' ? await serveLayout({ layout: target }) : undefined;
      onTestFinished(() => server?.close());
      const destination = server ? `${server.host}/app:1` : `oci:${target}:1`;
      const { child, ended } = copy(folder, name, destination);
      await stalled;
      child.kill(signal);
      await ended;
      await expect(openImage(parseImageName(destination), {})).rejects.toMatchObject({
        code: 'not-found',
      });

      heal();
      const [[code], err] = await copy(folder, name, destination).ended;
      expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
      const { source, descriptor } = await openImage(parseImageName(destination), {});
      expect(descriptor.digest).toBe(image.descriptor.digest);
      for (const { descriptor: layer, bytes } of [small, large]) {
        expect(bytes.equals(await collect(source.readBlob(layer), layer.size, 'it'))).toBe(true);
      }
      await source.close();
      // Of the first try nothing is left; what the registry still keeps for its client goes when it closes.
      await server?.close();
      const files = await readdir(target, { recursive: true, withFileTypes: true });
      const odd = files
        .filter((file) => file.isFile())
        .map(({ name }) => name)
        .filter((file) => !/^([0-9a-f]{64}|oci-layout|index\.json)$/.test(file));
      expect(odd).toEqual([]);
    },
  );
});
