import { digestOf } from '../../../src/content/image/digest.ts';
import { deltaOf } from '../../../src/facts/delta.ts';
import type { ImageFacts, ImageSetFacts, LayerFacts } from '../../../src/facts/image.ts';
import type { Fault, Measurement, Sample } from '../../../src/facts/sample.ts';
import type { GateResult, Verdict } from '../../../src/facts/verdict.ts';
import { parseBudgets } from '../../../src/stages/gate/budgets.ts';
import { evaluate, type GateInput } from '../../../src/stages/gate/evaluate.ts';

/** A layer by its compressed size; equal arguments are equal content. */
export function layer(bytes: number, more: Partial<LayerFacts> & { content?: string } = {}): LayerFacts {
  const { content = String(bytes), ...rest } = more;
  return {
    digest: digestOf(`blob ${content}`),
    diffId: digestOf(`content ${content}`),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    bytes,
    ...rest,
  };
}

/** One platform's image; its documents weigh nothing, so that sizes are those of its layers. */
export function platformImage(layers: readonly LayerFacts[], platform = 'linux/amd64'): ImageFacts {
  const text = JSON.stringify([platform, layers]);
  return {
    platform,
    digest: digestOf(text),
    manifestBytes: 0,
    configBytes: 0,
    configDigest: digestOf(`config ${text}`),
    layers: [...layers],
  };
}

export function imageSet(...platforms: ImageFacts[]): ImageSetFacts {
  return {
    name: 'ghcr.io/acme/serve:main',
    digest: digestOf(JSON.stringify(platforms)),
    mediaType: 'application/vnd.oci.image.index.v1+json',
    platforms,
    beside: [],
  };
}

/** An image of one platform with layers of these sizes. */
export function imageOf(...bytes: number[]): ImageSetFacts {
  return imageSet(platformImage(bytes.map((each) => layer(each))));
}

type Kind = Partial<Pick<Sample, 'subject' | 'holds' | 'platform' | 'flags'>>;

/** Pulls that took these seconds, one after the other. */
export function pulls(seconds: readonly number[], kind: Kind = {}): Sample[] {
  return seconds.map((pullSeconds, order) => ({
    subject: 'image',
    engine: 'embedded',
    holds: 'nothing',
    platform: 'linux/amd64',
    order,
    startedAt: '2025-03-01T12:00:00Z',
    pullSeconds,
    resolveSeconds: 0.1,
    fetchSeconds: pullSeconds * 0.7,
    unpackSeconds: pullSeconds * 0.6,
    downloadedBytes: 1,
    unpackedBytes: 1,
    files: 1,
    spans: [],
    bottleneck: 'network',
    flags: [],
    ...kind,
  }));
}

export function fault(order: number, more: Partial<Fault> = {}): Fault {
  return {
    subject: 'image',
    engine: 'embedded',
    holds: 'nothing',
    platform: 'linux/amd64',
    order,
    attempt: 3,
    code: 'registry-unavailable',
    message: 'registry.example answered 503',
    ...more,
  };
}

export function measurementOf(samples: readonly Sample[], faults: readonly Fault[] = []): Measurement {
  const host = {
    hostname: 'builder',
    os: 'linux',
    cpuModel: 'cpu',
    cpus: 2,
    memoryBytes: 8e9,
    scratch: '/scratch',
  };
  return { host, seed: 1, unpackedBytesByLayer: {}, samples: [...samples], faults: [...faults] };
}

/** The gate's input with these budgets; deltas follow from the images. */
export function gateInput(budgets: string, more: Partial<GateInput> = {}): GateInput {
  const image = more.image ?? imageOf(100);
  const { baseline } = more;
  const deltas = image.platforms.map((each) =>
    deltaOf(
      each,
      baseline?.platforms.find((other) => other.platform === each.platform),
    ),
  );
  return {
    budgets: parseBudgets(budgets),
    waivers: [],
    onInconclusive: 'warn',
    today: '2025-03-01',
    image,
    deltas,
    ...more,
  };
}

export function gate(budgets: string, more: Partial<GateInput> = {}): GateResult {
  return evaluate(gateInput(budgets, more));
}

/** The verdict of a gate with one budget on one platform. */
export function verdictOf(budget: string, more: Partial<GateInput> = {}): Verdict {
  const { verdicts } = gate(budget, more);
  const [verdict] = verdicts;
  if (!verdict || verdicts.length > 1) throw new Error(`expected one verdict, got ${verdicts.length}`);
  return verdict;
}
