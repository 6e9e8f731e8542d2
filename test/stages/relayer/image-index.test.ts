import { describe, expect, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { type Digest, digestOf } from '../../../src/content/image/digest.ts';
import { type ImageManifest, parseManifest } from '../../../src/content/image/manifest.ts';
import { assemble } from '../../../src/stages/relayer/image-index.ts';

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const config = describeBytes('application/vnd.oci.image.config.v1+json', Buffer.from('{}'));

function manifestOf(name: string, mediaType = ociManifest): ImageManifest {
  const json = { schemaVersion: 2, mediaType, config, layers: [], annotations: { name } };
  const manifest = parseManifest(Buffer.from(JSON.stringify(json)), {}, name);
  if (manifest.kind !== 'image') throw new Error('no image');
  return manifest;
}

const indexOf = (manifests: readonly object[], more = {}) =>
  parseManifest(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests,
        ...more,
      }),
    ),
    {},
    'index',
  );

const [amd64, arm64, s390x] = [manifestOf('amd64'), manifestOf('arm64'), manifestOf('s390x')];
const [newAmd64, newArm64] = [manifestOf('new amd64'), manifestOf('new arm64')];
const relaid = new Map<Digest, ImageManifest>([
  [amd64.descriptor.digest, newAmd64],
  [arm64.descriptor.digest, newArm64],
]);
const entry = ({ descriptor }: ImageManifest, more = {}) => ({ ...descriptor, ...more });
const linux = (architecture: string) => ({ platform: { os: 'linux', architecture } });
const entriesOf = (manifests: readonly object[], more = {}) => {
  const { top, notices } = assemble(indexOf(manifests, more), relaid);
  return { json: JSON.parse(Buffer.from(top.raw).toString()), notices };
};

test('a single image is the new one', () => {
  expect(assemble(amd64, relaid)).toEqual({ top: newAmd64, notices: [] });
  expect(assemble(s390x, relaid).top).toBe(s390x);
});

test('what is neither image nor index is refused', () => {
  const other = parseManifest(Buffer.from('{}'), { mediaType: 'application/vnd.other' }, 'it');
  expect(() => assemble(other, relaid)).toThrow(expect.objectContaining({ code: 'not-an-image' }));
});

describe('an index', () => {
  test('keeps order, annotations, unknown fields and platforms that were not re-laid', () => {
    const { json, notices } = entriesOf(
      [
        entry(s390x, { ...linux('s390x'), data: 'kept' }),
        entry(arm64, { ...linux('arm64'), annotations: { a: 'b' }, 'x-unknown': 1 }),
        entry(amd64, linux('amd64')),
      ],
      { annotations: { index: 'yes' }, 'x-big': 5 },
    );
    expect(json).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        entry(s390x, { ...linux('s390x'), data: 'kept' }),
        entry(newArm64, { ...linux('arm64'), annotations: { a: 'b' }, 'x-unknown': 1 }),
        entry(newAmd64, linux('amd64')),
      ],
      annotations: { index: 'yes' },
      'x-big': 5,
    });
    expect(notices).toEqual([]);
  });

  test('of Docker is one of OCI, whose manifests its new images are', () => {
    const { json } = entriesOf([entry(amd64, linux('amd64'))], {
      mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json',
    });
    expect(json.mediaType).toBe('application/vnd.oci.image.index.v1+json');
  });

  test('has no copy of a manifest that was, and not its SOCI index', () => {
    const annotations = { 'com.amazon.soci.index-digest': digestOf('soci') };
    const { json } = entriesOf([entry(amd64, { ...linux('amd64'), data: 'e30=', annotations })]);
    expect(json.manifests).toEqual([entry(newAmd64, linux('amd64'))]);
  });

  test('loses attestations of images that are others now, each with a notice', () => {
    const attestation = (image: ImageManifest, name: string) =>
      entry(manifestOf(name), {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: { 'vnd.docker.reference.digest': image.descriptor.digest },
      });
    const kept = attestation(s390x, 'provenance of s390x');
    const gone = attestation(amd64, 'provenance of amd64');
    const { json, notices } = entriesOf([entry(amd64), entry(s390x), gone, kept]);
    expect(json.manifests).toEqual([entry(newAmd64), entry(s390x), kept]);
    expect(notices).toHaveLength(1);
    const digestOfGone = gone.digest.slice(7, 19);
    expect(notices[0]).toContain(digestOfGone);
    expect(notices[0]).toMatch(
      /was dropped: it speaks of [0-9a-f]{12}, and re-laid the image is [0-9a-f]{12}/,
    );
  });

  test('loses SOCI indexes of layers that were', () => {
    const soci = (name: string, about?: ImageManifest) =>
      entry(manifestOf(name), {
        artifactType: 'application/vnd.amazon.soci.index.v2+json',
        ...(about && { annotations: { 'com.amazon.soci.image-manifest-digest': about.descriptor.digest } }),
      });
    const kept = soci('of s390x', s390x);
    const { json, notices } = entriesOf([
      entry(amd64),
      soci('of amd64', newAmd64),
      soci('of amd64', amd64),
      soci('of whom'),
      kept,
    ]);
    expect(json.manifests).toEqual([entry(newAmd64), soci('of amd64', newAmd64), kept]);
    expect(notices).toEqual([]);
  });
});
