import type { ByteStream } from '../../content/bytes.ts';
import type { Descriptor } from '../../content/image/descriptor.ts';
import { type Digest, shortDigest } from '../../content/image/digest.ts';
import type { Manifest } from '../../content/image/manifest.ts';
import {
  formatPlatform,
  type Platform,
  platformMatches,
  splitPlatform,
} from '../../content/image/platform.ts';
import type { Layer } from '../../content/layer/read.ts';
import type { Progress } from '../../content/progress.ts';
import { interruptible } from '../../content/store/interruptible.ts';
import type { ImageSource } from '../../content/store/store.ts';
import { collect } from '../../content/store/verify.ts';
import type { Problem } from './check.ts';
import { indexProblems } from './check-index.ts';
import { fetchPrefetch, fetchZtoc } from './fetch-ztoc.ts';
import { type FoundIndex, findSociIndexes } from './find.ts';
import { Findings, problemFrom } from './findings.ts';
import type { SociIndex } from './index-manifest.ts';
import { disqualify } from './layers.ts';
import { type PlatformImage, readPlatformImages } from './platform-images.ts';
import { verifyLayer } from './verify.ts';

export interface VerifyRequest {
  readonly source: ImageSource;
  readonly descriptor: Descriptor;
  /** All of the image's where none is named; each that is named must have an index. */
  readonly platforms: readonly Platform[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A layer and what checking it found: nothing where `problems` is empty. */
export interface LayerVerdict {
  readonly digest: Digest;
  /** Compressed. */
  readonly bytes: number;
  readonly ztoc?: {
    readonly digest: Digest;
    readonly bytes: number;
    /** Absent, as are files, where the zTOC could not be read. */
    readonly spans?: number;
    readonly files?: number;
  };
  /** Why nothing is checked, where it has no zTOC. */
  readonly reason?: string;
  readonly problems: readonly Problem[];
  /** Problems that are not listed. */
  readonly moreProblems: number;
}

export interface PlatformVerdict {
  readonly platform: string;
  readonly image: Digest;
  /** Digests of its SOCI indexes. */
  readonly v1?: Digest;
  readonly v2?: Digest;
  /** Of the indexes themselves. */
  readonly problems: readonly Problem[];
  readonly moreProblems: number;
  readonly layers: readonly LayerVerdict[];
}

/**
 * Makes every check of an image's SOCI indexes that the snapshotter makes, and holds each layer with a zTOC against
 * it: such a layer is read once. What is wrong is told, all of it; what keeps from judging is thrown.
 * @throws what readPlatformImages and the source throw, the signal's reason
 */
export async function verifyImage(request: VerifyRequest): Promise<PlatformVerdict[]> {
  const { source, descriptor, platforms } = request;
  const top = await source.readManifest(descriptor);
  const images = await readPlatformImages(source, top, platforms);
  const checked = new Map<string, Promise<LayerVerdict>>();
  const verdicts: PlatformVerdict[] = [];
  for (const image of images) verdicts.push(await verifyPlatform(request, image, top, checked));
  const isIndexed = ({ v1, v2 }: PlatformVerdict): boolean => v1 !== undefined || v2 !== undefined;
  const isWanted = ({ platform }: PlatformVerdict): boolean =>
    !verdicts.some(isIndexed) || platforms.some((one) => platformMatches(splitPlatform(platform), one));
  return verdicts.map((verdict) =>
    isIndexed(verdict) || verdict.problems.length > 0 || !isWanted(verdict)
      ? verdict
      : { ...verdict, problems: [{ what: 'It has no SOCI index: nodes pull all of it first' }] },
  );
}

/** Whether all is as it should be. */
export function isSound({ problems, layers }: PlatformVerdict): boolean {
  return problems.length === 0 && layers.every((layer) => layer.problems.length === 0);
}

async function verifyPlatform(
  request: VerifyRequest,
  image: PlatformImage,
  top: Manifest,
  checked: Map<string, Promise<LayerVerdict>>,
): Promise<PlatformVerdict> {
  const { v1, v2, complaints } = await findSociIndexes(request.source, image.manifest, top);
  const found = [v2, v1].filter((one) => one !== undefined);
  const findings = new Findings();
  for (const complaint of complaints) findings.add({ what: complaint.replace(/\.$/, '') });
  for (const one of found) {
    for (const what of indexProblems(one, image.manifest, top)) findings.add({ what });
    for (const problem of await configProblems(request.source, one)) findings.add(problem);
  }
  const layers: LayerVerdict[] = [];
  for (const layer of image.layers) {
    const tables = ztocsOf(found, layer);
    if (tables.length === 0) layers.push(unchecked(layer, found.length > 0));
    for (const table of tables) {
      const key = [layer.descriptor.digest, layer.diffId, table.ztoc.digest, table.prefetch?.digest].join();
      const verdict = checked.get(key) ?? verifyOne(request, layer, table);
      checked.set(key, verdict);
      layers.push(await verdict);
    }
  }
  return {
    platform: formatPlatform(image.platform),
    image: image.manifest.descriptor.digest,
    ...(v1 ? { v1: v1.manifest.descriptor.digest } : {}),
    ...(v2 ? { v2: v2.manifest.descriptor.digest } : {}),
    problems: findings.list,
    moreProblems: findings.more,
    layers,
  };
}

/** A registry may have taken the index without the config that it names, though none should. */
async function configProblems(source: ImageSource, { manifest }: FoundIndex): Promise<Problem[]> {
  const { digest } = manifest.descriptor;
  try {
    await collect(
      source.readBlob(manifest.config),
      1024,
      `${source.location}: config of SOCI index ${digest}`,
    );
    return [];
  } catch (error) {
    return [problemFrom(error)];
  }
}

/** What an index says about a layer. */
interface Table {
  readonly ztoc: Descriptor;
  readonly prefetch: SociIndex['prefetch'][number]['blob'] | undefined;
}

/** The zTOCs of a layer: one, unless v1 and v2 have different ones. */
function ztocsOf(found: readonly FoundIndex[], { descriptor: { digest } }: Layer): Table[] {
  const tables = new Map<Digest, Table>();
  for (const { index } of found) {
    const prefetch = index.prefetch.find((artifact) => artifact.layer === digest)?.blob;
    for (const { layer, ztoc } of index.layers) {
      if (layer !== digest) continue;
      tables.set(ztoc.digest, { ztoc, prefetch: tables.get(ztoc.digest)?.prefetch ?? prefetch });
    }
  }
  return [...tables.values()];
}

function unchecked({ descriptor }: Layer, isIndexed: boolean): LayerVerdict {
  const { digest, size: bytes } = descriptor;
  const without = isIndexed ? 'not in the index, nodes fetch it whole' : 'there is no index';
  const reason = disqualify(descriptor, 0)?.reason ?? without;
  return { digest, bytes, reason, problems: [], moreProblems: 0 };
}

async function verifyOne(
  request: VerifyRequest,
  layer: Layer,
  { ztoc: from, prefetch }: Table,
): Promise<LayerVerdict> {
  const { source } = request;
  const { descriptor } = layer;
  const found = { digest: descriptor.digest, bytes: descriptor.size };
  const table = { digest: from.digest, bytes: from.size };
  try {
    const ztoc = await fetchZtoc(source, from, descriptor);
    const findings = await verifyLayer(watched(request, descriptor), layer, ztoc).catch(failed);
    if (prefetch) {
      const what = await prefetchProblem(source, prefetch, ztoc.spans.length);
      if (what) findings.add({ what });
    }
    return {
      ...found,
      ztoc: { ...table, spans: ztoc.spans.length, files: ztoc.entryCount },
      problems: findings.list,
      moreProblems: findings.more,
    };
  } catch (error) {
    return { ...found, ztoc: table, problems: [problemFrom(error)], moreProblems: 0 };
  }
}

/** A layer that is not there, or is of another size, has been judged. */
function failed(error: unknown): Findings {
  const findings = new Findings();
  findings.add(problemFrom(error));
  return findings;
}

async function prefetchProblem(
  source: ImageSource,
  blob: SociIndex['prefetch'][number]['blob'],
  spans: number,
): Promise<string | undefined> {
  try {
    const { problem } = await fetchPrefetch(source, blob, spans);
    return problem && `Prefetch artifact ${blob.digest}: ${problem}`;
  } catch (error) {
    return problemFrom(error).what;
  }
}

/** The whole blob as a range: what is wrong with it is to be found span by span, not to end the reading. */
async function* watched({ source, progress, signal }: VerifyRequest, layer: Descriptor): ByteStream {
  const task = progress.start(`layer ${shortDigest(layer.digest)}`, layer.size);
  try {
    const blob = source.readBlob(layer, { start: 0, end: layer.size });
    yield* interruptible(blob, signal, (bytes) => task.advance(bytes));
  } finally {
    task.done();
  }
}
