import type { ByteStream } from '../../content/bytes.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type LockstepReader, lockstep } from '../../content/store/lockstep.ts';

/**
 * Makes a layer's blob be where the image goes. `open` is called if its bytes are needed there, and again for each retry.
 */
export type Deliver = (layer: Descriptor, open: () => ByteStream) => Promise<void>;

export interface DeliveryRequest<T> {
  /** Reads the blob from its source, verified; fails with the signal's reason when that is aborted. */
  readonly read: (signal: AbortSignal) => ByteStream;
  /** Calls `open` once, when there is room for the layer; it may leave the bytes before their end. */
  readonly index: (open: () => ByteStream, signal: AbortSignal) => Promise<T>;
  readonly deliver: (open: () => ByteStream) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Indexes a layer and delivers it, of one read where both want its bytes; a delivery begins when the indexer opens the
 * layer. Each goes on by itself when the other is done with the bytes; the failure of one ends the other.
 * @throws what `read`, `index` or `deliver` threw first, when both have ended; the signal's reason
 */
export async function indexAndDeliver<T>(request: DeliveryRequest<T>): Promise<T> {
  const { read, index, deliver } = request;
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const ending = async <R>(work: Promise<R>): Promise<R> => {
    try {
      return await work;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  let delivered: Promise<void> | undefined;
  const open = (): ByteStream => {
    const blob = new SharedBlob(() => read(signal));
    delivered = ending(deliver(() => blob.open())).finally(() => blob.end());
    // Awaited below, when the indexer has ended.
    delivered.catch(() => {});
    return blob.joined();
  };
  const indexed = ending(index(open, signal));
  await Promise.allSettled([indexed]);
  await Promise.allSettled([delivered]);
  signal.throwIfAborted();
  return indexed;
}

/** A blob that one reads for itself, and along with a sink if the sink comes to read it. */
class SharedBlob {
  readonly #read: () => ByteStream;
  readonly #ours = Promise.withResolvers<ByteStream>();
  #theirs: LockstepReader | undefined;

  constructor(read: () => ByteStream) {
    this.#read = read;
  }

  /** The bytes from when it is known whether the sink reads them. */
  async *joined(): ByteStream {
    yield* await this.#ours.promise;
  }

  /** For the sink: the first time along with the other reader, then, since it has given that up, by itself. */
  open(): ByteStream {
    if (this.#theirs !== undefined) {
      this.#leave();
      return this.#read();
    }
    const [ours, theirs] = lockstep(this.#read(), 2) as [LockstepReader, LockstepReader];
    this.#ours.resolve(ours);
    this.#theirs = theirs;
    return theirs;
  }

  /** The sink reads no more, or never has. */
  end(): void {
    this.#leave();
    if (this.#theirs === undefined) this.#ours.resolve(this.#read());
  }

  /** A sink may have dropped a stream without ending it, and nobody else must wait for that. */
  #leave(): void {
    this.#theirs?.leave().catch(() => {});
  }
}
