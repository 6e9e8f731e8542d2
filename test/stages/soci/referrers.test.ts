import { describe, expect, test, vi } from 'vitest';
import { inputError } from '../../../src/content/error.ts';
import { digestHex, shortDigest } from '../../../src/content/image/digest.ts';
import { manifestOf } from '../../content/store/sample-image.ts';
import { amd64, arm64, imageOf, indexing, vectorLayer } from './image-of-layers.ts';

const basic = vectorLayer('tar-basic');
const links = vectorLayer('tar-links');

/** An image for two platforms. One is signed with a referrer, the index of both as cosign does it. */
async function signedImage() {
  const made = await imageOf([
    { layers: [basic], platform: amd64 },
    { layers: [links], platform: arm64 },
  ]);
  const [signed] = made.manifests;
  if (signed === undefined || signed.kind !== 'image') throw new Error('there is no image');
  const { layout } = made;
  const signature = (subject?: object) =>
    manifestOf({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      config: signed.config,
      layers: [],
      ...(subject ? { subject } : {}),
    });
  await layout.writeManifest(signature(signed.descriptor));
  const tagged = signature();
  await layout.writeManifest(tagged);
  await layout.tag(tagged, `sha256-${digestHex(made.descriptor.digest)}.sig`);
  return { ...made, signed };
}

describe('what refers to an image that gets another digest', () => {
  test('is told of: referrers, and what cosign keeps under tags', async () => {
    const { layout, descriptor, signed } = await signedImage();
    const { run, notices } = await indexing({ source: layout, descriptor });
    const { facts, descriptor: now } = await run;
    expect(notices).toEqual([
      `What refers to ${shortDigest(signed.descriptor.digest)} (application/vnd.dev.sigstore.bundle.v0.3+json) ` +
        `does not hold for ${facts[0]?.image.slice(7, 19)}, which it is with its SOCI index. Sign and attest after indexing.`,
      `What refers to ${shortDigest(descriptor.digest)} (application/vnd.dev.cosign.artifact.sig.v1+json) ` +
        `does not hold for ${shortDigest(now.digest)}, which it is with its SOCI index. Sign and attest after indexing.`,
    ]);
  });

  test('is not asked for where version 1 leaves the digest', async () => {
    const { layout, descriptor } = await signedImage();
    const { run, notices } = await indexing({ source: layout, descriptor }, { versions: new Set(['v1']) });
    await run;
    expect(notices).toEqual([]);
  });

  test('fails nothing where the registry does not tell: that is said', async () => {
    const { layout, descriptor } = await signedImage();
    const denied = inputError('denied', 'mute: referrers are denied', { hint: 'Log in.' });
    vi.spyOn(layout, 'referrers').mockRejectedValue(denied);
    const { run, notices } = await indexing({ source: layout, descriptor });
    expect((await run).facts).toHaveLength(2);
    expect(notices.at(-1)).toMatch(
      /^Whether the image is signed .*referrers are denied.*sign and attest after indexing\.$/,
    );
  });
});
