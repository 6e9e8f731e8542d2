import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ByteStream } from '../bytes.ts';
import { type Digest, type DigestAlgorithm, digestAlgorithm, digestFrom } from '../image/digest.ts';
import { explainIo, isDiskFull } from '../store/io-error.ts';
import type { Layout } from '../store/layout.ts';
import { Refusal } from './server-refusal.ts';

/** A blob on its way in: a file that grows by whole chunks. */
export interface Upload {
  readonly id: string;
  /** Bytes of the chunks that arrived whole. */
  readonly size: number;
}

interface Session {
  readonly id: string;
  readonly repository: string;
  readonly path: string;
  size: number;
  hash: Hash;
  busy: boolean;
  /** Milliseconds since the epoch of the last request for it. */
  touched: number;
}

const algorithmOnTheWay: DigestAlgorithm = 'sha256';
const writeBufferBytes = 1024 * 1024;

/**
 * The upload sessions of one server. Sessions that nobody touched for `idleSeconds` go when another starts;
 * all that are left go with the server.
 */
export class Uploads {
  readonly #layout: Layout;
  readonly #most: number;
  readonly #idleMilliseconds: number;
  readonly #sessions = new Map<string, Session>();

  constructor(layout: Layout, limits: { most: number; idleSeconds: number }) {
    this.#layout = layout;
    this.#most = limits.most;
    this.#idleMilliseconds = limits.idleSeconds * 1000;
  }

  /** @throws Refusal 429 when too many are open */
  async start(repository: string): Promise<Upload> {
    await this.#expire();
    if (this.#sessions.size >= this.#most) {
      throw new Refusal(429, 'TOOMANYREQUESTS', `${this.#most} uploads are open`, {
        headers: { 'Retry-After': '5' },
      });
    }
    const session: Session = {
      id: randomUUID(),
      repository,
      path: await this.#layout.spool(),
      size: 0,
      hash: createHash(algorithmOnTheWay),
      busy: false,
      touched: Date.now(),
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** @throws Refusal 404 BLOB_UPLOAD_UNKNOWN; an id counts only in the repository that it was given for */
  find(repository: string, id: string): Upload {
    const session = this.#sessions.get(id);
    if (session?.repository !== repository) {
      throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload: it ended, expired or never was');
    }
    session.touched = Date.now();
    return session;
  }

  /**
   * Adds a chunk. One that breaks off leaves the upload as it was before it, to be sent again.
   * @throws Refusal 400 when another request is writing to this upload; what `chunk` throws; `disk-full`
   */
  async append(upload: Upload, chunk: ByteStream): Promise<void> {
    const session = this.#claim(upload);
    const before = { size: session.size, hash: session.hash.copy() };
    const taken = async function* (bytes: ByteStream) {
      for await (const piece of bytes) {
        session.hash.update(piece);
        session.size += piece.byteLength;
        yield piece;
      }
    };
    try {
      await pipeline(
        chunk,
        taken,
        createWriteStream(session.path, { flags: 'r+', start: before.size, highWaterMark: writeBufferBytes }),
      );
    } catch (error) {
      Object.assign(session, before);
      await truncate(session.path, before.size).catch(() => {});
      throw isDiskFull(error) ? explainIo(error, session.path) : error;
    } finally {
      session.busy = false;
      session.touched = Date.now();
    }
  }

  /**
   * Ends the upload: its bytes are in the layout, on the disk, under this digest.
   * @throws Refusal 400 DIGEST_INVALID, after which the upload and its bytes are gone
   */
  async finish(upload: Upload, digest: Digest): Promise<void> {
    const session = this.#claim(upload);
    this.#sessions.delete(session.id);
    try {
      const actual = await digestOfUpload(session, digestAlgorithm(digest));
      if (actual !== digest) {
        throw new Refusal(400, 'DIGEST_INVALID', 'the digest is not that of the uploaded bytes', {
          detail: { digest, uploaded: actual, size: session.size },
        });
      }
      await this.#layout.adopt(session.path, digest);
    } catch (error) {
      await this.#layout.discard(session.path);
      throw error;
    }
  }

  /** Drops the upload and its bytes. */
  async cancel(upload: Upload): Promise<void> {
    const session = this.#sessions.get(upload.id);
    this.#sessions.delete(upload.id);
    if (session) await this.#layout.discard(session.path);
  }

  /** Drops all uploads. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => this.cancel(session)));
  }

  #claim(upload: Upload): Session {
    const session = this.#sessions.get(upload.id);
    if (session === undefined || session.busy) {
      throw new Refusal(400, 'BLOB_UPLOAD_INVALID', 'another request is writing to this upload');
    }
    session.busy = true;
    return session;
  }

  async #expire(): Promise<void> {
    const before = Date.now() - this.#idleMilliseconds;
    const stale = [...this.#sessions.values()].filter((one) => !one.busy && one.touched <= before);
    await Promise.all(stale.map((session) => this.cancel(session)));
  }
}

async function digestOfUpload(session: Session, algorithm: DigestAlgorithm): Promise<Digest> {
  if (algorithm === algorithmOnTheWay) return digestFrom(session.hash, algorithm);
  const hash = createHash(algorithm);
  for await (const piece of createReadStream(session.path, { highWaterMark: writeBufferBytes })) {
    hash.update(piece as Uint8Array);
  }
  return digestFrom(hash, algorithm);
}
