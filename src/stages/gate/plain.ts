/**
 * Text of an image, a registry or an error, for a sentence in a report: one line, no control, bidi or
 * zero-width characters, at most `most` characters.
 */
export function plain(text: string, most = 160): string {
  // Configs are up to 4 MiB: what will be cut anyway is not worth a scan.
  const clean = text
    .slice(0, most * 8)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  const characters = [...clean];
  return characters.length <= most
    ? clean
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

/** A history entry as its author wrote it: `RUN pip install torch` without what builders wrap around it. */
export function instruction(createdBy: string): string {
  const text = plain(createdBy, 400)
    .replace(/^\/bin\/sh -c #\(nop\) */, '')
    .replace(/^(?:RUN )?(?:\|\d+ .*? )?\/bin\/sh -c /, 'RUN ')
    .replace(/ # buildkit$/, '');
  return plain(text, 72);
}
