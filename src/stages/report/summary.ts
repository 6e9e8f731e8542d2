import { plain } from '../../facts/plain.ts';
import type { Report } from '../../facts/report.ts';
import type { Document, Inline, Line, Section, Table, Tone } from './document.ts';
import { code, prose } from './inert.ts';
import { overview } from './overview.ts';

/** GitHub drops a step's summary that is larger than 1 MiB; what is kept free is for other lines of the step. */
const maxBytes = 1000 * 1024;
/** Longest code and longest text of a sentence or cell, in characters: each may take six bytes and more. */
const maxCode = 200;
const maxProse = 300;

const marks: Record<Tone, string> = { good: '✅', bad: '❌', warn: '⚠️' };

/** The report as GitHub Markdown for a step's summary: inert whatever the image says of itself, at most 1 MiB. */
export function summaryMarkdown(report: Report): string {
  return documentMarkdown(overview(report));
}

/** Any document as Markdown, with what summaryMarkdown promises of a report's. */
export function documentMarkdown({ headline, about, sections }: Document): string {
  const [verdict, ...rest] = [`## ${inline(headline)}\n`, ...about.map(paragraph), ...sections.map(section)];
  let text = verdict ?? '';
  for (const part of rest) {
    if (Buffer.byteLength(text) + Buffer.byteLength(part) > maxBytes) {
      return `${text}\nThe rest is in the report file: this summary may be 1 MiB at most.\n`;
    }
    text += part;
  }
  return text;
}

function section({ title, before = [], table, after = [] }: Section): string {
  return [
    `\n### ${prose(title)}\n`,
    ...before.map(paragraph),
    ...(table === undefined ? [] : [`\n${tableMarkdown(table)}`]),
    ...after.map(paragraph),
  ].join('');
}

const paragraph = (line: Line): string => `\n${line.map(inline).join('')}\n`;

function tableMarkdown({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [
    line(columns.map((column) => prose(column.title))),
    line(columns.map((column) => (column.align === 'right' ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(inline))),
  ].join('');
}

function inline(part: Inline): string {
  const span = typeof part === 'string' ? { text: part } : part;
  if ('code' in span && span.code) return code(plain(span.text, maxCode));
  // `plain` trims; the spaces between the parts of a sentence are ours and stay.
  const [, before = '', middle = '', after = ''] = /^( *)(.*?)( *)$/s.exec(span.text) ?? [];
  const mark = 'tone' in span && span.tone ? `${marks[span.tone]} ` : '';
  return `${mark}${before}${prose(plain(middle, maxProse))}${after}`;
}
