import type { OpenImage } from '../pipeline/open.ts';
import { codeSpan, type Document, type Line, type Section } from '../stages/report/document.ts';
import { counted } from '../stages/report/figures.ts';
import { shortDigest } from '../stages/report/layers.ts';
import { sociLayerSection } from '../stages/report/soci.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import { describeSoci, type SociDescription } from '../stages/soci/describe.ts';
import type { Call } from './call.ts';
import { openNamedImage } from './named-images.ts';

/** What of an image its SOCI indexes make lazily loadable, from manifests and zTOCs. */
export async function inspectSoci(call: Call): Promise<number> {
  const { settings, output } = call;
  const image = await openNamedImage(call);
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
  const section = sociLayerSection(facts);
  return {
    ...section,
    before: [...(section.before ?? []), ...facts.complaints.map((text): Line => [{ text, tone: 'warn' }])],
    after: facts.prefetch.map(({ layer, spans }) => [
      `Fetched early: ${counted(spans, 'span')} of layer `,
      codeSpan(shortDigest(layer)),
      ', where nodes have prefetching on.',
    ]),
  };
}
