import { inputError } from '../content/error.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import { isDigest } from '../content/image/digest.ts';
import { formatImageName, type ImageName, parseImageName } from '../content/image/name.ts';
import type { RegistryOptions } from '../content/registry/registry.ts';
import { tagOf } from '../content/store/layout-index.ts';
import type { ImageSink } from '../content/store/store.ts';
import type { Report } from '../facts/report.ts';
import type { SociFacts } from '../facts/soci.ts';
import { formatBytes } from '../facts/units.ts';
import { openImage, openSink, registryOptions } from '../pipeline/open.ts';
import { type IndexingRequest, planSoci, sociReport, suffixedTag, withIndexes } from '../pipeline/soci.ts';
import { type CopyRequest, type CopyResult, copyImage } from '../stages/push/copy.ts';
import { codeSpan, type Document } from '../stages/report/document.ts';
import { sociLayerSection } from '../stages/report/soci.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import type { Call } from './call.ts';

/** Makes SOCI indexes and writes the image with them. */
export async function run({ settings, positionals, context, output }: Call): Promise<number> {
  const plan = planSoci(settings.soci ?? 'v2', settings.sociTagSuffix);
  if (plan === undefined) {
    throw inputError('soci-off', 'soci is off: there is nothing to make', {
      hint: 'Set soci to v2, v1 or both; without it, index makes v2.',
    });
  }
  const from = parseImageName(positionals.SRC ?? '');
  const to = positionals.DST === undefined ? undefined : destination(parseImageName(positionals.DST));
  const options = registryOptions(settings, context);
  const image = await openImage(from, options);
  try {
    const place = to ?? ownPlace(from, image.descriptor);
    // Its own index is known anyway.
    const before = to === undefined && plan.suffix === undefined ? [] : [place];
    const request = {
      image,
      plan,
      known: [...before, settings.baseline ?? []].flat(),
      settings,
      options,
      context,
    };
    const result = await write(request, place, to === undefined);
    output.show(result, () => terminalDocument(documentOf(result), output));
  } finally {
    await image.source.close();
  }
  return 0;
}

/** @throws PullBudgetError `no-soci-there` */
function destination(name: ImageName): ImageName {
  if (name.transport !== 'docker-archive' && name.transport !== 'docker-daemon') return name;
  throw inputError('no-soci-there', `${formatImageName(name)} cannot hold SOCI indexes: docker loads none`, {
    hint: 'Write to a registry, to oci:DIR:TAG or to oci-archive:FILE:TAG.',
  });
}

/** Where the image is, and what it is called there. @throws PullBudgetError `not-in-place` */
function ownPlace(name: ImageName, found: Descriptor): ImageName {
  const refuse = (why: string, hint: string): Error =>
    inputError('not-in-place', `${formatImageName(name)} cannot be indexed in place: ${why}`, { hint });
  switch (name.transport) {
    case 'docker': {
      const { digest, host, repository, tag = digest === undefined ? 'latest' : undefined } = name.reference;
      if (tag !== undefined) return { transport: 'docker', reference: { host, repository, tag } };
      throw refuse('a digest is fixed, and no tag is named', `Add DST: ${host}/${repository}:TAG.`);
    }
    case 'oci': {
      const target = name.target === undefined ? tagOf(found) : name.target;
      if (target !== undefined && !isDigest(target)) return { ...name, target };
      throw refuse('no tag is named', `Add DST: oci:${name.path}:TAG.`);
    }
    default:
      throw refuse(
        'an archive is written anew, as a whole',
        'Add DST: a registry, oci:DIR:TAG or oci-archive:FILE:TAG.',
      );
  }
}

/** What the command did. */
interface IndexResult {
  readonly source: string;
  readonly destination: string;
  /** What the destination names now. */
  readonly digest: string;
  /** One a platform. */
  readonly soci: readonly SociFacts[];
  /** The image that names its SOCI indexes (v2), and where it is. */
  readonly sociImage?: Report['sociImage'];
  readonly blobs: CopyResult['blobs'];
  readonly writtenBytes: number;
}

/** With a suffix the image as it was comes first, then the one with indexes: each tag names something whole. */
function write(request: IndexingRequest, place: ImageName, inPlace: boolean): Promise<IndexResult> {
  const { image, plan, settings, options, context } = request;
  const sociPlace = plan.suffix === undefined ? place : behindTag(place, plan.suffix);
  return withIndexes(request, async (indexed) => {
    const copy = (what: Pick<CopyRequest, 'source' | 'descriptor' | 'referrers'>, to: ImageName) =>
      context.phase(`Write ${formatImageName(to)}`, () =>
        withSink(to, options, (sink, tag) =>
          copyImage({
            source: what.source,
            descriptor: what.descriptor,
            referrers: what.referrers ?? [],
            sink,
            tags: tag === undefined ? [] : [tag],
            platforms: inPlace ? [] : settings.platforms,
            progress: context.progress,
            signal: context.signal,
          }),
        ),
      );
    const plain = sociPlace === place || inPlace ? undefined : await copy(image, place);
    const made = await copy(indexed, sociPlace);
    const destination = sociPlace === place ? made.descriptor : (plain ?? image).descriptor;
    return {
      source: image.name,
      destination: formatImageName(place),
      digest: destination.digest,
      ...sociReport(indexed, made.descriptor, [formatImageName(sociPlace)]),
      blobs: made.blobs,
      writtenBytes: made.bytesWritten + (plain?.bytesWritten ?? 0),
    };
  });
}

/** @throws PullBudgetError `bad-reference` */
function behindTag(name: ImageName, suffix: string): ImageName {
  const none = (): Error =>
    inputError(
      'bad-reference',
      `${formatImageName(name)} names no tag, and soci-tag-suffix goes behind one`,
      {
        hint: 'Add a tag to the destination, or leave soci-tag-suffix out.',
      },
    );
  switch (name.transport) {
    case 'docker': {
      const { digest, host, repository, tag = digest === undefined ? 'latest' : undefined } = name.reference;
      if (tag === undefined) throw none();
      return { transport: 'docker', reference: { host, repository, tag: suffixedTag(tag, suffix) } };
    }
    case 'oci':
      if (name.target === undefined || isDigest(name.target)) throw none();
      return { ...name, target: suffixedTag(name.target, suffix) };
    default:
      throw inputError(
        'bad-reference',
        `${formatImageName(name)} is one archive, and would be written twice`,
        {
          hint: 'Leave soci-tag-suffix out, or write to a registry or to oci:DIR:TAG.',
        },
      );
  }
}

async function withSink<T>(
  name: ImageName,
  options: RegistryOptions,
  work: (sink: ImageSink, tag: string | undefined) => Promise<T>,
): Promise<T> {
  const { sink, tag } = await openSink(name, options);
  try {
    const result = await work(sink, tag);
    await sink.close();
    return result;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

function documentOf({ destination, digest, soci, sociImage, writtenBytes }: IndexResult): Document {
  const isBeside = sociImage !== undefined && sociImage.digest !== digest;
  return {
    headline: { text: `${destination} is ${digest}` },
    about: [
      ...(isBeside
        ? [[codeSpan(sociImage.pushed.join(', ')), ' is ', codeSpan(sociImage.digest), ', with the index.']]
        : []),
      [`${formatBytes(writtenBytes)} written.`],
    ],
    sections: soci.map(sociLayerSection),
  };
}
