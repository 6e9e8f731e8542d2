import { exitCodes } from '../content/error.ts';
import type { Digest } from '../content/image/digest.ts';
import { parseImageName } from '../content/image/name.ts';
import { compare } from '../pipeline/compare.ts';
import { type OpenImage, openImage, registryOptions } from '../pipeline/open.ts';
import { codeSpan, type Document } from '../stages/report/document.ts';
import { counted } from '../stages/report/figures.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import type { Call } from './call.ts';
import { onePlatformImage } from './one-platform.ts';

/** With more of them nobody reads on. */
const mostLines = 100;

/** Whether two images are the same to a container. */
export async function run(call: Call): Promise<number> {
  const { settings, positionals, flags, context, output } = call;
  const options = registryOptions(settings, context);
  await using open = new AsyncDisposableStack();
  const opened = async (name: string): Promise<OpenImage> => {
    const image = await openImage(parseImageName(name), options);
    open.defer(() => image.source.close());
    return image;
  };
  const [a, b] = [await opened(positionals.A ?? ''), await opened(positionals.B ?? '')];
  const imageOf = async ({ source, descriptor }: OpenImage) => {
    const { layers } = await onePlatformImage(
      source,
      await source.readManifest(descriptor),
      settings.platforms,
    );
    return { source, layers };
  };
  const result = await context.phase(`Compare ${a.name} and ${b.name}`, async () =>
    compare(
      {
        a: await imageOf(a),
        b: await imageOf(b),
        policy: { mtime: flags.mtimes ? 'compared' : 'ignored' },
        names: { a: 'A', b: 'B' },
        most: mostLines,
      },
      settings,
      context,
    ),
  );
  const { isSame, count, lines } = result;
  const document = {
    a: { name: a.name, digest: a.descriptor.digest, tree: result.a },
    b: { name: b.name, digest: b.descriptor.digest, tree: result.b },
    verdict: isSame ? 'same' : 'different',
    differences: count,
    first: lines,
  };
  output.show(document, () => terminalDocument(documentOf([a, b], result), output));
  return isSame ? exitCodes.pass : exitCodes.budgetFailed;
}

function documentOf(
  [a, b]: readonly [OpenImage, OpenImage],
  result: { a: Digest; b: Digest; isSame: boolean; count: number; lines: readonly string[] },
): Document {
  const left = result.count - result.lines.length;
  return {
    headline: result.isSame
      ? { text: 'The same files to a container', tone: 'good' }
      : {
          text: `${counted(result.count, 'path')} ${result.count === 1 ? 'differs' : 'differ'}`,
          tone: 'bad',
        },
    about: [
      ['A is ', codeSpan(a.name), ', tree ', codeSpan(result.a)],
      ['B is ', codeSpan(b.name), ', tree ', codeSpan(result.b)],
      ...result.lines.map((line) => [line]),
      ...(left > 0 ? [[`And ${left} more.`]] : []),
    ],
    sections: [],
  };
}
