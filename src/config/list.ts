/**
 * Splits the text of a list as docker/build-push-action does: at newlines and commas, an item in double quotes
 * keeping its commas (https://github.com/docker/actions-toolkit/blob/main/src/util.ts, getInputList).
 * Surrounding space, comments and empty items are left out.
 */
export function splitList(text: string): string[] {
  return text
    .split(/\r?\n/)
    .flatMap((line) =>
      Array.from(line.replace(comment, '').matchAll(quotedOrPlain), ([plain, quoted]) => quoted ?? plain),
    )
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A comment is a `#` at the start of a line or after a space: image names and digests hold neither. */
const comment = /(^|\s)#.*$/;
const quotedOrPlain = /"([^"]*)"|[^,"]+/g;
