import { readFile } from 'node:fs/promises';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { inputError } from '../content/error.ts';
import { isObject } from '../content/image/descriptor.ts';
import { placesIn } from './places.ts';
import { readSettings, type SettingsFile, type Written } from './read.ts';
import type { Settings } from './settings.ts';

export const defaultSettingsPath = '.github/pull-budget.yml';

/** Far above any settings somebody writes by hand. */
const maxBytes = 1024 * 1024;

/**
 * Inputs or flags over the settings file (the one that `config` names, else the default one if it is there).
 * @throws PullBudgetError `no-settings-file`, and what parseSettingsFile and readSettings throw
 */
export async function loadSettings(place: 'input' | 'flag', written: Written): Promise<Settings> {
  const named = [written.config ?? []].flat().findLast((path) => path.trim() !== '');
  return readSettings(place, written, await loadFile(named));
}

async function loadFile(named: string | undefined): Promise<SettingsFile | undefined> {
  const path = named ?? defaultSettingsPath;
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (cause) {
    if (named === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw inputError('no-settings-file', `${path}: the settings file cannot be read`, {
      hint: 'config takes the path of a YAML file; without it, .github/pull-budget.yml is read if it is there.',
      cause,
    });
  }
  return parseSettingsFile(content, path);
}

/** @throws PullBudgetError `bad-settings-file`, with line and column */
export function parseSettingsFile(content: string, path: string): SettingsFile {
  if (content.length > maxBytes) throw bad(path, 'is over 1 MiB');
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw bad(place(problem.pos[0]), problem.message);
  if (document.contents === null) return { path, values: {}, ...placesIn(content, document, lines, path) };
  if (!isMap(document.contents))
    throw bad(place(document.contents.range?.[0] ?? 0), 'is not a mapping of settings');
  let values: unknown;
  try {
    // Every alias is expanded at least once here; the count bounds what a few nested ones could grow to.
    values = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw bad(path, (cause as Error).message, cause);
  }
  if (!isObject(values)) throw bad(path, 'is not a mapping of settings');
  return { path, values, ...placesIn(content, document, lines, path) };
}

function bad(where: string, what: string, cause?: unknown): Error {
  return inputError('bad-settings-file', `${where}: ${what}`, {
    hint: 'A settings file is YAML: one "name: value" a line, the names being those of docs/reference.md.',
    cause,
  });
}
