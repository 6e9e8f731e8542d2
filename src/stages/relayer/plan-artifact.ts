import { inputError } from '../../content/error.ts';
import { type Descriptor, describeBytes } from '../../content/image/descriptor.ts';
import { type Digest, isDigest } from '../../content/image/digest.ts';
import { layerPlanAnnotations, layerPlanTypes } from '../../content/image/layer-plan.ts';
import { type ImageManifest, parseManifest } from '../../content/image/manifest.ts';
import { mediaTypes } from '../../content/image/media-type.ts';
import { plain } from '../../facts/plain.ts';
import { type LayerPlanDocument, layerPlanDocument } from '../../facts/relayer.ts';

/** Plans of a thousand layers are some 400 KB. */
const maxPlanBytes = 4 * 1024 * 1024;

export function planDocument(plan: LayerPlanDocument): Uint8Array {
  return Buffer.from(JSON.stringify(plan));
}

/**
 * The artifact that keeps plan and tables in a registry: they are found by the annotation of the image, and live as long
 * as something refers to them (image-spec, manifest.md, "Guidelines for Artifact Usage").
 */
export function planArtifact(image: Descriptor, document: Uint8Array): ImageManifest {
  const where = `layer plan of ${image.digest}`;
  const { layers, input } = parsePlan(document, where);
  const kept = [
    ...[...layers, ...input].map(({ table }) => tableDescriptor(table)),
    ...input.flatMap(({ owners }) => (owners ? [ownersDescriptor(owners)] : [])),
  ];
  const raw = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: layerPlanTypes.plan,
      config: describeBytes(layerPlanTypes.plan, document),
      layers: [...new Map(kept.map((blob) => [blob.digest, blob])).values()],
      subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
    }),
  );
  const artifact = parseManifest(raw, {}, where);
  if (artifact.kind !== 'image') throw new TypeError(`${where} is no manifest`);
  return artifact;
}

interface KeptBlob {
  readonly digest: string;
  readonly size: number;
}

export function tableDescriptor({ digest, size }: KeptBlob): Descriptor {
  return { mediaType: layerPlanTypes.table, digest: digest as Digest, size };
}

export function ownersDescriptor({ digest, size }: KeptBlob): Descriptor {
  return { mediaType: layerPlanTypes.owners, digest: digest as Digest, size };
}

/** The plan that an image names; undefined where it names none that can be one. */
export function namedPlan({ annotations }: ImageManifest): Descriptor | undefined {
  const digest = annotations[layerPlanAnnotations.digest] ?? '';
  const size = Number(annotations[layerPlanAnnotations.size]);
  if (!isDigest(digest) || !Number.isSafeInteger(size) || size <= 0 || size > maxPlanBytes) return undefined;
  return { mediaType: layerPlanTypes.plan, digest, size };
}

/** @throws PullBudgetError `bad-layer-plan` */
export function parsePlan(bytes: Uint8Array, where: string): LayerPlanDocument {
  try {
    return layerPlanDocument.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (cause) {
    throw inputError(
      'bad-layer-plan',
      `${where}: its layer plan cannot be read: ${plain((cause as Error).message, 300)}`,
      {
        hint: 'It was written by something else, or by a newer release.',
        cause,
      },
    );
  }
}
