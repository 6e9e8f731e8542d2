/** The text that a Markdown renderer shows: without our own code tags, references resolved. */
export function decoded(markdown: string): string {
  return markdown
    .replace(/<\/?code>/g, '')
    .replace(/&#(\d+);/g, (_, point: string) => String.fromCodePoint(Number(point)));
}

/** The rows of the table under a heading, cells decoded; the heading's own row first. */
export function tableUnder(markdown: string, heading: string): string[][] {
  const [, after = ''] = markdown.split(`\n### ${heading}\n`);
  const [section = ''] = after.split('\n### ');
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| -/.test(line))
    .map((line) => line.slice(2, -2).split(' | ').map(decoded));
}
