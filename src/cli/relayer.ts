import type { Descriptor } from '../content/image/descriptor.ts';
import { formatImageName, parseImageName } from '../content/image/name.ts';
import type { RelayerFacts } from '../facts/relayer.ts';
import { formatBytes } from '../facts/units.ts';
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
  const relaid = await relay({ image, baseline: settings.baseline, settings, options, context }, open);
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
  const result = {
    source: image.name,
    destination,
    digest: descriptor.digest,
    relayer: relaid.facts,
    writtenBytes: bytesWritten,
  };
  output.show(result, () =>
    terminalDocument(documentOf(destination, descriptor, bytesWritten, relaid.facts), output),
  );
  return 0;
}

function documentOf(
  destination: string,
  { digest }: Descriptor,
  writtenBytes: number,
  facts: readonly RelayerFacts[],
): Document {
  return {
    headline: { text: `${destination} is ${digest}` },
    about: [
      [
        writtenBytes === 0
          ? 'Nothing had to be written: all of it was there.'
          : `${formatBytes(writtenBytes)} written.`,
      ],
      ...facts.map(({ platform, input, tree }) => [
        `${platform}: the files are those of `,
        codeSpan(input),
        ', tree ',
        codeSpan(tree),
        '.',
      ]),
    ],
    sections: relayerSections(facts),
  };
}
