import { createHash } from 'node:crypto';
import type { ByteStream } from '../bytes.ts';
import { infrastructureError, inputError } from '../error.ts';
import type { Descriptor } from '../image/descriptor.ts';
import { digestAlgorithm, digestFrom } from '../image/digest.ts';
import type { ImageSource } from './store.ts';

/** Where bytes were damaged decides who acts: at rest the user has a broken store, in flight a retry may help. */
export type Medium = 'at rest' | 'in flight';

/**
 * Passes the bytes on and checks size and digest: the last chunk is passed on only if they fit, so that a consumer
 * who got all bytes has got the right ones.
 * @throws PullBudgetError `size-mismatch`, `digest-mismatch`: `input` at rest, `infrastructure` in flight
 */
export async function* verified(
  bytes: ByteStream,
  descriptor: Descriptor,
  where: string,
  medium: Medium,
): AsyncGenerator<Uint8Array> {
  const algorithm = digestAlgorithm(descriptor.digest);
  const hash = createHash(algorithm);
  const check = (): void => {
    const digest = digestFrom(hash, algorithm);
    if (digest === descriptor.digest) return;
    throw failure(medium)('digest-mismatch', `${where}: the bytes of ${descriptor.digest} are ${digest}`, {
      hint: hints[medium],
    });
  };
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > descriptor.size) throw sizeMismatch(descriptor, size, where, medium);
    hash.update(chunk);
    if (size === descriptor.size && chunk.byteLength > 0) check();
    yield chunk;
  }
  if (size !== descriptor.size) throw sizeMismatch(descriptor, size, where, medium);
  if (size === 0) check();
}

/** The bytes for a sink: a source checks its own while they are read (ImageSource.readBlob), others are checked here. */
export function arriving(
  open: () => ByteStream,
  descriptor: Descriptor,
  where: string,
  from: ImageSource | undefined,
): ByteStream {
  return from === undefined ? verified(open(), descriptor, where, 'in flight') : open();
}

function sizeMismatch(descriptor: Descriptor, size: number, where: string, medium: Medium): Error {
  const got =
    size > descriptor.size
      ? `more than the ${descriptor.size} bytes`
      : `${size} of the ${descriptor.size} bytes`;
  return failure(medium)('size-mismatch', `${where}: got ${got} that ${descriptor.digest} should have`, {
    hint: hints[medium],
  });
}

const failure = (medium: Medium) => (medium === 'at rest' ? inputError : infrastructureError);

const hints: Record<Medium, string> = {
  'at rest': 'The stored content is damaged; delete it and build or pull the image again.',
  'in flight':
    'The content was damaged or cut off on its way; run again, and look at proxies between here and there.',
};

/** All bytes of a stream whose size is known to be small. @throws PullBudgetError `too-large` */
export async function collect(bytes: ByteStream, limit: number, where: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > limit) {
      throw inputError('too-large', `${where} is over ${limit} bytes`, {
        hint: 'It is larger than any valid document of its kind.',
      });
    }
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks, size);
}
