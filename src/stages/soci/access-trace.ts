import { inputError } from '../../content/error.ts';
import { isObject } from '../../content/image/descriptor.ts';

/**
 * The files of a stored access trace, in order of access, each once: absolute paths in the image. Either plain text,
 * one path a line, empty lines and those that begin with `#` left out; or JSON,
 * `{"schemaVersion":1,"files":[{"path":"/usr/bin/python3"}]}`. `where` is what the trace is called in messages.
 * @throws PullBudgetError `bad-access-trace`, with the line
 */
export function parseAccessTrace(text: string, where: string): string[] {
  const content = text.replace(/^\ufeff/, '');
  const paths = /^\s*\{/.test(content) ? readJson(content, where) : readLines(content, where);
  return [...new Set(paths)];
}

function readLines(text: string, where: string): string[] {
  const paths: string[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    paths.push(checkPath(line, `${where}:${at + 1}`));
  }
  return paths;
}

function readJson(text: string, where: string): string[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw bad(`${where}:${lineOf(cause, text)}`, 'is not JSON', cause);
  }
  if (!isObject(json) || json.schemaVersion !== 1) {
    throw bad(where, `has no "schemaVersion" 1, the only one that is known`);
  }
  if (!Array.isArray(json.files)) throw bad(where, 'has no list "files"');
  return json.files.map((file, at) => {
    const place = `${where}: files[${at}]`;
    if (!isObject(file) || typeof file.path !== 'string') throw bad(place, 'has no "path"');
    return checkPath(file.path, place);
  });
}

/** The line that V8 names; of a text that ends too early it names none. */
function lineOf(error: unknown, text: string): number {
  const line = error instanceof Error ? /\(line (\d+) column \d+\)/.exec(error.message)?.[1] : undefined;
  return line === undefined ? text.trimEnd().split('\n').length : Number(line);
}

function checkPath(path: string, place: string): string {
  if (!path.startsWith('/')) throw bad(place, `${JSON.stringify(path.slice(0, 200))} is no absolute path`);
  if (path.includes('\0')) throw bad(place, `${JSON.stringify(path.slice(0, 200))} has a NUL in it`);
  return path;
}

function bad(place: string, what: string, cause?: unknown): Error {
  return inputError('bad-access-trace', `${place} ${what}`, {
    hint: 'Write one absolute path a line, or {"schemaVersion":1,"files":[{"path":"/usr/bin/python3"}]}.',
    cause,
  });
}
