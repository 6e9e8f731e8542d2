import { plain } from '../../facts/plain.ts';

/**
 * Text that says in a GitHub log what it says and is no workflow command: `::error::` counts at the start of a line,
 * `##[error]` anywhere in it.
 * https://github.com/actions/runner/blob/v2.328.0/src/Runner.Common/ActionCommand.cs
 */
export function inertLog(text: string): string {
  return text.replaceAll('##[', '## [').replace(/^(\s*):(?=:)/gm, '$1: ');
}

/** What is markup to Markdown or HTML inside a line or at its start, and what makes an address of a word. */
const markup = /["#$&*<>@[\\\]^_`{|}~]|:(?=\/\/)|(?<=www)\.|(?<=^\d+)[.)](?= |$)|^[-+](?= |$)/gi;

/**
 * Text as it reads in Markdown: a character reference is never markup
 * (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
 * GitHub looks for mentions, issues and addresses only after rendering: a word joiner keeps it from finding any.
 */
export function prose(text: string): string {
  return plain(text)
    .replace(/@|#(?=\d)|\bGH-(?=\d)|:(?=\/\/)|\bwww(?=\.)/gi, '$&\u2060')
    .replace(markup, reference);
}

/** Data as inline code, in which GitHub finds no mention, issue or emoji; mail addresses it does. */
export function code(text: string): string {
  const inner = plain(text)
    .replace(/@(?=[\w-]+\.)/g, '$&\u2060')
    .replace(markup, reference);
  return inner === '' ? '' : `<code>${inner}</code>`;
}

const reference = (character: string): string => `&#${character.codePointAt(0)};`;
