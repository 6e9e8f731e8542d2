import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStream } from '../../../src/content/bytes.ts';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { type Manifest, parseManifest } from '../../../src/content/image/manifest.ts';
import { openRegistry, type Registry, type RegistryOptions } from '../../../src/content/registry/registry.ts';
import type { Clock } from '../../../src/content/registry/retry.ts';
import type { FakeRegistry } from './fake-registry.ts';

/** A clock that does not wait: sleeping moves it on. Chance is always at its worst. */
export function manualClock(): Clock & { slept: number[]; advance(milliseconds: number): void } {
  let time = Date.parse('2026-01-01T00:00:00Z');
  const slept: number[] = [];
  return {
    slept,
    advance: (milliseconds) => {
      time += milliseconds;
    },
    now: () => time,
    random: () => 1,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      time += milliseconds;
    },
  };
}

/** A directory with docker's config.json. */
export function dockerConfig(config: unknown = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'docker-config-'));
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  writeFileSync(join(directory, 'config.json'), text);
  return directory;
}

const nobody = dockerConfig();

export function login(fake: FakeRegistry, user: string, password: string): string {
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  return dockerConfig({ auths: { [fake.host]: { auth } } });
}

/** Our client of a fake, with no credentials and no real waiting unless said otherwise. */
export function clientOf(
  fake: FakeRegistry,
  options: RegistryOptions = {},
  repository = 'acme/app',
): Registry {
  return openRegistry(
    { host: fake.host, repository },
    { dockerConfig: nobody, clock: manualClock(), ...options },
  );
}

/** Bytes without a pattern, the same for the same seed. */
export function noise(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed;
  for (let at = 0; at < size; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export function blobOf(bytes: Buffer): Descriptor {
  return { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(bytes), size: bytes.length };
}

/** Opens the bytes as a stream in pieces. */
export function streamOf(bytes: Buffer, piece = 64 * 1024): () => ByteStream {
  return async function* () {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  };
}

export async function all(stream: ByteStream): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** An image manifest; `more` is set beside config and layers. */
export function manifestOf(more: object = {}): Manifest {
  const config = {
    mediaType: 'application/vnd.oci.empty.v1+json',
    digest: digestOf('{}'),
    size: 2,
  };
  const json = { schemaVersion: 2, mediaType: manifestType, config, layers: [], ...more };
  return parseManifest(Buffer.from(JSON.stringify(json)), {}, 'test');
}
