import { formatPlatform, hostPlatform, isSamePlatform } from '../content/image/platform.ts';
import { imageBytes, imageUnpackedBytes } from '../facts/delta.ts';
import type { ImageFacts } from '../facts/image.ts';
import { median } from '../facts/median.ts';
import type { Report } from '../facts/report.ts';
import type { Subject } from '../facts/sample.ts';
import type { SociFacts } from '../facts/soci.ts';

/** What the action gives to later steps. */
interface Output {
  /** One sentence, with the unit. */
  readonly help: string;
  /** Undefined where the run did not find it out; the output is then empty. */
  readonly of: (report: Report, files: ReportFiles) => string | number | undefined;
}

/** Paths of what the edge wrote. */
export interface ReportFiles {
  readonly report: string;
}

/**
 * The action's outputs, once. Of an index, sizes are those of the platform with the largest value: the one that
 * a budget is first to fail on.
 */
export const outputs = {
  digest: {
    help: 'Digest of the image or index, as it was pushed if it was.',
    of: (report) => report.image.digest,
  },
  image: {
    help: 'The image by digest, ready for a deployment: ghcr.io/acme/server@sha256:…; empty where it was re-laid and is nowhere yet.',
    of: ({ image, pushed: [first], relayer }) =>
      first === undefined && relayer ? undefined : byDigest(first ?? image.name, image.digest),
  },
  size: {
    help: 'Compressed bytes that a node without anything downloads, of the largest platform.',
    of: (report) => largest(report.image.platforms.map(imageBytes)),
  },
  unpacked: {
    help: 'Bytes of the unpacked layers, of the largest platform; empty where no layer was read.',
    of: (report) => largest(report.image.platforms.map(imageUnpackedBytes)),
  },
  layers: {
    help: 'Number of layers, of the platform with the most.',
    of: (report) => largest(report.image.platforms.map((image: ImageFacts) => image.layers.length)),
  },
  'delta-size': {
    help: 'Compressed bytes that a node with the baseline downloads, by the chain rule; empty without a baseline.',
    of: (report) => largest(deltas(report).map((delta) => delta.chain.bytes)),
  },
  'delta-blobs-size': {
    help: 'The same for a node that keeps blobs and lacks only new ones; empty without a baseline.',
    of: (report) => largest(deltas(report).map((delta) => delta.blobs.bytes)),
  },
  'delta-unpacked': {
    help: 'Bytes that a node with the baseline unpacks; empty without a baseline or where no layer was read.',
    of: (report) => largest(deltas(report).map((delta) => delta.unpackedBytes)),
  },
  'reused-layers': {
    help: 'Layers of the re-laid image that the baseline has, of the platform with the fewest; empty where nothing was re-laid.',
    of: (report) => report.relayer && Math.min(...report.relayer.map(({ reusedLayers }) => reusedLayers)),
  },
  'pull-time': {
    help: 'Median seconds of the cold pulls; empty where nothing was measured.',
    of: (report) => medianSeconds(report, 'image'),
  },
  'baseline-pull-time': {
    help: "Median seconds of the baseline's cold pulls; empty where it was not measured.",
    of: (report) => medianSeconds(report, 'baseline'),
  },
  'soci-digest': {
    help: "Digest of the SOCI index (v2's, where only v1 was made v1's) of this machine's platform, else of the first; empty where none was made.",
    of: (report) => sociDigest(report),
  },
  'soci-image-digest': {
    help: 'Digest of the image that names its SOCI indexes (v2), as it was pushed; empty where none was made.',
    of: (report) => report.sociImage?.digest,
  },
  verdict: {
    help: 'pass, fail, inconclusive or error: the worst of the verdicts, warnings and waived ones left out.',
    of: (report) => report.gate?.outcome,
  },
  verdicts: {
    help: 'Every verdict with the numbers that led to it, as a JSON list.',
    of: (report) => JSON.stringify(report.gate?.verdicts ?? []),
  },
  report: {
    help: 'Path of the report as JSON.',
    of: (_, files) => files.report,
  },
} as const satisfies Record<string, Output>;

export type OutputName = keyof typeof outputs;
export const outputNames = Object.keys(outputs) as OutputName[];

/** Every output's text, in the order of the table. */
export function outputsOf(report: Report, files: ReportFiles): Record<OutputName, string> {
  const texts = outputNames.map((name) => [name, String((outputs[name] as Output).of(report, files) ?? '')]);
  return Object.fromEntries(texts) as Record<OutputName, string>;
}

/** A name's tag or digest replaced by the digest that was seen; a name outside a registry is kept. */
function byDigest(name: string, digest: string): string {
  const bare = name.split('@')[0] ?? name;
  if (/^(oci|oci-archive|docker-archive|docker-daemon):/.test(name)) return name;
  return `${bare.replace(/:[^:/]+$/, '')}@${digest}`;
}

/** Deltas count only where there is something to be different from. */
const deltas = (report: Report): Report['deltas'] => (report.baseline ? report.deltas : []);

/** Undefined unless every platform's value is known: the largest of some would be a guess. */
function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length && known.length > 0 ? Math.max(...known) : undefined;
}

function sociDigest({ soci = [] }: Report): string | undefined {
  const digest = ({ v1, v2 }: SociFacts) => v2 ?? v1;
  const indexed = soci.filter((facts) => digest(facts) !== undefined);
  const host = formatPlatform(hostPlatform());
  const chosen = indexed.find(({ platform }) => isSamePlatform(platform, host)) ?? indexed[0];
  return chosen && digest(chosen);
}

function medianSeconds(report: Report, subject: Subject): number | undefined {
  const seconds = (report.measurement?.samples ?? [])
    .filter((sample) => sample.subject === subject && sample.holds === 'nothing')
    .map((sample) => sample.pullSeconds);
  return seconds.length === 0 ? undefined : Number(median(seconds).toFixed(3));
}
