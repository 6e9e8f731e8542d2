import type { ByteStream } from '../bytes.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { BlobOutcome } from '../store/store.ts';
import { brokenTransfer, RegistryFailure, unsupportedFailure } from './failure.ts';
import type { Answer, Authorization, Request } from './http.ts';
import type { Repository } from './repository.ts';

export interface Upload {
  readonly blob: Descriptor;
  /** Opens the bytes, anew for each try. */
  readonly open: () => ByteStream;
  /** Another repository of the same registry that has the blob. */
  readonly mountFrom: string | undefined;
}

/** Chunks of this size go out at twice the speed of small ones. */
const chunkBytes = 1024 * 1024;

/**
 * Makes a blob be in the repository: asks for it, mounts it, or sends it as one streamed PUT (ECR cannot take more
 * than one PATCH). A try that fails begins anew with the first of these, since its end may only not have been heard.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
export async function upload(
  repository: Repository,
  { blob, open, mountFrom }: Upload,
): Promise<BlobOutcome> {
  const attempts = repository.http.attempts();
  const source = new Source(open);
  let sent = false;
  for (;;) {
    try {
      if (await isThere(repository, blob)) return sent ? 'written' : 'existed';
      const session =
        mountFrom === undefined ? await begin(repository, blob) : await mount(repository, blob, mountFrom);
      if (session === 'mounted') return 'mounted';
      sent = true;
      await send(repository, blob, source, session);
      return 'written';
    } catch (error) {
      // What broke the request is told, not that it broke. It is final: a source that can try again has done so.
      if (source.failure !== undefined) throw source.failure.error;
      await attempts.next(error);
    }
  }
}

async function isThere(repository: Repository, blob: Descriptor): Promise<boolean> {
  const { status } = await repository.http.sendOnce({
    method: 'HEAD',
    url: repository.blob(blob.digest),
    subject: subjectOf(blob),
    authorization: repository.push,
    expects: [200, 404],
  });
  return status === 200;
}

/** Where to send the bytes; or nothing is to be sent. */
type Session = Answer | 'mounted';

/** A registry that will not mount, or that will not let us read there, takes the bytes. */
async function mount(repository: Repository, blob: Descriptor, from: string): Promise<Session> {
  const query = `?mount=${encodeURIComponent(blob.digest)}&from=${encodeURIComponent(from)}`;
  try {
    const answer = await post(
      repository,
      blob,
      repository.uploads(query),
      repository.pushFrom(from),
      [201, 202],
    );
    return answer.status === 201 ? 'mounted' : answer;
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.transient) throw error;
    return begin(repository, blob);
  }
}

async function begin(repository: Repository, blob: Descriptor): Promise<Session> {
  try {
    return await post(repository, blob, repository.uploads(), repository.push, [202]);
  } catch (error) {
    if (!(error instanceof RegistryFailure) || error.status !== 404) throw error;
    throw error.as(
      'not-found',
      error.message,
      'Create the repository first: this registry does not create it on push.',
    );
  }
}

function post(
  repository: Repository,
  blob: Descriptor,
  url: URL,
  authorization: Authorization,
  expects: number[],
): Promise<Answer> {
  const subject = `upload of ${subjectOf(blob)}`;
  return repository.http.sendOnce({ method: 'POST', url, subject, authorization, expects });
}

async function send(
  repository: Repository,
  blob: Descriptor,
  source: Source,
  session: Answer,
): Promise<void> {
  const subject = `upload of ${subjectOf(blob)}`;
  const location = session.header('location');
  if (location === undefined) {
    throw unsupportedFailure(
      `${repository.location}: ${subject}: ${session.url.host} began it without a Location`,
      'The registry, or a proxy before it, does not follow the distribution specification.',
    );
  }
  const request: Request = {
    method: 'PUT',
    url: withDigest(repository.http.resolve(location, session.url, subject), blob),
    subject,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) },
    body: () => source.read(),
    authorization: repository.push,
    expects: [201, 202, 204],
  };
  try {
    await repository.http.sendOnce(request);
  } catch (error) {
    if (!(error instanceof RegistryFailure)) throw error;
    // It was begun a moment ago: a registry that was restarted, or a load balancer before several, has lost it.
    if (error.status === 404) throw brokenTransfer(error.message, error);
    if (error.said.includes('DIGEST_INVALID')) {
      throw error.as(
        'digest-mismatch',
        error.message,
        'The registry got other bytes than the manifest says: they are damaged here, or were on their way.',
      );
    }
    throw error;
  }
}

/** The bytes to send, in chunks of the best size; what fails while reading them is kept. */
class Source {
  readonly #open: () => ByteStream;
  failure: { readonly error: unknown } | undefined;

  constructor(open: () => ByteStream) {
    this.#open = open;
  }

  async *read(): ByteStream {
    try {
      yield* inChunks(this.#open());
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

/** Large chunks as they are, small ones gathered. */
async function* inChunks(bytes: ByteStream): AsyncGenerator<Uint8Array> {
  const gathered = new Gathered();
  for await (const part of bytes) {
    if (gathered.bytes === 0 && part.byteLength >= chunkBytes) yield part;
    else yield* gathered.add(part);
  }
  yield* gathered.rest();
}

/** One buffer that small chunks fill until it is sent. */
class Gathered {
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes);
  bytes = 0;

  *add(part: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < part.byteLength; ) {
      const piece = part.subarray(at, at + chunkBytes - this.bytes);
      this.#buffer.set(piece, this.bytes);
      this.bytes += piece.byteLength;
      at += piece.byteLength;
      if (this.bytes === chunkBytes) yield* this.rest();
    }
  }

  *rest(): Generator<Uint8Array> {
    const { bytes } = this;
    this.bytes = 0;
    if (bytes > 0) yield this.#buffer.subarray(0, bytes);
  }
}

/** The session's own query stays as it came: registries keep state in it. */
function withDigest(session: URL, blob: Descriptor): URL {
  const url = new URL(session);
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(blob.digest)}`;
  return url;
}

const subjectOf = (blob: Descriptor): string => `blob ${blob.digest}`;
