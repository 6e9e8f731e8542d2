import { createHash } from 'node:crypto';
import type { ByteStream } from '../content/bytes.ts';
import { inputError } from '../content/error.ts';
import type { Descriptor } from '../content/image/descriptor.ts';
import { digestFrom } from '../content/image/digest.ts';
import { formatPlatform } from '../content/image/platform.ts';
import type { ImageSource } from '../content/store/store.ts';
import { formatBytes } from '../facts/units.ts';
import type { OpenImage } from '../pipeline/open.ts';
import { shortDigest } from '../stages/report/layers.ts';
import { findSociIndexes } from '../stages/soci/find.ts';
import type { SociIndex } from '../stages/soci/index-manifest.ts';
import { type OpenFile, openFile } from '../stages/soci/open-file.ts';
import type { PlatformImage } from '../stages/soci/platform-images.ts';
import type { Call } from './call.ts';
import { openNamedImage } from './named-images.ts';
import { onePlatformImage } from './one-platform.ts';

/** Where the file goes, and whether somebody watches. */
export interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: { readonly isTTY?: boolean };
}

/**
 * Writes a file of an image to standard output as it is. With --json it is read too, and what is printed instead is
 * where it lies, its digest, and how little was fetched for it.
 */
export async function run(call: Call, { stdout, stderr }: Streams = process): Promise<number> {
  const { positionals, flags, context, output } = call;
  const image = await openNamedImage(call);
  try {
    const { file, platform } = await find(image, call, positionals.PATH ?? '');
    const hash = createHash('sha256');
    let bytes = 0;
    const content = async function* (): ByteStream {
      for await (const chunk of file.read()) {
        context.signal.throwIfAborted();
        bytes += chunk.byteLength;
        if (flags.json) hash.update(chunk);
        yield chunk;
      }
    };
    if (!flags.json) {
      await writeAll(content(), stdout);
      const line = summary(file);
      if (stderr.isTTY && line !== undefined) context.notice(line);
      return 0;
    }
    for await (const _ of content());
    const { layer, spans, fetched } = file;
    const document = {
      image: image.name,
      platform,
      path: file.path.toString(),
      bytes,
      digest: digestFrom(hash),
      layer: layer.digest,
      layerBytes: layer.size,
      ...(spans === undefined ? {} : { spans, fetchedSpans: fetched.spans }),
      fetchedBytes: fetched.bytes,
    };
    output.show(document, () => '');
    return 0;
  } finally {
    await image.source.close();
  }
}

async function find(
  { name, source, descriptor }: OpenImage,
  { settings, context }: Call,
  path: string,
): Promise<{ file: OpenFile; platform: string }> {
  const top = await source.readManifest(descriptor);
  const image = await onePlatformImage(source, top, settings.platforms);
  const platform = formatPlatform(image.platform);
  const { v1, v2, complaints } = await findSociIndexes(source, image.manifest, top);
  const index = (v2 ?? v1)?.index;
  if (index === undefined) throw noIndex(`${name} (${platform})`, complaints);
  return { file: await openFrom({ source, image, index, path, settings, context }), platform };
}

function openFrom(found: {
  readonly source: ImageSource;
  readonly image: PlatformImage;
  readonly index: SociIndex;
  readonly path: string;
  readonly settings: Call['settings'];
  readonly context: Call['context'];
}): Promise<OpenFile> {
  const { settings, context, ...request } = found;
  const onWhole = ({ digest, size }: Descriptor): void =>
    context.notice(
      `Layer ${shortDigest(digest)} (${formatBytes(size)}) has no zTOC: all of it is read to see what is in it.`,
    );
  return openFile({ ...request, ratioLimit: settings.unpackRatioLimit, onWhole });
}

function noIndex(where: string, complaints: readonly string[]): Error {
  const why = complaints.length === 0 ? '' : `: ${complaints.join(' ')}`;
  return inputError('no-soci-index', `${where} has no SOCI index to read it by${why}`, {
    hint: 'Make one with "pull-budget index IMAGE", or name the image that has one: often its tag ends in -soci.',
  });
}

/** Waits for each chunk to be written, for it is only lent. A reader who has seen enough is no error. */
async function writeAll(bytes: ByteStream, stdout: NodeJS.WritableStream): Promise<void> {
  try {
    for await (const chunk of bytes) {
      await new Promise<void>((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

/** Undefined of a layer that was read whole: that was said before. */
function summary({ layer, spans, fetched }: OpenFile): string | undefined {
  if (spans === undefined) return undefined;
  const which = `layer ${shortDigest(layer.digest)} (${formatBytes(layer.size)})`;
  return `Fetched ${fetched.spans} of ${spans} spans, ${formatBytes(fetched.bytes)}, of ${which}.`;
}
