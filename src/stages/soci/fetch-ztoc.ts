import { inputError } from '../../content/error.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { decodeZtoc } from './decode.ts';
import type { Ztoc } from './ztoc.ts';

/** A layer of 130 GB in spans of 4 MiB, or of five million files. */
const mostZtocBytes = 1024 ** 3;

/**
 * Reads a layer's zTOC, whole, for it is read from both ends.
 * @throws PullBudgetError `too-large`, `bad-ztoc`, and what the source throws
 */
export async function fetchZtoc(
  source: Pick<ImageSource, 'readBlob' | 'location'>,
  ztoc: Descriptor,
  layer: Descriptor,
): Promise<Ztoc> {
  const where = `${source.location}: the zTOC ${ztoc.digest} of layer ${layer.digest}`;
  if (ztoc.size > mostZtocBytes) {
    throw inputError('too-large', `${where} has ${ztoc.size} bytes, over 1 GiB`, {
      hint: 'Index the image again with larger spans.',
    });
  }
  // The source gives no more than the descriptor's size, and throws where it has less.
  const bytes = Buffer.allocUnsafeSlow(ztoc.size);
  let filled = 0;
  for await (const chunk of source.readBlob(ztoc)) {
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  return decodeZtoc(bytes, where);
}
