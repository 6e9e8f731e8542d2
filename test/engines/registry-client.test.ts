import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ByteStream } from '../../src/content/bytes.ts';
import { type Descriptor, describeBytes } from '../../src/content/image/descriptor.ts';
import { digestOf } from '../../src/content/image/digest.ts';
import { type ImageManifest, type Manifest, parseManifest } from '../../src/content/image/manifest.ts';
import { mediaTypes } from '../../src/content/image/media-type.ts';
import {
  type Registry as Client,
  openRegistry,
  type RegistryOptions,
} from '../../src/content/registry/registry.ts';
import type { BlobOutcome } from '../../src/content/store/store.ts';
import {
  describeEngines,
  engine,
  enterRoom,
  makeCertificate,
  type RegistryKind,
  type Room,
  registryUser,
  run,
  startRegistry,
} from './room.ts';

interface Image {
  readonly manifest: ImageManifest;
  readonly blobs: ReadonlyMap<Descriptor, Buffer>;
}

const crane = async (...args: string[]): Promise<string> => (await run(engine('crane'), args)).stdout;

async function* stream(bytes: Buffer): ByteStream {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

async function read(bytes: ByteStream): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

/** An image of real gzipped layers, one of them larger than a range. */
async function makeImage(folder: string, types: 'oci' | 'docker'): Promise<Image> {
  const blobs = new Map<Descriptor, Buffer>();
  const [layerType, configType, manifestType] =
    types === 'oci'
      ? [mediaTypes.ociLayerGzip, mediaTypes.ociConfig, mediaTypes.ociManifest]
      : [mediaTypes.dockerLayerGzip, mediaTypes.dockerConfig, mediaTypes.dockerManifest];
  const diffIds: string[] = [];
  for (const size of [5, 20_000_000]) {
    await writeFile(join(folder, `file-${size}`), randomBytes(size));
    await run('tar', ['-C', folder, '-czf', join(folder, 'layer.tgz'), `file-${size}`]);
    const bytes = await readFile(join(folder, 'layer.tgz'));
    diffIds.push(digestOf(gunzipSync(bytes)));
    blobs.set(describeBytes(layerType, bytes), bytes);
  }
  const layers = [...blobs.keys()];
  const rootfs = { type: 'layers', diff_ids: diffIds };
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {}, rootfs }));
  const described = describeBytes(configType, config);
  blobs.set(described, config);
  const json = { schemaVersion: 2, mediaType: manifestType, config: described, layers };
  // Spaces that nobody else would write: the bytes must stay as they are.
  const manifest = parseManifest(Buffer.from(JSON.stringify(json, null, 5)), {}, 'image') as ImageManifest;
  return { manifest, blobs };
}

async function push(
  client: Client,
  { manifest, blobs }: Image,
  tag: string,
  from?: Client,
): Promise<BlobOutcome[]> {
  const outcomes = await Promise.all(
    [...blobs].map(([descriptor, bytes]) => client.writeBlob(descriptor, () => stream(bytes), from)),
  );
  await client.writeManifest(manifest);
  await client.tag(manifest, tag);
  return outcomes;
}

describeEngines('the registry client', ['crane', 'registry', 'room'], () => {
  let folder: string;
  let room: Room;
  const images = {} as Record<'oci' | 'docker', Image>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'client-'));
    await mkdir(join(folder, 'nobody'));
    room = await enterRoom({ binds: [folder] });
    for (const types of ['oci', 'docker'] as const) images[types] = await makeImage(folder, types);
  });

  afterAll(async () => {
    await room.leave();
    await rm(folder, { recursive: true });
  });

  describe.each(['distribution-v3', 'docker-registry-2.8'] as const)('with %s', (kind) => {
    const start = async (
      name: string,
      options: { auth?: 'htpasswd'; readOnly?: boolean; tls?: boolean } = {},
    ) => {
      const registryKind: RegistryKind = kind === 'distribution-v3' ? { kind } : { kind, room };
      const storage = join(folder, `${kind}-${name}`);
      const { tls, ...rest } = options;
      const certificate = tls ? await makeCertificate(storage) : undefined;
      const registry = await startRegistry({
        ...registryKind,
        ...rest,
        storage,
        ...(certificate && { tls: certificate }),
      });
      return { ...registry, certificate, [Symbol.asyncDispose]: () => registry.stop() };
    };
    const open = (host: string, repository: string, options: RegistryOptions = {}): Client =>
      openRegistry({ host, repository }, { dockerConfig: join(folder, 'nobody'), ...options });

    test.each(['oci', 'docker'] as const)(
      'crane finds whole and unchanged what we push (%s types)',
      async (types) => {
        await using registry = await start(`push-${types}`);
        const image = images[types];
        const client = open(registry.host, 'acme/app');
        expect(await push(client, image, '1')).toEqual(['written', 'written', 'written']);

        const reference = `${registry.host}/acme/app:1`;
        await crane('validate', '--remote', reference);
        expect(await crane('manifest', reference)).toBe(Buffer.from(image.manifest.raw).toString());
        expect((await crane('digest', reference)).trim()).toBe(image.manifest.descriptor.digest);

        expect(await push(client, image, '1')).toEqual(['existed', 'existed', 'existed']);
        const other = open(registry.host, 'acme/other');
        expect(await push(other, image, '2', client)).toEqual(['mounted', 'mounted', 'mounted']);
        await crane('validate', '--remote', `${registry.host}/acme/other:2`);
        await client.close();
        await other.close();
      },
    );

    test('we read byte for byte what crane pushes', async () => {
      await using registry = await start('pull');
      const reference = `${registry.host}/acme/app:crane`;
      const layers = ['--new_layer', join(folder, 'layer.tgz'), '--new_layer', join(folder, 'file.tgz')];
      await run('tar', ['-C', folder, '-czf', join(folder, 'file.tgz'), 'file-5']);
      await crane('append', '--oci-empty-base', ...layers, '--new_tag', reference);
      await crane('tag', reference, 'again');

      const client = open(registry.host, 'acme/app', { rangeBytes: 1 << 20 });
      expect(await client.tags()).toEqual(
        (await crane('ls', `${registry.host}/acme/app`)).trim().split('\n').sort(),
      );
      const descriptor = await client.resolve('crane');
      expect(descriptor.digest).toBe((await crane('digest', reference)).trim());
      const manifest = (await client.readManifest(descriptor)) as ImageManifest;
      expect(Buffer.from(manifest.raw).toString()).toBe(await crane('manifest', reference));
      expect(manifest.layers).toHaveLength(2);
      for (const blob of [manifest.config, ...manifest.layers]) {
        expect(await read(client.readBlob(blob))).toBe(blob.digest);
      }
      const [large] = manifest.layers as [Descriptor];
      const bytes = await readFile(join(folder, 'layer.tgz'));
      const range = { start: 1_234_567, end: 9_876_543 };
      expect(await read(client.readBlob(large, range))).toBe(
        digestOf(bytes.subarray(range.start, range.end)),
      );
      await expect(client.resolve('absent')).rejects.toMatchObject({ code: 'not-found' });
      await client.close();
    });

    test('TLS by an own authority and a password are needed, and enough', async () => {
      await using registry = await start('private', { auth: 'htpasswd', tls: true });
      const { username, password } = registryUser;
      const login = async (name: string, secret: string): Promise<string> => {
        const auth = Buffer.from(`${username}:${secret}`).toString('base64');
        await mkdir(join(folder, `${kind}-${name}`));
        const config = JSON.stringify({ auths: { [registry.host]: { auth } } });
        await writeFile(join(folder, `${kind}-${name}`, 'config.json'), config);
        return join(folder, `${kind}-${name}`);
      };
      const caFile = registry.certificate?.certificate as string;
      const secrets: string[] = [];
      const client = open(registry.host, 'acme/app', {
        caFile,
        dockerConfig: await login('known', password),
        onSecret: (value) => secrets.push(value),
      });
      expect(await push(client, images.oci, '1')).toEqual(['written', 'written', 'written']);
      expect((await client.resolve('1')).digest).toBe(images.oci.manifest.descriptor.digest);
      expect(secrets).toContain(password);

      const refused = [
        [{ caFile, dockerConfig: await login('wrong', 'no') }, 'unauthorized'],
        [{ caFile }, 'unauthorized'],
        [{ certFile: caFile, keyFile: registry.certificate?.key as string }, 'tls'],
        [{ plainHttp: [registry.host] }, 'refused'],
      ] as const;
      for (const [options, code] of refused) {
        const other = open(registry.host, 'acme/app', options);
        await expect(other.tags()).rejects.toMatchObject({ code });
        await other.close();
      }
      await client.close();
    });

    test('a registry in maintenance is told to be read-only', async () => {
      await using registry = await start('maintenance', { readOnly: true });
      const client = open(registry.host, 'acme/app');
      await expect(push(client, images.oci, '1')).rejects.toMatchObject({
        code: 'not-allowed',
        kind: 'input',
      });
      await client.close();
    });

    test('referrers are kept under the fallback tag, as neither has the API', async () => {
      await using registry = await start('referrers');
      const client = open(registry.host, 'acme/app');
      const { manifest, blobs } = images.oci;
      await push(client, { manifest, blobs }, '1');
      const empty = Buffer.from('{}');
      const config = describeBytes(mediaTypes.ociEmpty, empty);
      await client.writeBlob(config, () => stream(empty));
      const artifacts = ['a', 'b'].map((type): Manifest => {
        const json = {
          schemaVersion: 2,
          mediaType: mediaTypes.ociManifest,
          artifactType: `application/vnd.${type}`,
          config,
          layers: [config],
          subject: manifest.descriptor,
        };
        return parseManifest(Buffer.from(JSON.stringify(json)), {}, 'artifact');
      });
      for (const artifact of artifacts) await client.writeManifest(artifact);

      const { digest } = manifest.descriptor;
      expect((await client.referrers(digest)).map((each) => each.digest)).toEqual(
        artifacts.map((each) => each.descriptor.digest),
      );
      expect(await client.referrers(digest, 'application/vnd.b')).toHaveLength(1);
      const list = JSON.parse(
        await crane('manifest', `${registry.host}/acme/app:${digest.replace(':', '-')}`),
      );
      expect(list.manifests.map((each: Descriptor) => each.artifactType)).toEqual([
        'application/vnd.a',
        'application/vnd.b',
      ]);
      await client.close();
    });
  });
});
