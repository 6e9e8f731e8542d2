import { stripVTControlCharacters } from 'node:util';

/**
 * Text of an image (history, labels, names), of a registry or an error is data that anybody may have written. What
 * leaves here is one line without terminal sequences, control characters, and invisible or reordering ones
 * (trojansource.codes). `length` is in code points; what is cut ends in `…`.
 */
export function plain(text: string, length = Number.POSITIVE_INFINITY): string {
  // Configs are up to 16 MiB: what will be cut anyway is not worth a scan.
  const line = stripVTControlCharacters(text.slice(0, length * 8).toWellFormed())
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .trim();
  const points = [...line];
  if (points.length <= length) return line;
  const kept = points.slice(0, length - 1).join('');
  return `${kept.trimEnd()}…`;
}

/** A history entry as its author wrote it: `RUN pip install torch` without what builders wrap around it. */
export function instruction(createdBy: string, length: number): string {
  const text = plain(createdBy, 2000)
    .replace(/^(?:\|\d+ .*?)?\/bin\/(?:ba)?sh -c #\(nop\) +/, '')
    .replace(/^(?:RUN )?(?:\|\d+ .*?)?\/bin\/(?:ba)?sh(?: -\w*o pipefail)? -\w*c /, 'RUN ')
    .replace(/ # buildkit$/, '');
  return plain(text, length);
}
