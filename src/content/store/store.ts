import type { ByteRange, ByteStream } from '../bytes.ts';
import type { Descriptor } from '../image/descriptor.ts';
import type { Digest } from '../image/digest.ts';
import type { Manifest } from '../image/manifest.ts';

/**
 * Where images are read from: an OCI layout, an archive, a registry.
 * Every whole blob and every manifest is checked against its descriptor as it is read; a ranged read can't be.
 */
export interface ImageSource {
  /** For messages: `oci:./layout`, `registry.example/repo`. */
  readonly location: string;
  /**
   * What a tag or digest names here; with none, the store's only image.
   * @throws PullBudgetError `not-found`, `ambiguous` (none given and several are here)
   */
  resolve(target?: string | Digest): Promise<Descriptor>;
  /** @throws PullBudgetError `not-found`, `digest-mismatch`, and what parseManifest throws */
  readManifest(descriptor: Descriptor): Promise<Manifest>;
  /**
   * @throws (while iterating) PullBudgetError `not-found`, `digest-mismatch`, `size-mismatch`
   * (the last two not for a range)
   */
  readBlob(descriptor: Descriptor, range?: ByteRange): ByteStream;
  /**
   * The source that has this blob too, where this one passes it on or has a copy: a sink may take it from there itself
   * (mount). Undefined where there is none; absent where there never is.
   */
  origin?(blob: Descriptor): ImageSource | undefined;
  /** Tags here, sorted; of a registry those of the repository. */
  tags(): Promise<string[]>;
  /** Manifests whose `subject` is this one, newest state of the store; [] where there are none. */
  referrers(subject: Digest, artifactType?: string): Promise<Descriptor[]>;
  /** Frees what reading holds (connections, temp files). */
  close(): Promise<void>;
}

/** How a blob got to be at its destination. */
export type BlobOutcome = 'written' | 'existed' | 'mounted';

/** Where images are written to. Content is checked on the way in; nothing is visible before it is whole. */
export interface ImageSink {
  readonly location: string;
  /**
   * Refuses at once an image that this store can't hold, before any of its bytes are moved.
   * Absent where every image can be.
   */
  checkImage?(top: Manifest): void;
  /** False where only single images can be, and nobody reads what their manifests say of others (docker's stores). */
  readonly holdsIndexes?: boolean;
  /**
   * Makes the blob be here. `open` is called only if its bytes are needed, and again for each retry.
   * Safe against others that write the same blob at the same time.
   * `from` is the source that `open` reads: it verifies them then, and a store may take them from there itself (mount).
   * @throws PullBudgetError `digest-mismatch`, `size-mismatch`, and what the store's IO throws
   */
  writeBlob(descriptor: Descriptor, open: () => ByteStream, from?: ImageSource): Promise<BlobOutcome>;
  /** Writes the manifest's bytes as they are. Children come first: a manifest never points at what is not here. */
  writeManifest(manifest: Manifest): Promise<void>;
  /** Gives `tag` to a manifest that was written before: the last step of a push. */
  tag(manifest: Manifest, tag: string): Promise<void>;
  /** Ends writing: archives become visible here. Not called after a failure: `abort` is. */
  close(): Promise<void>;
  /** Removes what an unfinished write left (temp files); what was complete stays. */
  abort(): Promise<void>;
}
