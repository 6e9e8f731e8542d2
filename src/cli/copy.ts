import { formatImageName, parseImageName } from '../content/image/name.ts';
import { formatBytes } from '../facts/units.ts';
import { openImage, registryOptions, withSink } from '../pipeline/open.ts';
import { type CopyResult, copyImage } from '../stages/push/copy.ts';
import type { Call } from './call.ts';

/** Copies an image as it is: every platform, unless some are named, and byte for byte. */
export async function run({ settings, positionals, context, output }: Call): Promise<number> {
  const [from, to] = [parseImageName(positionals.SRC ?? ''), parseImageName(positionals.DST ?? '')];
  const options = registryOptions(settings, context);
  const image = await openImage(from, options);
  try {
    const result = await context.phase(`Copy ${image.name} to ${formatImageName(to)}`, () =>
      withSink(to, options, (sink, tag) =>
        copyImage({
          source: image.source,
          descriptor: image.descriptor,
          sink,
          tags: tag === undefined ? [] : [tag],
          platforms: settings.platforms,
          progress: context.progress,
          signal: context.signal,
        }),
      ),
    );
    const { descriptor, blobs, bytesWritten, skippedLayers } = result;
    const document = {
      source: image.name,
      destination: formatImageName(to),
      digest: descriptor.digest,
      mediaType: descriptor.mediaType,
      blobs,
      writtenBytes: bytesWritten,
      skippedLayers: skippedLayers.map((layer) => layer.digest),
    };
    output.show(document, () => summary(document.destination, result));
  } finally {
    await image.source.close();
  }
  return 0;
}

function summary(destination: string, { descriptor, blobs, bytesWritten }: CopyResult): string {
  const there = blobs.existed + blobs.mounted;
  const parts = [
    `${blobs.written} blobs written (${formatBytes(bytesWritten)})`,
    ...(there > 0 ? [`${there} were there`] : []),
    ...(blobs.skipped > 0
      ? [`${blobs.skipped} foreign layers skipped: clients take them from their own URLs`]
      : []),
  ];
  return `${destination} is ${descriptor.digest}\n${parts.join(', ')}.\n`;
}
