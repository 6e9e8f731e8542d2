/**
 * What a report says, before it is Markdown or a terminal's text. Every string in here is data: the renderers make
 * all of them inert, so no section has to know which came from an image.
 */
export type Tone = 'good' | 'bad' | 'warn';

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
  /** Shown as code: digests, names, commands. */
  readonly code?: true;
}

export type Inline = string | Span;
export type Line = readonly Inline[];

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** What a cell does where the line is too long for the terminal; with `last` it wraps once others have given way. */
  readonly narrow?: 'wrap' | 'cut' | 'last';
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Inline[])[];
}

export interface Section {
  readonly title: string;
  readonly before?: readonly Line[];
  readonly table?: Table;
  readonly after?: readonly Line[];
}

export interface Document {
  readonly headline: Span;
  readonly about: readonly Line[];
  readonly sections: readonly Section[];
}

export const codeSpan = (text: string): Span => ({ text, code: true });

export function inlineText(inline: Inline): string {
  return typeof inline === 'string' ? inline : inline.text;
}

export function lineText(line: Line): string {
  return line.map(inlineText).join('');
}

/** At most `limit` rows, and a line that says how many more there are. */
export function bounded<T>(
  items: readonly T[],
  limit: number,
  rest: (left: readonly T[]) => Line,
): { shown: readonly T[]; more: readonly Line[] } {
  if (items.length <= limit) return { shown: items, more: [] };
  return { shown: items.slice(0, limit), more: [rest(items.slice(limit))] };
}
