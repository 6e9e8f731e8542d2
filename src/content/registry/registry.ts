import type { ByteRange, ByteStream } from '../bytes.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import { type Manifest, parseJson } from '../image/manifest.ts';
import type { Reference } from '../image/reference.ts';
import type { BlobOutcome, ImageSink, ImageSource } from '../store/store.ts';
import { verified } from '../store/verify.ts';
import { Authorizer } from './auth.ts';
import { type ConnectionOptions, registryOrigin } from './connection.ts';
import { DockerConfig } from './docker-config.ts';
import { download, ReadAhead } from './download.ts';
import { Http } from './http.ts';
import { findManifest, putManifest, readManifest, resolveManifest, tagManifest } from './manifests.ts';
import { pagesOf } from './pages.ts';
import { listReferrers, ReferrersFallback } from './referrers.ts';
import { Repository } from './repository.ts';
import { type Clock, systemClock } from './retry.ts';
import { Secrets } from './secrets.ts';
import { upload } from './upload.ts';

export interface RegistryOptions extends ConnectionOptions {
  /** Ranges of blobs that are downloaded at the same time, all blobs together. Default 8. */
  readonly connections?: number;
  /** Default 4 MiB: with 8 connections what is read ahead stays under 32 MiB. */
  readonly rangeBytes?: number;
  /** How often a request is sent at most. Default 5. */
  readonly attempts?: number;
  /** Directory of docker's config.json. Default: `DOCKER_CONFIG`, else `~/.docker`. */
  readonly dockerConfig?: string;
  /** Called with every password and token as soon as it is known. */
  readonly onSecret?: (value: string) => void;
  /** Called before each wait for another try, with the reason. */
  readonly onRetry?: (message: string) => void;
  readonly signal?: AbortSignal;
  readonly userAgent?: string;
  /** Time and chance of retries and tokens. */
  readonly clock?: Clock;
}

const defaults = { connections: 8, rangeBytes: 4 * 1024 * 1024, attempts: 5, userAgent: 'pull-budget' };

/**
 * Opens a repository of a registry, to read and to write. Nothing is asked yet.
 * Every operation throws PullBudgetError `unauthorized`, `denied`, `not-found`, `not-allowed`, `upload-too-large`,
 * `unsupported`, `refused`, `tls` (kind input), `rate-limited`, `registry-unavailable`, `registry-full` (kind
 * infrastructure),
 * `bad-docker-config`, `credential-helper`.
 * @throws PullBudgetError `bad-certificate`
 */
export function openRegistry(
  { host, repository }: Pick<Reference, 'host' | 'repository'>,
  options: RegistryOptions = {},
): Registry {
  return new Registry(host, repository, options);
}

/** A repository of a registry. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md */
export class Registry implements ImageSource, ImageSink {
  readonly host: string;
  readonly repository: string;
  readonly #repository: Repository;
  readonly #http: Http;
  readonly #readAhead: ReadAhead;
  readonly #referrers: ReferrersFallback;
  /** Uploads under way: the same blob, wanted twice, is sent once. */
  readonly #uploads = new Map<Digest, Promise<unknown>>();

  constructor(host: string, repository: string, options: RegistryOptions) {
    const { connections, rangeBytes, attempts, userAgent } = { ...defaults, ...options };
    const secrets = new Secrets(options.onSecret);
    const clock = options.clock ?? systemClock;
    const signal = options.signal ?? new AbortController().signal;
    const origin = registryOrigin(host, options);
    this.host = host;
    this.repository = repository;
    this.#http = new Http({
      location: `${host}/${repository}`,
      origin,
      connection: options,
      retry: { attempts, clock, signal, onRetry: options.onRetry ?? (() => {}) },
      secrets,
      userAgent,
    });
    const config = new DockerConfig(options.dockerConfig);
    const auth = new Authorizer({ host, origin, http: this.#http, config, secrets, clock });
    this.#repository = new Repository(host, repository, origin, this.#http, auth);
    this.#readAhead = new ReadAhead(connections, rangeBytes);
    this.#referrers = new ReferrersFallback(this.#repository);
  }

  get location(): string {
    return this.#repository.location;
  }

  /** A tag or digest; `latest` where none is given, as docker has it. */
  async resolve(target: string | Digest = 'latest'): Promise<Descriptor> {
    return resolveManifest(this.#repository, target);
  }

  async readManifest(descriptor: Descriptor): Promise<Manifest> {
    return readManifest(this.#repository, descriptor);
  }

  readBlob(descriptor: Descriptor, range?: ByteRange): ByteStream {
    if (range !== undefined) return download(this.#repository, descriptor, range, this.#readAhead);
    const whole = { start: 0, end: descriptor.size };
    const bytes = download(this.#repository, descriptor, whole, this.#readAhead);
    return verified(bytes, descriptor, this.location, 'in flight');
  }

  async tags(): Promise<string[]> {
    const tags = new Set<string>();
    const list = { url: this.#repository.tagList(), subject: 'tags', expects: [200] };
    for await (const page of pagesOf(this.#repository, list)) {
      const { tags: named } = parseJson(page.bytes, `${this.location}: tags`);
      // A repository without tags has `null`.
      for (const tag of Array.isArray(named) ? named : []) if (typeof tag === 'string') tags.add(tag);
    }
    return [...tags].sort();
  }

  async referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    return listReferrers(this.#repository, subject, artifactType);
  }

  /**
   * Bytes that come `from` a source were checked while they were read, and the registry checks them as they end;
   * others are checked here too.
   */
  async writeBlob(blob: Descriptor, open: () => ByteStream, from?: ImageSource): Promise<BlobOutcome> {
    const before = this.#uploads.get(blob.digest);
    const checked = from === undefined ? () => verified(open(), blob, this.location, 'at rest') : open;
    const mountFrom =
      from instanceof Registry && from.host === this.host && from.repository !== this.repository
        ? from.repository
        : undefined;
    const outcome = (before ?? Promise.resolve()).then(() =>
      upload(this.#repository, { blob, open: checked, mountFrom }),
    );
    const settled = outcome.catch(() => {});
    this.#uploads.set(blob.digest, settled);
    try {
      return await outcome;
    } finally {
      if (this.#uploads.get(blob.digest) === settled) this.#uploads.delete(blob.digest);
    }
  }

  async writeManifest(manifest: Manifest): Promise<void> {
    const { digest, mediaType } = manifest.descriptor;
    const there = await findManifest(this.#repository, digest, this.#repository.push);
    const answer =
      there === undefined
        ? await putManifest(this.#repository, digest, { raw: manifest.raw, mediaType })
        : undefined;
    await this.#referrers.note(manifest, answer);
  }

  async tag(manifest: Manifest, tag: string): Promise<void> {
    await tagManifest(this.#repository, manifest, tag);
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  /** What is complete stays; sessions that were begun end by themselves, as registries clean them up. */
  async abort(): Promise<void> {
    await this.close();
  }
}
