import { plain } from '../../facts/plain.ts';
import type { Report } from '../../facts/report.ts';
import {
  type Column,
  type Document,
  type Inline,
  inlineText,
  type Line,
  type Section,
  type Table,
  type Tone,
} from './document.ts';
import { inertLog } from './inert.ts';
import { overview } from './overview.ts';
import { cut, displayWidth, wrap } from './width.ts';

export interface TerminalStyle {
  readonly colour: boolean;
  /** Width to keep to; below 72 lines may be longer. */
  readonly columns: number;
}

const marks: Record<Tone, string> = { good: '✓', bad: '✗', warn: '!' };
/** SGR codes: https://ecma-international.org/publications-and-standards/standards/ecma-48/ (8.3.117). */
const sgr = { good: 32, bad: 31, warn: 33, bold: 1, dim: 2, code: 36 } as const;
const gap = '  ';

/**
 * The report as text for a terminal or a log: the same sections as the summary. Without `colour` no escape sequence
 * is in it; with it only those written here. No line of it is a workflow command.
 */
export function terminalReport(report: Report, style: TerminalStyle): string {
  return terminalDocument(overview(report), style);
}

/** Any document as text, with what terminalReport promises of a report's. */
export function terminalDocument({ headline, about, sections }: Document, style: TerminalStyle): string {
  const lines = [
    paint(style, markOf(headline) + plain(inlineText(headline)), 'bold', toneOf(headline)),
    ...about.flatMap((line) => paragraph(style, line)),
    ...sections.flatMap((section) => ['', ...sectionLines(style, section)]),
  ];
  return inertLog(`${lines.map((line) => line.trimEnd()).join('\n')}\n`);
}

function sectionLines(style: TerminalStyle, { title, before = [], table, after = [] }: Section): string[] {
  return [
    paint(style, plain(title), 'bold'),
    ...before.flatMap((line) => paragraph(style, line)),
    ...(table === undefined ? [] : tableLines(style, table)),
    ...after.flatMap((line) => paragraph(style, line)),
  ];
}

/** Parts joined first and made plain at once: a sequence split over two parts is none. */
function paragraph(style: TerminalStyle, line: Line): string[] {
  return wrap(plain(line.map(inlineText).join('')), style.columns - 2).map((text) => `${gap}${text}`);
}

function tableLines(style: TerminalStyle, { columns, rows }: Table): string[] {
  const texts = rows.map((row) => row.map((cell) => markOf(cell) + plain(inlineText(cell), 300)));
  const widths = columnWidths(columns, texts, style.columns);
  const draw = (cells: readonly string[], paintCell: (text: string, at: number) => string) => {
    const folded = cells.map((text, at) => fold(text, widths[at] ?? 0, columns[at]));
    const height = Math.max(...folded.map((lines) => lines.length));
    return Array.from(
      { length: height },
      (_, at) =>
        gap +
        folded
          .map((lines, column) =>
            paintCell(pad(lines[at] ?? '', widths[column] ?? 0, columns[column]), column),
          )
          .join(gap),
    );
  };
  return [
    ...draw(
      columns.map((column) => column.title),
      (text) => paint(style, text, 'dim'),
    ),
    paint(style, gap + widths.map((width) => '─'.repeat(width)).join(gap), 'dim'),
    ...texts.flatMap((cells, row) =>
      draw(cells, (text, column) => {
        const cell = rows[row]?.[column] ?? '';
        return paint(style, text, toneOf(cell), typeof cell !== 'string' && cell.code ? 'code' : undefined);
      }),
    ),
  ];
}

/** Columns give way down to these widths, one round after the other; `last` ones only in the last. */
const rounds = [
  { floor: 12, all: false },
  { floor: 8, all: true },
] as const;

/** As wide as the content; where that is too much the widest column that can give way does. */
function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  total: number,
): number[] {
  const widths = columns.map(({ title }, at) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[at] ?? ''))),
  );
  let excess = widths.reduce((sum, width) => sum + width + gap.length, 0) - total;
  for (const { floor, all } of rounds) {
    const narrowest = columns.map(({ title, narrow }, at) =>
      narrow === undefined || (narrow === 'last' && !all)
        ? (widths[at] ?? 0)
        : Math.min(widths[at] ?? 0, Math.max(floor, displayWidth(title))),
    );
    while (excess > 0) {
      const spare = widths.map((width, at) => (width > (narrowest[at] ?? 0) ? width : 0));
      const widest = spare.indexOf(Math.max(...spare));
      if (spare[widest] === 0) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
      excess--;
    }
  }
  return widths;
}

function fold(text: string, width: number, column: Column | undefined): string[] {
  return column?.narrow === 'cut' ? [cut(text, width)] : wrap(text, width);
}

function pad(text: string, width: number, column: Column | undefined): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return column?.align === 'right' ? spaces + text : text + spaces;
}

const toneOf = (cell: Inline): Tone | undefined => (typeof cell === 'string' ? undefined : cell.tone);

function markOf(cell: Inline): string {
  const tone = toneOf(cell);
  return tone === undefined ? '' : `${marks[tone]} `;
}

function paint(
  style: TerminalStyle,
  text: string,
  ...names: readonly (keyof typeof sgr | undefined)[]
): string {
  const codes = names.flatMap((name) => (name === undefined ? [] : [sgr[name]]));
  return style.colour && codes.length > 0 && text.trim() !== ''
    ? `\x1b[${codes.join(';')}m${text}\x1b[0m`
    : text;
}
