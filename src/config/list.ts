/**
 * How the text of a list is split, as docker/build-push-action has it
 * (https://github.com/docker/actions-toolkit/blob/main/src/util.ts, getInputList): at newlines, and at commas
 * except in lists whose items may hold one. An item in double quotes keeps its commas.
 */
export type ListRule = 'lines' | 'lines and commas';

/** A comment is a `#` at the start of a line or after a space: image names and digests hold neither. */
const comment = /(^|\s)#.*$/;
const quotedOrPlain = /"([^"]*)"|[^,"]+/g;

/** Items without surrounding space, comments and empty ones left out. */
export function splitList(text: string, rule: ListRule): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(comment, ''))
    .flatMap((line) => (rule === 'lines' ? [line] : splitCommas(line)))
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function splitCommas(line: string): string[] {
  return Array.from(line.matchAll(quotedOrPlain), ([plain, quoted]) => quoted ?? plain);
}
