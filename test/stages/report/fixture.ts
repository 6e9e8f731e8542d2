import { deltaOf, imageBytes } from '../../../src/facts/delta.ts';
import type { ImageFacts, ImageSetFacts, LayerFacts } from '../../../src/facts/image.ts';
import { type Report, report } from '../../../src/facts/report.ts';
import type { Fault, Measurement, Sample } from '../../../src/facts/sample.ts';
import type { GateResult, Verdict } from '../../../src/facts/verdict.ts';
import { parseBudgets } from '../../../src/stages/gate/budgets.ts';

/** The n-th digest of the fixtures: 64 hex digits that differ from the first on. */
export function digestOf(n: number): string {
  return `sha256:${n.toString(16).padStart(4, '0').repeat(16)}`;
}

/** Sizes and commands as an inference server's image has them, lowest first. */
const server: readonly [number, number, string][] = [
  [29_536_811, 80_400_000, '/bin/sh -c #(nop) ADD file:7d8e in / '],
  [4_620_000_000, 8_900_000_000, 'RUN /bin/sh -c apt-get install -y cuda-libraries-12-4 libnccl2 # buildkit'],
  [36_400_000, 120_000_000, 'RUN |1 UV=0.5 /bin/sh -c pip install uv # buildkit'],
  [1_310_000_000, 3_900_000_000, 'RUN /bin/sh -c uv pip install --system torch==2.5.1 # buildkit'],
  [372_000_000, 1_010_000_000, 'RUN /bin/sh -c uv pip install --system vllm==0.6.4 # buildkit'],
  [82_304, 310_000, 'COPY app /app # buildkit'],
];

export function layerFacts(n: number, bytes: number, unpackedBytes?: number, createdBy?: string): LayerFacts {
  return {
    digest: digestOf(n),
    diffId: digestOf(n + 0x8000),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    bytes,
    ...(unpackedBytes === undefined ? {} : { unpackedBytes }),
    ...(createdBy === undefined ? {} : { createdBy }),
  };
}

export function imageFacts(layers: readonly LayerFacts[], n = 0x100, platform = 'linux/amd64'): ImageFacts {
  return {
    platform,
    digest: digestOf(n),
    manifestBytes: 1_512,
    configBytes: 7_031,
    configDigest: digestOf(n + 1),
    layers: [...layers],
  };
}

/** The baseline's layers. */
export const baseLayers = server.map(([bytes, unpacked, by], at) => layerFacts(at + 1, bytes, unpacked, by));
/** A release later: another vllm and another app, 380 MB more. */
export const nextLayers = [
  ...baseLayers.slice(0, 4),
  layerFacts(
    0x21,
    752_000_000,
    2_140_000_000,
    'RUN /bin/sh -c uv pip install --system vllm==0.6.5 # buildkit',
  ),
  layerFacts(0x22, 84_100, 311_000, 'COPY app /app # buildkit'),
];

export function setFacts(name: string, platforms: readonly ImageFacts[]): ImageSetFacts {
  const [only] = platforms;
  return {
    name,
    digest: only && platforms.length === 1 ? only.digest : digestOf(0x1f0),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platforms: [...platforms],
    beside: [],
  };
}

export function verdictOf(text: string, numbers: Partial<Verdict> = {}): Verdict {
  const [budget] = parseBudgets(text);
  if (budget === undefined) throw new Error(`no budget in ${text}`);
  const { limit } = budget;
  return {
    budget,
    platform: 'linux/amd64',
    outcome: 'pass',
    unit: budget.metric === 'layers' ? 'count' : budget.metric === 'pull-time' ? 'seconds' : 'bytes',
    ...(limit.kind === 'absolute' ? { limit: limit.value } : {}),
    ...(budget.metric === 'pull-time' ? { engine: 'embedded' as const } : {}),
    samples: [],
    baselineSamples: [],
    reason: 'as the test has it',
    ...numbers,
  };
}

export function gateOf(verdicts: readonly Verdict[], more: Partial<GateResult> = {}): GateResult {
  const worst = (['error', 'fail', 'inconclusive'] as const).find((outcome) =>
    verdicts.some((one) => one.outcome === outcome && one.budget.severity === 'fail' && !one.waiver),
  );
  return { outcome: worst ?? 'pass', verdicts: [...verdicts], waiverProblems: [], ...more };
}

export function sampleOf(pullSeconds: number, more: Partial<Sample> = {}): Sample {
  return {
    subject: 'image',
    engine: 'embedded',
    holds: 'nothing',
    platform: 'linux/amd64',
    order: 0,
    startedAt: '2026-03-02T09:14:05.120Z',
    pullSeconds,
    resolveSeconds: 0.05,
    fetchSeconds: pullSeconds * 0.8,
    unpackSeconds: pullSeconds * 0.95,
    downloadedBytes: 6_748_000_000,
    unpackedBytes: 15_140_000_000,
    files: 128_412,
    spans: [],
    bottleneck: 'network',
    flags: [],
    ...more,
  };
}

export function faultOf(code: string, more: Partial<Fault> = {}): Fault {
  return {
    subject: 'image',
    engine: 'embedded',
    holds: 'nothing',
    platform: 'linux/amd64',
    order: 1,
    attempt: 1,
    code,
    message: `registry.example: ${code}`,
    ...more,
  };
}

export function measurementOf(samples: readonly Sample[], faults: readonly Fault[] = []): Measurement {
  return {
    host: {
      hostname: 'gpu-runner-3',
      os: 'Linux 6.8.0',
      cpuModel: 'AMD EPYC 7R32',
      cpus: 8,
      memoryBytes: 33_000_000_000,
      scratch: '/mnt/scratch',
    },
    seed: 1,
    unpackedBytesByLayer: {},
    samples: [...samples],
    faults: [...faults],
  };
}

/** A report of the next release against the baseline, checked by the schema that the real ones meet. */
export function reportOf(more: Partial<Report> = {}): Report {
  const image = more.image ?? setFacts('ghcr.io/acme/server:1.5', [imageFacts(nextLayers)]);
  const baseline =
    'baseline' in more ? more.baseline : setFacts('ghcr.io/acme/server:1.4', [imageFacts(baseLayers, 0x110)]);
  const deltas = image.platforms.map((one) =>
    deltaOf(
      one,
      baseline?.platforms.find((other) => other.platform === one.platform),
    ),
  );
  const { baseline: _, ...rest } = more;
  return report.parse({
    schemaVersion: 1,
    tool: { name: 'pull-budget', version: '0.1.0' },
    createdAt: '2026-03-02T09:15:44.000Z',
    image,
    ...(baseline === undefined ? {} : { baseline }),
    deltas,
    pushed: [],
    ...rest,
  });
}

/** The one that most tests want: one budget passes, one fails by 380 MB, three samples. */
export function failedReport(more: Partial<Report> = {}): Report {
  const now = imageBytes(imageFacts(nextLayers));
  return reportOf({
    gate: gateOf([
      verdictOf('layers <= 60', { value: 6 }),
      verdictOf('size <= 6.74 GB', {
        outcome: 'fail',
        value: now,
        baseline: imageBytes(imageFacts(baseLayers)),
        reason: '6.75 GB, grew by 380 MB (6.0 %): 8.03 MB over 6.74 GB',
      }),
    ]),
    measurement: measurementOf([sampleOf(44.1), sampleOf(45.9), sampleOf(43.2)]),
    ...more,
  });
}
