import { exitCodes } from '../content/error.ts';
import { formatBytes } from '../facts/units.ts';
import type { OpenImage } from '../pipeline/open.ts';
import { codeSpan, type Document, type Inline, type Line, type Section } from '../stages/report/document.ts';
import { counted, sum } from '../stages/report/figures.ts';
import { shortDigest } from '../stages/report/layers.ts';
import { sociIndexLines } from '../stages/report/soci.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import type { Problem } from '../stages/soci/check.ts';
import {
  isSound,
  type LayerVerdict,
  type PlatformVerdict,
  verifyImage,
} from '../stages/soci/verify-image.ts';
import type { Call } from './call.ts';
import { openNamedImage } from './named-images.ts';

/** Checks all that a snapshotter checks of an image's SOCI indexes, and each layer against its zTOC. */
export async function run(call: Call): Promise<number> {
  const { settings, context, output } = call;
  const image = await openNamedImage(call);
  try {
    const platforms = await context.phase(`Verify the SOCI indexes of ${image.name}`, () =>
      verifyImage({
        source: image.source,
        descriptor: image.descriptor,
        platforms: settings.platforms,
        progress: context.progress,
        signal: context.signal,
      }),
    );
    const passed = platforms.every(isSound);
    const document = {
      image: image.name,
      digest: image.descriptor.digest,
      verdict: passed ? 'pass' : 'fail',
      platformsWithoutIndex: withoutIndex(platforms),
      platforms,
    };
    output.show(document, () => terminalDocument(verification(image, platforms), output));
    return passed ? exitCodes.pass : exitCodes.budgetFailed;
  } finally {
    await image.source.close();
  }
}

function verification({ name, descriptor }: OpenImage, platforms: readonly PlatformVerdict[]): Document {
  const problems = sum(platforms.map(problemsOf));
  const checked = platforms.flatMap(({ layers }) => layers).filter(({ ztoc }) => ztoc !== undefined);
  const distinct = new Set(checked.map(({ digest }) => digest)).size;
  const lazily = `${counted(distinct, 'layer')} can be loaded lazily`;
  return {
    headline:
      problems === 0
        ? { text: `pull-budget: pass, ${lazily}${wholeText(withoutIndex(platforms))}`, tone: 'good' }
        : { text: `pull-budget: fail, ${counted(problems, 'problem')}`, tone: 'bad' },
    about: [[codeSpan(name), ' is ', codeSpan(descriptor.digest), '.']],
    sections: platforms.map(platformSection),
  };
}

/** Platforms whose image has no SOCI index, however many others have one. */
const withoutIndex = (platforms: readonly PlatformVerdict[]): string[] =>
  platforms.filter(({ v1, v2 }) => v1 === undefined && v2 === undefined).map(({ platform }) => platform);

function wholeText(platforms: readonly string[]): string {
  if (platforms.length === 0) return '';
  const what =
    platforms.length === 1 ? 'has no SOCI index: nodes pull it' : 'have no SOCI index: nodes pull them';
  return `; ${platforms.join(', ')} ${what} whole`;
}

const problemsOf = (verdict: PlatformVerdict): number =>
  counting(verdict) + sum(verdict.layers.map(counting));

const counting = ({ problems, moreProblems }: PlatformVerdict | LayerVerdict): number =>
  problems.length + moreProblems;

function platformSection(verdict: PlatformVerdict): Section {
  const { platform, image, problems, moreProblems, layers } = verdict;
  const indexes = sociIndexLines(verdict);
  return {
    title: platform,
    before: [
      ['Image ', codeSpan(image), '.'],
      ...(indexes.length > 0 || problems.length > 0 ? indexes : [['No SOCI index.']]),
      ...problems.map((problem): Line => [{ text: sentence(problem), tone: 'bad' }]),
      ...(moreProblems > 0 ? [[`${counted(moreProblems, 'more problem')}.`]] : []),
    ],
    table: {
      columns: [
        { title: 'Layer' },
        { title: 'Size', align: 'right' },
        { title: 'Spans', align: 'right' },
        { title: 'Files', align: 'right' },
        { title: 'Result', narrow: 'wrap' },
      ],
      rows: layers.map(layerRow),
    },
    after: layers.flatMap(layerLines),
  };
}

function layerRow(layer: LayerVerdict): Inline[] {
  const { digest, bytes, ztoc } = layer;
  return [
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    ztoc?.spans === undefined ? '–' : String(ztoc.spans),
    ztoc?.files === undefined ? '–' : String(ztoc.files),
    result(layer),
  ];
}

function result(layer: LayerVerdict): Inline {
  const problems = counting(layer);
  if (problems > 0) return { text: `fail: ${counted(problems, 'problem')}`, tone: 'bad' };
  if (layer.ztoc === undefined) return `not checked: ${layer.reason ?? 'it has no zTOC'}`;
  return { text: 'pass', tone: 'good' };
}

function layerLines({ digest, problems, moreProblems }: LayerVerdict): Line[] {
  const where = ['Layer ', codeSpan(shortDigest(digest))];
  return [
    ...problems.map((problem): Line => [...where, `${place(problem)}: ${sentence(problem)}`]),
    ...(moreProblems > 0 ? [[...where, `: ${counted(moreProblems, 'more problem')}.`]] : []),
  ];
}

const place = ({ span, file }: Problem): string =>
  `${span === undefined ? '' : `, span ${span}`}${file === undefined ? '' : ` (${file})`}`;

/** Words begin a sentence with a capital; references, digests and names stay as they are. */
const sentence = ({ what }: Problem): string =>
  `${what.replace(/^[a-z]+(?=[ ,])/, (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)}.`;
