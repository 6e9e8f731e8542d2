import { describe, expect, it } from 'vitest';
import { outputNames, outputs, outputsOf } from '../../src/config/outputs.ts';
import { formatPlatform, hostPlatform } from '../../src/content/image/platform.ts';
import { deltaOf } from '../../src/facts/delta.ts';
import type { ImageFacts } from '../../src/facts/image.ts';
import type { Report } from '../../src/facts/report.ts';
import type { Sample } from '../../src/facts/sample.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

function image(platform: string, layerBytes: readonly number[], unpackedBytes?: number): ImageFacts {
  return {
    platform,
    digest: digest('a'),
    manifestBytes: 10,
    configBytes: 5,
    configDigest: digest('c'),
    layers: layerBytes.map((bytes, at) => ({
      digest: digest(String(at + 1)),
      diffId: digest(String(at + 1)),
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      bytes,
      ...(unpackedBytes === undefined ? {} : { unpackedBytes }),
    })),
  };
}

function report(platforms: ImageFacts[], more: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    tool: { name: 'pull-budget', version: '0.1.0' },
    createdAt: '2026-01-01T00:00:00.000Z',
    image: { name: 'ghcr.io:443/a/b:1', digest: digest('a'), mediaType: 'm', platforms, beside: [] },
    deltas: platforms.map((facts) => deltaOf(facts, undefined)),
    pushed: [],
    ...more,
  };
}

const sample = (pullSeconds: number, more: Partial<Sample> = {}): Sample => ({
  subject: 'image',
  engine: 'embedded',
  holds: 'nothing',
  platform: 'linux/amd64',
  order: 0,
  startedAt: '',
  pullSeconds,
  resolveSeconds: 0,
  fetchSeconds: 0,
  unpackSeconds: 0,
  downloadedBytes: 0,
  unpackedBytes: 0,
  files: 0,
  spans: [],
  bottleneck: 'network',
  flags: [],
  ...more,
});

describe('outputs', () => {
  it('are sizes of the largest platform, in bytes', () => {
    const values = outputsOf(
      report([image('linux/amd64', [100, 200], 1000), image('linux/arm64', [50, 60, 70], 900)]),
      { report: 'r.json' },
    );
    expect(values).toMatchObject({
      digest: digest('a'),
      image: `ghcr.io:443/a/b@${digest('a')}`,
      size: '315',
      unpacked: '2700',
      layers: '3',
      report: 'r.json',
    });
  });

  it('are empty where the run did not find them out, never "undefined"', () => {
    const values = outputsOf(report([image('linux/amd64', [100])]), { report: 'r.json' });
    expect(values).toMatchObject({
      unpacked: '',
      'delta-size': '',
      'pull-time': '',
      'soci-digest': '',
      'soci-image-digest': '',
      verdict: '',
      verdicts: '[]',
    });
    expect(Object.keys(values)).toEqual(outputNames);
  });

  it('hold the delta by both rules where there is a baseline', () => {
    const [now, before] = [image('linux/amd64', [100, 200]), image('linux/amd64', [100])];
    const set = report([now]).image;
    const values = outputsOf(
      report([now], {
        baseline: { ...set, digest: digest('b'), platforms: [{ ...before, digest: digest('b') }] },
        deltas: [deltaOf(now, { ...before, digest: digest('b') })],
      }),
      { report: 'r.json' },
    );
    expect(values).toMatchObject({ 'delta-size': '210', 'delta-blobs-size': '210' });
  });

  it('give the median seconds of cold pulls, those of image and baseline apart', () => {
    const measurement = {
      host: { hostname: 'h', os: 'o', cpuModel: 'c', cpus: 1, memoryBytes: 1, scratch: '/' },
      seed: 1,
      unpackedBytesByLayer: {},
      faults: [],
      samples: [
        sample(3),
        sample(1),
        sample(2.5),
        sample(0.1, { holds: 'baseline' }),
        sample(4, { subject: 'baseline' }),
        sample(5, { subject: 'baseline' }),
      ],
    };
    const values = outputsOf(report([image('linux/amd64', [1])], { measurement }), { report: 'r.json' });
    expect(values).toMatchObject({ 'pull-time': '2.5', 'baseline-pull-time': '4.5' });
  });

  it('name the image by the digest where it was pushed, a layout as it was named', () => {
    const pushed = report([image('linux/amd64', [1])], { pushed: ['localhost:5000/x/y:v1'] });
    expect(outputsOf(pushed, { report: '' }).image).toBe(`localhost:5000/x/y@${digest('a')}`);
    const untagged = report([image('linux/amd64', [1])], { pushed: ['localhost:5000/x'] });
    expect(outputsOf(untagged, { report: '' }).image).toBe(`localhost:5000/x@${digest('a')}`);
    const layout = report([image('linux/amd64', [1])]);
    const named = { ...layout, image: { ...layout.image, name: 'oci:./layout:v1' } };
    expect(outputsOf(named, { report: '' }).image).toBe('oci:./layout:v1');
  });

  it("name the SOCI index of this machine's platform, else of the first that has one; v2's before v1's", () => {
    const soci = (platform: string, versions: { v1?: string; v2?: string }) => ({
      platform,
      image: digest('a'),
      layers: [],
      indexBytes: 1,
      ...versions,
    });
    const of = (...facts: ReturnType<typeof soci>[]) =>
      outputsOf(report([image('linux/amd64', [1])], { soci: facts }), { report: '' })['soci-digest'];
    const host = formatPlatform(hostPlatform());
    const [one, two] = [digest('1'), digest('2')];
    expect(of(soci('linux/s390x', { v2: one }), soci(host, { v1: one, v2: two }))).toBe(two);
    expect(of(soci('linux/s390x', { v1: one }), soci(host, {}))).toBe(one);
    expect(of(soci(host, {}))).toBe('');
  });

  it('name the image that has its SOCI index apart from the one that is judged', () => {
    const sociImage = { digest: digest('9'), pushed: ['a/b:1-soci'] };
    const values = outputsOf(report([image('linux/amd64', [1])], { sociImage }), { report: '' });
    expect(values).toMatchObject({ digest: digest('a'), 'soci-image-digest': digest('9') });
  });

  it('are each explained in a sentence', () => {
    for (const { help } of Object.values(outputs)) expect(help).toMatch(/^(pass,|[A-Z]).*[.:…]$/);
  });
});

describe('outputs of an image that was re-laid', () => {
  const relaid = (platform: string, reusedLayers: number) => ({
    platform,
    input: digest('1'),
    image: digest('2'),
    layers: [],
    delta: { before: { chain: 9, blobs: 9 }, after: { chain: 1, blobs: 1 }, unpackedBytes: 1 },
    reusedLayers,
    fresh: { before: 9, after: 9, dead: 0 },
    tree: digest('3'),
  });
  const relayer = [relaid('linux/amd64', 3), relaid('linux/arm64', 1)];

  it('count the layers that the baseline has, of the platform with the fewest', () => {
    expect(outputsOf(report([], { relayer }), { report: '' })['reused-layers']).toBe('1');
    expect(outputsOf(report([]), { report: '' })['reused-layers']).toBe('');
  });

  it('name it where it was pushed, and nowhere else', () => {
    expect(outputsOf(report([], { relayer }), { report: '' }).image).toBe('');
    const pushed = report([], { relayer, pushed: ['ghcr.io/a/b:2'] });
    expect(outputsOf(pushed, { report: '' }).image).toBe(`ghcr.io/a/b@${digest('a')}`);
  });
});
