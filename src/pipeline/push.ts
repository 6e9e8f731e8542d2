import { inputError } from '../content/error.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import type { Platform } from '../content/image/platform.ts';
import { formatReference, parseReference, type Reference } from '../content/image/reference.ts';
import { openRegistry, type RegistryOptions } from '../content/registry/registry.ts';
import { type CopyRequest, copyImage } from '../stages/push/copy.ts';
import type { Context } from './context.ts';
import type { OpenImage } from './open.ts';

/** A place in a registry that a push gives a tag to. */
export type TagReference = Reference & { readonly tag: string };
export type References = readonly [TagReference, ...TagReference[]];

/** Parses what `tags` names. @throws PullBudgetError `bad-reference`, `no-tags` */
export function parseTags(tags: readonly string[]): References {
  const [first, ...rest] = tags.map((text) => {
    const reference = parseReference(text);
    if (reference.digest === undefined) return { ...reference, tag: reference.tag ?? 'latest' };
    throw inputError('bad-reference', `tags: "${text}" names a digest`, {
      hint: 'A push gives a tag; leave the digest out.',
    });
  });
  if (first === undefined) {
    throw inputError('no-tags', 'push is set, but tags names nothing to push to', {
      hint: 'Set tags to one or more references (ghcr.io/acme/server:1.4), or set push to false.',
    });
  }
  return [first, ...rest];
}

/** What is pushed: an image, with manifests about it that go along. */
export interface Pushable extends Pick<OpenImage, 'source' | 'descriptor'> {
  readonly referrers?: readonly Descriptor[];
  /** What the first reference's repository was given before. */
  readonly delivered?: CopyRequest['delivered'];
}

/**
 * Pushes the image to every reference; repositories one after the other, each with its tags last.
 * Gives what was pushed: another digest than the image's where `platforms` took some out of an index.
 */
export async function pushImage(
  image: Pushable,
  references: References,
  platforms: readonly Platform[],
  options: RegistryOptions,
  context: Context,
): Promise<Descriptor> {
  const repositories = Map.groupBy(references, ({ host, repository }) =>
    formatReference({ host, repository }),
  );
  let { descriptor, delivered } = image;
  for (const group of repositories.values()) {
    const [{ host, repository }] = group as [Reference];
    const sink = openRegistry({ host, repository }, options);
    try {
      const result = await copyImage({
        source: image.source,
        descriptor: image.descriptor,
        sink,
        tags: group.map((reference) => reference.tag),
        ...(platforms.length > 0 ? { platforms } : {}),
        ...(image.referrers ? { referrers: image.referrers } : {}),
        ...(delivered ? { delivered } : {}),
        progress: context.progress,
        signal: context.signal,
        notice: context.notice,
      });
      descriptor = result.descriptor;
      delivered = undefined;
      await sink.close();
      // Said at once: where a later repository fails, this one has the image all the same.
      context.notice(`${group.map(formatReference).join(', ')} is ${descriptor.digest}.`);
    } catch (error) {
      await sink.abort();
      throw error;
    }
  }
  return descriptor;
}
