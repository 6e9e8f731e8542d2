import { inputError } from '../content/error.ts';
import { lazyBytes, type SociLayerFacts } from '../facts/soci.ts';
import { formatBytes } from '../facts/units.ts';
import { type OpenImage, openImage, registryOptions } from '../pipeline/open.ts';
import { codeSpan, type Document, type Inline, type Line, type Section } from '../stages/report/document.ts';
import { counted, formatPercent, sum } from '../stages/report/figures.ts';
import { shortDigest } from '../stages/report/layers.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import { describeSoci, type SociDescription } from '../stages/soci/describe.ts';
import type { Call } from './call.ts';

/** What of an image its SOCI indexes make lazily loadable, from manifests and zTOCs. */
export async function inspectSoci({ settings, context, output }: Call): Promise<number> {
  if (settings.image === undefined) {
    throw inputError('no-image', 'no image is named', { hint: 'Name one as the argument of the command.' });
  }
  const image = await openImage(settings.image, registryOptions(settings, context));
  try {
    const platforms = await describeSoci(image.source, image.descriptor, settings.platforms);
    const document = { image: image.name, digest: image.descriptor.digest, platforms };
    output.show(document, () => terminalDocument(inspection(image, platforms), output));
    return 0;
  } finally {
    await image.source.close();
  }
}

function inspection({ name, descriptor }: OpenImage, platforms: readonly SociDescription[]): Document {
  return {
    headline: { text: name },
    about: [[codeSpan(descriptor.digest)]],
    sections: platforms.map(platformSection),
  };
}

function platformSection(facts: SociDescription): Section {
  const { platform, image, v1, v2, layers, indexBytes, prefetch, complaints } = facts;
  const total = sum(layers.map(({ bytes }) => bytes));
  const lazy = lazyBytes(facts);
  const indexes = Object.entries({ v2, v1 }).flatMap(([version, digest]): Line[] =>
    digest === undefined ? [] : [[`SOCI index ${version} `, codeSpan(digest), '.']],
  );
  const fetched = prefetch.map(
    ({ layer, spans }): Line => [
      `Fetched early: ${counted(spans, 'span')} of layer `,
      codeSpan(shortDigest(layer)),
      '.',
    ],
  );
  return {
    title: `${platform}: ${formatBytes(lazy)} of ${formatBytes(total)} (${formatPercent(lazy, total)}) lazily loadable`,
    before: [
      ['Image ', codeSpan(image), '.'],
      ...(indexes.length > 0
        ? [...indexes, [`The index has ${formatBytes(indexBytes)}.`]]
        : [['No SOCI index: nodes pull all of it before the container starts.']]),
      ...complaints.map((text): Line => [{ text, tone: 'warn' }]),
    ],
    table: {
      columns: [
        { title: '#', align: 'right' },
        { title: 'Layer' },
        { title: 'Size', align: 'right' },
        { title: 'zTOC', align: 'right' },
        { title: 'Spans', align: 'right' },
        { title: 'Span size', align: 'right' },
        { title: 'Files', align: 'right' },
        { title: '', narrow: 'wrap' },
      ],
      rows: layers.map(layerRow),
    },
    after: fetched,
  };
}

function layerRow({ digest, bytes, ztoc, reason = '' }: SociLayerFacts, at: number): Inline[] {
  return [
    String(at + 1),
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    ztoc === undefined ? 'none' : formatBytes(ztoc.bytes),
    ztoc?.spans === undefined ? '–' : String(ztoc.spans),
    ztoc?.spanBytes === undefined ? '–' : formatBytes(ztoc.spanBytes),
    ztoc?.files === undefined ? '–' : String(ztoc.files),
    reason,
  ];
}
