/** Images for several platforms, and what they are said to be built on. */
import { describe, expect, test } from 'vitest';
import { infrastructureError } from '../../../src/content/error.ts';
import type { Digest } from '../../../src/content/image/digest.ts';
import type { ImageManifest } from '../../../src/content/image/manifest.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { formatPlatform } from '../../../src/content/image/platform.ts';
import type { FindBase } from '../../../src/stages/relayer/platform-input.ts';
import { relayerImage } from '../../../src/stages/relayer/relayer-image.ts';
import { dir, file } from '../../content/rootfs/merged.ts';
import { writeBlob, writeIndex, writeManifest } from '../../pipeline/pipeline.ts';
import { amd64, arm64, layer, makeHouse, noise, writeRelease } from './releases.ts';

const base = layer(dir('etc'), file('etc/os-release', 'x'));
const runtime = layer(file('usr/lib/libpython.so', noise(300_000, 'python')));
const binary = (name: string) => layer(file('usr/bin/x', noise(100_000, name)), file('srv/a', name));
type House = Awaited<ReturnType<typeof makeHouse>>;

async function twoPlatforms({ built }: House, version: string) {
  const one = await writeRelease(built.layout, [base, binary(`amd64 ${version}`)]);
  const other = await writeRelease(built.layout, [base, binary(`arm64 ${version}`)], { platform: arm64 });
  return [one, other] as const;
}

/** Provenance as BuildKit puts it beside an image. */
async function attestationOf({ built }: House, image: ImageManifest) {
  const statement = await writeBlob(built.layout, 'application/vnd.in-toto+json', Buffer.from('{}'));
  const config = await writeBlob(
    built.layout,
    mediaTypes.ociConfig,
    Buffer.from('{"rootfs":{"diff_ids":[]}}'),
  );
  const made = await writeManifest(built.layout, mediaTypes.ociManifest, { config, layers: [statement] });
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.descriptor.digest,
  };
  return [made, { platform: { os: 'unknown', architecture: 'unknown' }, annotations }] as const;
}

describe('an index', () => {
  test('has its platforms in their order, each re-laid by itself, and loses attestations with a notice', async () => {
    const house = await makeHouse();
    const [one, other] = await twoPlatforms(house, '1');
    const index = await writeIndex(house.built.layout, [
      [other, { platform: arm64, annotations: { 'org.example.note': 'kept' } }],
      [one, { platform: amd64 }],
      await attestationOf(house, one),
    ]);
    const { top, notices, facts } = await house.release(index);
    if (top.kind !== 'index') throw new Error('no index');
    expect(top.manifests.map(({ platform }) => platform && formatPlatform(platform))).toEqual([
      'linux/arm64',
      'linux/amd64',
    ]);
    expect(top.manifests[0]?.annotations).toEqual({ 'org.example.note': 'kept' });
    expect(facts.map(({ platform, input }) => [platform, input])).toEqual([
      ['linux/arm64', other.descriptor.digest],
      ['linux/amd64', one.descriptor.digest],
    ]);
    expect(notices).toEqual([
      expect.stringMatching(/^The attestation .* was dropped.*Attest the re-laid image\.$/),
    ]);
  });

  test('takes each platform’s baseline from another index', async () => {
    const house = await makeHouse();
    const release = async (version: string, more = {}) => {
      const [one, other] = await twoPlatforms(house, version);
      const entries = [
        [one, { platform: amd64 }],
        [other, { platform: arm64 }],
      ] as const;
      return house.release(await writeIndex(house.built.layout, entries), more);
    };
    const first = await release('1');
    const second = await release('1', { baseline: first.held });
    expect(second.descriptor).toEqual(first.descriptor);
    expect(second.bytesWritten).toBe(0);
  });

  test('is re-laid only for the platforms that are asked for; the others stay as they are', async () => {
    const house = await makeHouse();
    const [one, other] = await twoPlatforms(house, '1');
    const index = await writeIndex(house.built.layout, [
      [one, { platform: amd64 }],
      [other, { platform: arm64 }],
    ]);
    const { top, facts } = await house.release(index, { request: { platforms: [arm64] } });
    if (top.kind !== 'index') throw new Error('no index');
    expect(top.manifests[0]).toEqual({ ...one.descriptor, platform: amd64 });
    expect(top.manifests[1]?.digest).not.toBe(other.descriptor.digest);
    expect(facts).toHaveLength(1);
  });

  test('with one image for two platforms has it re-laid once', async () => {
    const house = await makeHouse();
    const [one] = await twoPlatforms(house, '1');
    const index = await writeIndex(house.built.layout, [
      [one, { platform: { ...arm64, variant: 'v8' } }],
      [one, { platform: amd64 }],
    ]);
    const { top, facts } = await house.release(index);
    if (top.kind !== 'index') throw new Error('no index');
    expect(facts).toHaveLength(1);
    expect(new Set(top.manifests.map(({ digest }) => digest)).size).toBe(1);
  });

  test('with a platform that the baseline does not have: that one is re-laid afresh, and it is said', async () => {
    const house = await makeHouse();
    const [one, other] = await twoPlatforms(house, '1');
    const before = await house.release(one);
    const index = await writeIndex(house.built.layout, [
      [one, { platform: amd64 }],
      [other, { platform: arm64 }],
    ]);
    const { notices, facts } = await house.release(index, { baseline: before.held });
    expect(notices).toEqual(['made image is not for linux/arm64: that platform is re-laid afresh.']);
    expect(facts.map(({ baseline }) => baseline)).toEqual([before.descriptor.digest, undefined]);
  });
});

describe('what refers to an image from outside', () => {
  const referTo = ({ built }: House, image: ImageManifest, artifactType: string, name: string) =>
    writeBlob(built.layout, 'application/vnd.oci.empty.v1+json', Buffer.from('{}')).then((config) =>
      writeManifest(built.layout, mediaTypes.ociManifest, {
        artifactType,
        config,
        layers: [],
        subject: image.descriptor,
        annotations: { name },
      }),
    );

  test('stays with the image as it was built, with a notice', async () => {
    const house = await makeHouse();
    const image = await writeRelease(house.built.layout, [base, binary('1')]);
    const signed = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    await referTo(house, image, signed, 'signature');
    await referTo(house, image, 'application/vnd.in-toto+json', 'provenance');
    await referTo(house, image, 'application/vnd.amazon.soci.index.v1+json', 'made anew');
    const { notices, top } = await house.release(image);
    expect(notices).toEqual([
      expect.stringMatching(
        /^2 artifacts that refer to [0-9a-f]{12} .* stay with the image as it was built\. Sign/,
      ),
    ]);
    expect(await house.pushed.layout.referrers(top.descriptor.digest, signed)).toEqual([]);
  });

  test('does not hinder where the store cannot tell', async () => {
    const { built, named, requestFor } = await makeHouse();
    const image = await writeRelease(built.layout, [base, binary('1')]);
    const source = Object.create(built.layout, {
      referrers: {
        value: async () => {
          throw infrastructureError('http-503', 'busy');
        },
      },
    });
    const relaid = await relayerImage(requestFor(named(source, image), {}));
    expect(relaid.facts).toHaveLength(1);
    await relaid.close();
  });
});

describe('a base that settings name', () => {
  test('stays as it is, with all its layers', async () => {
    const { built, release, named } = await makeHouse();
    const below = await writeRelease(built.layout, [base, runtime]);
    const { origins } = await release(await writeRelease(built.layout, [base, runtime, binary('1')]), {
      base: named(built.layout, below),
    });
    expect(origins).toMatch(/^base base new/);
  });

  test('that is not the image’s is refused by the layer that differs', async () => {
    const { built, release, named } = await makeHouse();
    const below = await writeRelease(built.layout, [base, binary('0')]);
    const image = await writeRelease(built.layout, [base, runtime, binary('1')]);
    await expect(release(image, { base: named(built.layout, below) })).rejects.toMatchObject({
      code: 'base-mismatch',
      kind: 'input',
      message: expect.stringContaining('layer 2 differs'),
    });
    expect(await built.left()).toEqual([]);
  });

  test('that is for other platforms only leaves the base to be guessed', async () => {
    const { built, release, named } = await makeHouse();
    const below = await writeRelease(built.layout, [base, runtime], { platform: arm64 });
    const image = await writeRelease(built.layout, [base, runtime, binary('1')]);
    const { origins, notices } = await release(image, { base: named(built.layout, below) });
    expect(origins).toMatch(/^base new/);
    expect(notices).toEqual([expect.stringContaining('is not for linux/amd64')]);
  });
});

describe('a base that the image’s annotations name', () => {
  async function annotated(layers = [base, runtime]) {
    const house = await makeHouse();
    const below = await writeRelease(house.built.layout, layers);
    const annotations = {
      'org.opencontainers.image.base.name': 'docker.io/library/python:3.13',
      'org.opencontainers.image.base.digest': below.descriptor.digest,
    };
    const image = await writeRelease(house.built.layout, [base, runtime, binary('1')], {
      manifest: { annotations },
    });
    const asked: [string, Digest][] = [];
    const findBase: FindBase = async (name, digest) => {
      asked.push([name, digest]);
      return house.named(house.built.layout, below);
    };
    return { ...house, image, below, asked, findBase };
  }

  test('is looked up by its digest, and stays as it is', async () => {
    const { release, image, asked, findBase, below } = await annotated();
    const { origins, notices } = await release(image, { request: { findBase } });
    expect(asked).toEqual([['docker.io/library/python:3.13', below.descriptor.digest]]);
    expect(origins).toMatch(/^base base new/);
    expect(notices).toEqual([]);
  });

  test('is not asked for where settings name one, or the base is made flat', async () => {
    const { release, image, asked, findBase, named, built } = await annotated();
    const other = await writeRelease(built.layout, [base]);
    const { origins } = await release(image, { base: named(built.layout, other), request: { findBase } });
    expect(origins).toMatch(/^base new/);
    await release(image, { request: { findBase }, options: { flattenBase: true } });
    expect(asked).toEqual([]);
  });

  test('is a notice where it cannot be had, and nothing else', async () => {
    const { release, image } = await annotated();
    const findBase: FindBase = async () => {
      throw infrastructureError('not-found', 'docker.io: it is not there');
    };
    const { origins, notices } = await release(image, { request: { findBase } });
    expect(origins).toMatch(/^base new/);
    expect(notices).toEqual([
      expect.stringMatching(
        /^The base that the image's annotations name, docker\.io\/.* is not used: .*not there\.$/,
      ),
    ]);
  });

  test('is a notice where the image is not built on it', async () => {
    const { release, image, findBase } = await annotated([base, binary('0')]);
    const { origins, notices } = await release(image, { request: { findBase } });
    expect(origins).toMatch(/^base new/);
    expect(notices).toEqual([expect.stringContaining('the image is not built on it')]);
  });

  test('without a digest that is one is nobody’s business', async () => {
    const { built, release, asked, findBase } = await annotated();
    const manifest = {
      annotations: {
        'org.opencontainers.image.base.name': '\x1b[2Jx',
        'org.opencontainers.image.base.digest': 'sha256:../../etc',
      },
    };
    const image = await writeRelease(built.layout, [base, binary('1')], { manifest });
    expect((await release(image, { request: { findBase } })).notices).toEqual([]);
    expect(asked).toEqual([]);
  });
});
