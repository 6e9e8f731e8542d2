import { PullBudgetError } from '../../content/error.ts';
import type { Problem } from './check.ts';
import { headerStart } from './tar-header.ts';
import type { Span, Ztoc } from './ztoc.ts';

const mostListed = 20;
const mostNamed = 3;

/** What is wrong with a layer: the first of it, and how much more there is. */
export class Findings {
  readonly #list: Problem[] = [];
  #more = 0;

  get list(): readonly Problem[] {
    return this.#list;
  }

  /** Those that are not in the list. */
  get more(): number {
    return this.#more;
  }

  /** Whether what is added is still listed: details of what is not need not be worked out. */
  get isOpen(): boolean {
    return this.#list.length < mostListed;
  }

  add(problem: Problem): void {
    if (this.isOpen) this.#list.push(problem);
    else this.#more++;
  }

  /** Notes that a span is bad, and which files are in it. */
  addSpan(ztoc: Ztoc, span: Span, what: string): void {
    const file = this.isOpen ? filesIn(ztoc, span) : '';
    this.add({ what, span: span.id, ...(file === '' ? {} : { file }) });
  }
}

/** The entries that lie wholly or in part in a span: `a, b and 4 more`. */
function filesIn(ztoc: Ztoc, { outStart, outEnd }: Span): string {
  const named: string[] = [];
  let count = 0;
  for (let at = 0; at < ztoc.entryCount; at++) {
    const { name, offset, size } = ztoc.entry(at);
    const start = headerStart(ztoc, at);
    if (start >= outEnd || offset + size <= outStart) continue;
    count++;
    if (named.length < mostNamed) named.push(name.toString());
  }
  const more = count - named.length;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}

/** Codes of errors that say what is wrong with content; of a registry's, those it gives when asked again does not help. */
const aboutContent = new Set([
  'not-found',
  'digest-mismatch',
  'size-mismatch',
  'too-large',
  'bad-layer',
  'bad-tar',
  'bad-ztoc',
  'bad-manifest',
]);

/**
 * An error as something that is wrong with the image; what says nothing about it (no access, no network, no disk, an
 * interruption, a bug) is thrown again.
 */
export function problemFrom(error: unknown): Problem {
  if (error instanceof PullBudgetError && aboutContent.has(error.code)) return { what: error.message };
  throw error;
}
