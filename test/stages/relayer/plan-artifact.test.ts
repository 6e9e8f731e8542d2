import { describe, expect, test } from 'vitest';
import { describeBytes } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { parseManifest } from '../../../src/content/image/manifest.ts';
import type { LayerPlanDocument } from '../../../src/facts/relayer.ts';
import {
  namedPlan,
  parsePlan,
  planArtifact,
  planDocument,
} from '../../../src/stages/relayer/plan-artifact.ts';

const table = (name: string) => ({ digest: digestOf(`table ${name}`), size: name.length });
const row = (name: string) => ({
  diffId: digestOf(name),
  digest: digestOf(`blob ${name}`),
  bytes: 10,
  unpackedBytes: 20,
  title: name,
  table: table(name),
});
const plan: LayerPlanDocument = {
  schemaVersion: 1,
  platform: 'linux/amd64',
  layers: [row('base'), row('wheels')],
  input: [
    { diffId: digestOf('base'), table: table('base') },
    { diffId: digestOf('built'), table: table('built') },
  ],
};
const image = {
  ...describeBytes('application/vnd.oci.image.manifest.v1+json', Buffer.from('image')),
  platform: { os: 'linux', architecture: 'x' },
};

test('a plan is read as it was written', () => {
  expect(parsePlan(planDocument(plan), 'it')).toEqual(plan);
});

test('fields that a later release adds do not hinder', () => {
  expect(parsePlan(Buffer.from(JSON.stringify({ ...plan, more: 1 })), 'it')).toEqual(plan);
});

test.each([
  ['a platform that is none', { platform: 7 }],
  ['a digest that is none', { layers: [{ ...row('x'), digest: 'sha256:x' }] }],
  ['a negative size', { layers: [{ ...row('x'), bytes: -1 }] }],
  ['a size beyond doubles', { layers: [{ ...row('x'), unpackedBytes: 1e300 }] }],
  ['a title of a novel', { layers: [{ ...row('x'), title: 'x'.repeat(1025) }] }],
  ['no table', { input: [{ diffId: digestOf('x') }] }],
])('%s is refused', (_, change) => {
  const bytes = Buffer.from(JSON.stringify({ ...plan, ...change }));
  expect(() => parsePlan(bytes, 'it')).toThrow(
    expect.objectContaining({ code: 'bad-layer-plan', kind: 'input' }),
  );
});

test('the artifact keeps plan and tables, each once, as long as the image is there', () => {
  const { raw } = planArtifact(image, planDocument(plan));
  expect(JSON.parse(Buffer.from(raw).toString())).toEqual({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.pull-budget.layer-plan.v1+json',
    config: describeBytes('application/vnd.pull-budget.layer-plan.v1+json', planDocument(plan)),
    layers: ['base', 'wheels', 'built'].map((name) => ({
      mediaType: 'application/vnd.pull-budget.file-table.v1+zstd',
      ...table(name),
    })),
    subject: describeBytes('application/vnd.oci.image.manifest.v1+json', Buffer.from('image')),
  });
});

describe('an image names a plan', () => {
  const named = (annotations: Record<string, string>) => {
    const json = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: describeBytes('application/vnd.oci.image.config.v1+json', Buffer.from('{}')),
      layers: [],
      annotations,
    };
    const manifest = parseManifest(Buffer.from(JSON.stringify(json)), {}, 'it');
    return manifest.kind === 'image' ? namedPlan(manifest) : undefined;
  };
  const digest = digestOf('plan');

  test('by digest and size', () => {
    expect(
      named({ 'vnd.pull-budget.layer-plan.digest': digest, 'vnd.pull-budget.layer-plan.size': '300' }),
    ).toEqual({ mediaType: 'application/vnd.pull-budget.layer-plan.v1+json', digest, size: 300 });
  });

  const [name, size] = ['vnd.pull-budget.layer-plan.digest', 'vnd.pull-budget.layer-plan.size'];
  const odd: Record<string, string>[] = [
    {},
    { [name]: digest },
    { [size]: '300' },
    { [name]: 'sha256:../x', [size]: '300' },
    ...['', '0', '-3', '1.5', 'NaN', 'Infinity', '4194305'].map((text) => ({ [name]: digest, [size]: text })),
  ];
  test.each(odd)('or none: %j', (annotations) => expect(named(annotations)).toBeUndefined());
});
