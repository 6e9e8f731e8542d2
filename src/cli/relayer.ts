import { inputError } from '../content/error.ts';
import { type Digest, isDigest } from '../content/image/digest.ts';
import { formatImageName, type ImageName, parseImageName } from '../content/image/name.ts';
import type { ImageSetFacts } from '../facts/image.ts';
import type { RelayerFacts } from '../facts/relayer.ts';
import { formatBytes } from '../facts/units.ts';
import { latestBeside, openBaseline } from '../pipeline/baseline.ts';
import { describeImages } from '../pipeline/describe.ts';
import { openImage, registryOptions, withSink } from '../pipeline/open.ts';
import { relay, withPlanArtifacts } from '../pipeline/relayer.ts';
import { copyImage } from '../stages/push/copy.ts';
import { codeSpan, type Document } from '../stages/report/document.ts';
import { relayerSections } from '../stages/report/relayer.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import type { Call } from './call.ts';

/** Re-lays an image and writes it. */
export async function run({ settings, positionals, context, output }: Call): Promise<number> {
  const [from, to] = [parseImageName(positionals.SRC ?? ''), parseImageName(positionals.DST ?? '')];
  refuseAsDestination(to);
  const options = registryOptions(settings, context);
  await using open = new AsyncDisposableStack();
  const image = await openImage(from, options);
  open.defer(() => image.source.close());
  const usual = to.transport === 'docker' ? latestBeside(to.reference) : undefined;
  const baseline = await openBaseline({ named: settings.baseline, usual }, options);
  if (baseline.image) open.defer(() => baseline.image?.source.close());
  if (baseline.missing) context.notice(`No baseline: ${baseline.missing}. The image is re-laid afresh.`);
  const relaid = await relay({ image, baseline: baseline.image, settings, options, context }, open);
  open.defer(() => relaid.close());
  const destination = formatImageName(to);
  const { descriptor, bytesWritten } = await context.phase(`Write ${destination}`, async () => {
    const sent = await withPlanArtifacts(relaid, relaid.plans, settings.platforms);
    return withSink(to, options, (sink, tag) =>
      copyImage({
        source: sent.source,
        descriptor: sent.descriptor,
        referrers: sent.referrers,
        sink,
        tags: tag === undefined ? [] : [tag],
        platforms: settings.platforms,
        progress: context.progress,
        signal: context.signal,
        notice: context.notice,
      }),
    );
  });
  const result: Result = {
    source: image.name,
    destination,
    digest: descriptor.digest,
    relayer: relaid.facts,
    writtenBytes: bytesWritten,
  };
  const { image: facts } = await describeImages(relaid, undefined, settings.platforms);
  output.show(result, () => terminalDocument(documentOf(result, facts), output));
  return 0;
}

/** @throws PullBudgetError `no-plans-there`, `bad-reference` */
function refuseAsDestination(to: ImageName): void {
  if (to.transport === 'docker-archive' || to.transport === 'docker-daemon') {
    throw inputError(
      'no-plans-there',
      `${formatImageName(to)} would lose its layer plan: docker's own stores keep images alone`,
      { hint: 'Write to a registry, to oci:DIR:TAG or to oci-archive:FILE:TAG, and copy it from there.' },
    );
  }
  if (to.transport === 'docker' ? to.reference.digest === undefined : !isDigest(to.target ?? '')) return;
  throw inputError(
    'bad-reference',
    `${formatImageName(to)} is no place to write to: nobody knows the digest before`,
    { hint: 'Name a tag instead, as DST.' },
  );
}

interface Result {
  readonly source: string;
  readonly destination: string;
  readonly digest: Digest;
  readonly relayer: readonly RelayerFacts[];
  readonly writtenBytes: number;
}

function documentOf({ destination, digest, relayer, writtenBytes }: Result, image: ImageSetFacts): Document {
  return {
    headline: { text: `${destination} is ${digest}` },
    about: [
      [
        writtenBytes === 0
          ? 'Nothing had to be written: all of it was there.'
          : `${formatBytes(writtenBytes)} written.`,
      ],
      ...relayer.map(({ platform, input, tree }) => [
        `${platform}: the files are those of `,
        codeSpan(input),
        ', tree ',
        codeSpan(tree),
        '.',
      ]),
    ],
    sections: relayerSections(relayer, image),
  };
}
