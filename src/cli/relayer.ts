import type { Digest } from '../content/image/digest.ts';
import { formatImageName, parseImageName } from '../content/image/name.ts';
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
    const sent = await withPlanArtifacts(relaid, relaid.plans);
    return withSink(to, options, (sink, tag) =>
      copyImage({
        source: sent.source,
        descriptor: sent.descriptor,
        referrers: sent.referrers,
        sink,
        tags: tag === undefined ? [] : [tag],
        progress: context.progress,
        signal: context.signal,
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
