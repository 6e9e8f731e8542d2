import { EventEmitter, once } from 'node:events';
import { readdir, truncate, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import type { Manifest } from '../../../src/content/image/manifest.ts';
import { type RegistryServer, type ServeOptions, serveLayout } from '../../../src/content/registry/server.ts';
import { scratch } from '../store/sample-image.ts';

/** A server over a folder of its own, which end with the test. */
export interface Served extends RegistryServer {
  readonly folder: string;
  /** The lines that it logged. */
  readonly lines: readonly string[];
  /** The first line that matches, now or to come. */
  logged(pattern: RegExp): Promise<string>;
  send(method: string, path: string, message?: Message): Promise<Answer>;
  /** Names of the files that uploads are kept in. */
  unfinished(): Promise<string[]>;
}

export interface Message {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The code of an error. */
  readonly code: string | undefined;
}

export async function serve(options: Partial<ServeOptions> = {}): Promise<Served> {
  const folder = typeof options.layout === 'string' ? options.layout : join(await scratch(), 'layout');
  const lines: string[] = [];
  const news = new EventEmitter();
  const server = await serveLayout({
    layout: folder,
    ...options,
    onRequest: (line) => {
      lines.push(line);
      news.emit('line');
    },
  });
  onTestFinished(() => server.close());
  return {
    ...server,
    folder,
    lines,
    logged: async (pattern) => {
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await once(news, 'line');
      }
    },
    send: (method, path, message) => send(server.host, method, path, message),
    unfinished: () => readdir(join(folder, 'ingest')).catch(() => []),
  };
}

/** One request, its path as it is: fetch would resolve `..` before it is sent. */
export async function send(
  host: string,
  method: string,
  path: string,
  message: Message = {},
): Promise<Answer> {
  const [hostname, port] = host.split(':');
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request({ hostname, port, method, path, headers: message.headers ?? {} }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => {
      const body = Buffer.concat(chunks);
      const isError = (response.statusCode ?? 0) >= 400 && body.length > 0;
      const code = isError ? (JSON.parse(body.toString()).errors[0].code as string) : undefined;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body, code });
    });
  });
  sent.on('error', reject);
  sent.end(message.body);
  return promise;
}

/** Pushes a blob in one request. */
export async function pushBlob(served: Served, bytes: Uint8Array, repository = 'app'): Promise<Digest> {
  const digest = digestOf(bytes);
  const answer = await served.send('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    body: bytes,
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`);
  return digest;
}

/** Opens an upload; gives its path. */
export async function openUpload(served: Served, repository = 'app'): Promise<string> {
  const { headers } = await served.send('POST', `/v2/${repository}/blobs/uploads/`);
  return headers.location ?? '';
}

export function pushManifest(
  served: Served,
  { raw, descriptor }: Manifest,
  reference: string,
  repository = 'app',
): Promise<Answer> {
  return served.send('PUT', `/v2/${repository}/manifests/${reference}`, {
    headers: { 'Content-Type': descriptor.mediaType },
    body: raw,
  });
}

/** A blob of zeros that takes no room: the server does not hash what it serves. */
export async function sparseBlob({ folder }: Served, size: number): Promise<Digest> {
  const digest = digestOf(`stands for ${size} zeros`);
  await writeFile(blobPath(folder, { digest }), '');
  await truncate(blobPath(folder, { digest }), size);
  return digest;
}

export const blobPath = (folder: string, { digest }: Pick<Descriptor, 'digest'>): string =>
  join(folder, 'blobs', ...digest.split(':'));
