import { expect, test } from 'vitest';
import { type Descriptor, describeBytes } from '../../../src/content/image/descriptor.ts';
import { mediaTypes } from '../../../src/content/image/media-type.ts';
import { findTag, referencesIn, tagsIn, withTagIn } from '../../../src/content/registry/server-tags.ts';
import {
  emptyIndex,
  type LayoutIndex,
  repositoryKey,
  withEntry,
} from '../../../src/content/store/layout-index.ts';

const one = describeBytes(mediaTypes.ociManifest, Buffer.from('one'));
const two = describeBytes(mediaTypes.ociManifest, Buffer.from('two'));
const refName = 'org.opencontainers.image.ref.name';
const imageName = 'io.containerd.image.name';

const indexOf = (...entries: Descriptor[]): LayoutIndex => ({ ...emptyIndex, entries });
const named = (entry: Descriptor, annotations: Record<string, string>): Descriptor => ({
  ...entry,
  annotations,
});

test('a tag in one repository is not that of another', () => {
  const index = withTagIn(withTagIn(emptyIndex, one, 'a', 'latest'), two, 'b', 'latest');
  expect(findTag(index, 'a', 'latest')?.digest).toBe(one.digest);
  expect(findTag(index, 'b', 'latest')?.digest).toBe(two.digest);
  expect(findTag(index, 'c', 'latest')).toBeUndefined();
  expect(tagsIn(index, 'c')).toEqual([]);
});

test('a tag moves to the manifest that got it last', () => {
  const index = withTagIn(withTagIn(emptyIndex, one, 'a', 'latest'), two, 'a', 'latest');
  expect(index.entries.map((entry) => entry.digest)).toEqual([two.digest]);
});

test('a manifest can have several tags', () => {
  const index = withTagIn(withTagIn(emptyIndex, one, 'a', 'v2'), one, 'a', 'v1');
  expect(tagsIn(index, 'a')).toEqual(['v1', 'v2']);
});

test('an entry without a tag outlives the tag that its manifest had for a while', () => {
  const tagged = withTagIn(withEntry(emptyIndex, one), one, 'a', 'v1');
  expect(tagged.entries).toEqual([one, named(one, { [refName]: 'v1', [repositoryKey]: 'a' })]);
  expect(withTagIn(tagged, two, 'a', 'v1').entries.map((entry) => entry.digest)).toEqual([
    one.digest,
    two.digest,
  ]);
});

test('what other tools tagged is seen in every repository, until one has that tag of its own', () => {
  const index = withTagIn(indexOf(named(one, { [refName]: 'v1' })), two, 'a', 'v1');
  expect(findTag(index, 'a', 'v1')?.digest).toBe(two.digest);
  expect(findTag(index, 'b', 'v1')?.digest).toBe(one.digest);
  expect(tagsIn(index, 'b')).toEqual(['v1']);
});

test('of images saved together under one tag each repository has its own', () => {
  const index = indexOf(
    named(one, { [refName]: 'latest', [imageName]: 'docker.io/library/a:latest' }),
    named(two, { [refName]: 'latest', [imageName]: 'docker.io/library/b:latest' }),
  );
  expect(findTag(index, 'a', 'latest')?.digest).toBe(one.digest);
  expect(findTag(index, 'library/b', 'latest')?.digest).toBe(two.digest);
  expect(findTag(index, 'other', 'latest')?.digest).toBe(one.digest);
});

test('names that are no tags are not listed', () => {
  const index = indexOf(
    named(one, { [refName]: 'localhost/a:latest' }),
    one,
    named(two, { [refName]: 'ok' }),
  );
  expect(tagsIn(index, 'a')).toEqual(['ok']);
});

test('what is there is named so that each name finds it, and by digest where it has none', () => {
  const index = indexOf(
    named(two, { [refName]: 'v1', [repositoryKey]: 'acme/app' }),
    named(one, { [refName]: 'v1' }),
    named(one, { [refName]: '2', [imageName]: 'docker.io/library/app:2' }),
    named(two, { [refName]: 'docker.io/library/other:3' }),
    // The annotations of a layout are anybody's.
    named(two, { [refName]: 'x', [repositoryKey]: '../\u001b[2J' }),
  );
  expect(referencesIn(index)).toEqual(['acme/app:v1', 'image:v1', 'library/app:2']);
  for (const name of referencesIn(index)) {
    const [repository = '', tag = ''] = name.split(':');
    expect(findTag(index, repository, tag), name).toBeDefined();
  }
  expect(referencesIn(indexOf(one, one))).toEqual([`image@${one.digest}`]);
  expect(referencesIn(emptyIndex)).toEqual([]);
});
