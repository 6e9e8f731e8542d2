import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Descriptor } from '../../../src/content/image/descriptor.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import {
  findEntries,
  formatLayoutIndex,
  parseLayoutIndex,
  tagOf,
  withTag,
  withUntagged,
} from '../../../src/content/store/layout-index.ts';

const descriptor = (name: string): Descriptor => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf(name),
  size: name.length,
});

const images = ['one', 'two', 'three'].map(descriptor);
const change = fc.record({
  image: fc.constantFrom(...images),
  tag: fc.option(fc.constantFrom('v1', 'v2', 'latest'), { nil: undefined }),
});
/** What others left: names of containerd's, repositories of a served layout, things that nobody knows. */
const foreign: Descriptor[] = [
  { ...descriptor('a'), annotations: { 'io.containerd.image.name': 'docker.io/library/a:v9' } },
  {
    ...descriptor('b'),
    annotations: { 'org.opencontainers.image.ref.name': 'v1', 'dev.pull-budget.repository': 'b' },
  },
  { ...descriptor('c'), mediaType: 'application/vnd.acme', 'x-acme': { kept: [1] } } as Descriptor,
];

test('whatever is written in whatever order, each tag names what got it last, and all else survives', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const start = parseLayoutIndex(Buffer.from(JSON.stringify({ 'x-top': 1, manifests: foreign })), 'test');
      const last = new Map<string, Descriptor>();
      let index = start;
      for (const { image, tag } of changes) {
        index = tag === undefined ? withUntagged(index, image) : withTag(index, image, tag);
        if (tag !== undefined) last.set(tag, image);
        index = parseLayoutIndex(formatLayoutIndex(index), 'test');
      }
      expect(index.json['x-top']).toBe(1);
      expect(index.entries.slice(0, foreign.length)).toEqual(foreign);
      for (const [tag, image] of last) {
        expect(findEntries(index.entries, tag).map((entry) => entry.digest)).toEqual([image.digest]);
      }
      const ours = index.entries.slice(foreign.length);
      const untagged = ours.filter((entry) => tagOf(entry) === undefined).map((entry) => entry.digest);
      const asked = changes.filter(({ tag }) => tag === undefined).map(({ image }) => image.digest);
      expect(untagged.toSorted()).toEqual([...new Set(asked)].toSorted());
    }),
  );
});
