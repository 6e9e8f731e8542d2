import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/content/image/digest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const layer = Buffer.alloc(1_000_000, 7);
const config = Buffer.from(
  JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [digestOf('x')] },
  }),
);
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: mediaTypes.ociLayerGzip, digest: digestOf(layer), size: layer.length }],
  }),
);

let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pull-budget-interruption-'));
  /** A registry that sends half of the layer and then nothing: as a network that stalls. */
  server = createServer((request, response) => {
    const path = request.url ?? '';
    if (path.includes('/manifests/')) {
      response.setHeader('content-type', mediaTypes.ociManifest).end(manifest);
    } else if (path.endsWith(digestOf(config))) response.end(config);
    else if (path.endsWith(digestOf(layer))) {
      response.setHeader('content-length', layer.length).write(layer.subarray(0, layer.length / 2));
      server.emit('stalled');
    } else response.end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

describe('a copy that is interrupted while nothing comes', () => {
  it.each([
    ['SIGINT', 1, 130],
    ['SIGTERM', 1, 143],
    // A terminal that goes away brings it twice.
    ['SIGHUP', 2, 129],
  ] as const)(
    'by %s ends at once, says so, and leaves no part of a blob behind',
    async (signal, times, exit) => {
      const { port } = server.address() as AddressInfo;
      const stalled = once(server, 'stalled');
      const child = spawn(process.execPath, [main, 'copy', `127.0.0.1:${port}/a:b`, `oci:${signal}:b`], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
      await stalled;
      for (let time = 0; time < times; time++) child.kill(signal);
      const [[code], out, err] = await ended;
      expect({ code, out }).toEqual({ code: exit, out: '' });
      expect(err).toMatch(new RegExp(`interrupted by ${signal}\\n$`));
      const files = await readdir(join(folder, signal), { recursive: true, withFileTypes: true });
      const names = files.filter((file) => file.isFile()).map(({ name }) => name);
      expect(names).not.toContain(digestOf(layer).slice('sha256:'.length));
      expect(
        names.filter((name) => !['oci-layout', 'index.json'].includes(name) && !/^[0-9a-f]{64}$/.test(name)),
      ).toEqual([]);
    },
  );
});
