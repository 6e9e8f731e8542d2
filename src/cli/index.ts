import { inputError } from '../content/error.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import { isDigest } from '../content/image/digest.ts';
import { formatImageName, type ImageName, parseImageName, retag } from '../content/image/name.ts';
import { tagOf } from '../content/store/layout-index.ts';
import type { Report } from '../facts/report.ts';
import type { SociFacts } from '../facts/soci.ts';
import { formatBytes } from '../facts/units.ts';
import { deliverTo } from '../pipeline/delivery.ts';
import { type OpenImage, openImage, registryOptions, withSink } from '../pipeline/open.ts';
import { type IndexingRequest, planSoci, sociReport, suffixedTag, withIndexes } from '../pipeline/soci.ts';
import { type CopyRequest, type CopyResult, copyImage } from '../stages/push/copy.ts';
import { codeSpan, type Document } from '../stages/report/document.ts';
import { sociLayerSection } from '../stages/report/soci.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import type { IndexedImage } from '../stages/soci/index-image.ts';
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
  const named = positionals.DST === undefined ? undefined : destination(parseImageName(positionals.DST));
  // An archive is written as a new one, whose old one is then replaced.
  const isSame =
    from.transport !== 'oci-archive' && named && formatImageName(named) === formatImageName(from);
  const to = isSame ? undefined : named;
  const given = to ?? ownPlace(from);
  const options = registryOptions(settings, context);
  const image = await openImage(from, options);
  try {
    const place = given ?? placeOfEntry(from, image.descriptor);
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

/** @throws PullBudgetError `no-soci-there`, `bad-reference` */
function destination(name: ImageName): ImageName {
  const text = formatImageName(name);
  if (name.transport === 'docker-archive' || name.transport === 'docker-daemon') {
    throw inputError('no-soci-there', `${text} cannot hold SOCI indexes: docker loads none`, {
      hint: 'Write to a registry, to oci:DIR:TAG or to oci-archive:FILE:TAG.',
    });
  }
  const isByDigest =
    name.transport === 'docker' ? name.reference.digest !== undefined : isDigest(name.target ?? '');
  if (!isByDigest) return name;
  throw inputError('bad-reference', `${text} is no place to write to: nobody knows the digest before`, {
    hint: 'Name a tag instead, as DST.',
  });
}

/**
 * Where the image is, and what it is called there; undefined where its entry in a layout tells.
 * @throws PullBudgetError `not-in-place`
 */
function ownPlace(name: ImageName): ImageName | undefined {
  if (name.transport === 'oci' && name.target === undefined) return undefined;
  const place = name.transport === 'oci-archive' ? undefined : retag(name, (tag) => tag);
  if (place === undefined) throw notInPlace(name);
  return place;
}

/** @throws PullBudgetError `not-in-place` */
function placeOfEntry(name: ImageName, entry: Descriptor): ImageName {
  const target = tagOf(entry);
  if (name.transport !== 'oci' || target === undefined) throw notInPlace(name);
  return { ...name, target };
}

function notInPlace(name: ImageName): Error {
  const [why, hint] = whyNotInPlace(name);
  return inputError('not-in-place', `${formatImageName(name)} cannot be indexed in place: ${why}`, { hint });
}

function whyNotInPlace(name: ImageName): [why: string, hint: string] {
  switch (name.transport) {
    case 'docker': {
      const { host, repository } = name.reference;
      return ['a digest is fixed, and no tag is named', `Add DST: ${host}/${repository}:TAG.`];
    }
    case 'oci':
      return ['no tag is named', `Add DST: oci:${name.path}:TAG.`];
    case 'oci-archive':
    case 'docker-archive':
      return [
        'an archive is written anew, as a whole',
        'Add DST: a registry, oci:DIR:TAG or oci-archive:FILE:TAG.',
      ];
    case 'docker-daemon':
      return ['docker loads no SOCI index', 'Add DST: a registry, oci:DIR:TAG or oci-archive:FILE:TAG.'];
  }
}

/** What the command did. */
interface IndexResult {
  readonly source: string;
  readonly destination: string;
  /** What the destination names now. */
  readonly digest: string;
  /** What was written under tag and suffix, where there is one. */
  readonly beside?: { readonly name: string; readonly digest: string };
  /** One a platform. */
  readonly soci: readonly SociFacts[];
  /** The image that names its SOCI indexes (v2), and where it is. */
  readonly sociImage?: Report['sociImage'];
  readonly blobs: BlobCounts;
  readonly writtenBytes: number;
}

/** Where a copy goes. */
interface Destination extends Pick<CopyRequest, 'sink' | 'delivered'> {
  readonly name: ImageName;
  readonly tag: string | undefined;
}

/** With a suffix the image as it was comes first, then the one with indexes: each tag names something whole. */
function write(request: IndexingRequest, place: ImageName, inPlace: boolean): Promise<IndexResult> {
  const { image, plan, settings, options, context } = request;
  const sociPlace = plan.suffix === undefined ? place : behindTag(place, plan.suffix);
  const first = inPlace ? sociPlace : place;
  const copy = (what: Copied, { name, tag, ...to }: Destination) =>
    context.phase(`Write ${formatImageName(name)}`, () =>
      copyImage({
        source: what.source,
        descriptor: what.descriptor,
        referrers: what.referrers ?? [],
        ...to,
        tags: tag === undefined ? [] : [tag],
        platforms: inPlace ? [] : settings.platforms,
        progress: context.progress,
        signal: context.signal,
      }),
    );
  return withSink(first, options, (sink, tag) => {
    const delivery = isDeliveredTo(first, inPlace) ? deliverTo(sink, image.source) : undefined;
    const to = { name: first, sink, tag, ...(delivery && { delivered: delivery.delivered }) };
    return withIndexes({ ...request, delivery }, async (indexed) => {
      if (first === sociPlace)
        return resultOf(image, indexed, { place, sociPlace, made: await copy(indexed, to) });
      const plain = await copy(image, to);
      const made = await withSink(sociPlace, options, (beside, besideTag) =>
        copy(indexed, { name: sociPlace, sink: beside, tag: besideTag }),
      );
      return resultOf(image, indexed, { place, sociPlace, made, plain });
    });
  });
}

type Copied = Pick<CopyRequest, 'source' | 'descriptor' | 'referrers'>;

/** In place all layers are there. An archive takes one blob after the other: layers would wait for each other. */
const isDeliveredTo = ({ transport }: ImageName, inPlace: boolean): boolean =>
  !inPlace && transport !== 'oci-archive';

/** What was written where. */
interface Written {
  readonly place: ImageName;
  /** Of the image with indexes. */
  readonly sociPlace: ImageName;
  readonly made: CopyResult;
  /** The image as it was, where it was written as well. */
  readonly plain?: CopyResult;
}

function resultOf(
  image: OpenImage,
  indexed: IndexedImage,
  { place, sociPlace, made, plain }: Written,
): IndexResult {
  const name = formatImageName(sociPlace);
  const destination = sociPlace === place ? made.descriptor : (plain ?? image).descriptor;
  return {
    source: image.name,
    destination: formatImageName(place),
    digest: destination.digest,
    ...(sociPlace === place ? {} : { beside: { name, digest: made.descriptor.digest } }),
    ...sociReport(indexed, made.descriptor, [name]),
    blobs: plain === undefined ? made.blobs : added(made.blobs, plain.blobs),
    writtenBytes: made.bytesWritten + (plain?.bytesWritten ?? 0),
  };
}

type BlobCounts = CopyResult['blobs'];

const added = (one: BlobCounts, other: BlobCounts): BlobCounts => ({
  written: one.written + other.written,
  existed: one.existed + other.existed,
  mounted: one.mounted + other.mounted,
  skipped: one.skipped + other.skipped,
});

/** @throws PullBudgetError `bad-reference` */
function behindTag(name: ImageName, suffix: string): ImageName {
  if (name.transport === 'oci-archive') {
    throw inputError('bad-reference', `${formatImageName(name)} is one archive, and would be written twice`, {
      hint: 'Leave soci-tag-suffix out, or write to a registry or to oci:DIR:TAG.',
    });
  }
  const beside = retag(name, (tag) => suffixedTag(tag, suffix));
  if (beside !== undefined) return beside;
  throw inputError(
    'bad-reference',
    `${formatImageName(name)} names no tag, and soci-tag-suffix goes behind one`,
    { hint: 'Add a tag to the destination, or leave soci-tag-suffix out.' },
  );
}

function documentOf({ destination, digest, beside, soci, sociImage, writtenBytes }: IndexResult): Document {
  const what = sociImage === undefined ? ', the image as it was.' : ', with the index.';
  const isNothing = writtenBytes === 0;
  return {
    headline: { text: `${destination} is ${digest}` },
    about: [
      ...(beside ? [[codeSpan(beside.name), ' is ', codeSpan(beside.digest), what]] : []),
      [
        isNothing
          ? 'Nothing had to be written: all of it was there.'
          : `${formatBytes(writtenBytes)} written.`,
      ],
    ],
    sections: soci.map(sociLayerSection),
  };
}
