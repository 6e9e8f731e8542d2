import type { z } from 'zod';
import { inputError, PullBudgetError } from '../content/error.ts';
import type { PlaceInBudgets } from '../facts/budget.ts';
import { suggestName } from './nearest.ts';
import { type AnySetting, camelCase, namesIn, type Place, type Settings, settingTable } from './settings.ts';
import type { ValueType } from './value.ts';

/** What somebody wrote, by setting name; of a flag that was repeated all values. */
export type Written = Readonly<Record<string, string | readonly string[]>>;

/** A parsed settings file. */
export interface SettingsFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** `path:line:column` of a key's value, or of what is within it. */
  readonly position: (...keys: readonly PropertyKey[]) => string;
  /** Where the lines of a key's text stand. */
  readonly inText: (key: string) => PlaceInBudgets;
}

/** Which edge somebody wrote at: inputs of the action, or flags and arguments of a command. */
export type Edge = 'input' | 'flag';

/**
 * Inputs or flags over the settings file over defaults. A value that is empty is as good as not given: GitHub
 * passes every declared input, empty where the workflow does not set it.
 * @throws PullBudgetError `unknown-setting`, `bad-setting`, `conflicting-settings`
 */
export function readSettings(edge: Edge, written: Written, file?: SettingsFile): Settings {
  refuseUnknown(edge, Object.keys(written), (name) => describe(edge, name));
  if (file) refuseUnknown('file', Object.keys(file.values), (name) => `${file.position(name)}: "${name}"`);
  const values = Object.entries(settingTable).map(([name, setting]) => {
    const texts = [written[name] ?? []].flat();
    const value = writtenValue(describe(edge, name), setting.type, texts) ?? valueInFile(name, setting, file);
    return [camelCase(name), value ?? setting.default()];
  });
  const isInFile = [written.budgets ?? []].flat().every((text) => text.trim() === '');
  return withoutConflicts({
    ...(Object.fromEntries(values) as Settings),
    ...(file?.values.budgets !== undefined && isInFile ? { placeInBudgets: file.inText('budgets') } : {}),
  });
}

/** How messages call a setting of that edge. */
function describe(edge: Edge, name: string): string {
  if (edge === 'input') return `input "${name}"`;
  return settingTable[name]?.places.includes('argument') ? name.toUpperCase() : `--${name}`;
}

function refuseUnknown(place: Place, names: readonly string[], label: (name: string) => string): void {
  const known: string[] = namesIn(place);
  if (place === 'flag') known.push(...namesIn('argument'));
  for (const name of names) {
    if (known.includes(name)) continue;
    const elsewhere = settingTable[name]?.places;
    throw inputError('unknown-setting', `${label(name)} is not ${nouns[place]}`, {
      hint: elsewhere
        ? `It can be set as ${elsewhere.map((other) => nouns[other]).join(' or ')}.`
        : suggestName(name, known),
    });
  }
}

const nouns: Record<Place, string> = {
  input: 'an input of this action',
  flag: 'a flag',
  argument: 'the argument of a command',
  file: 'a key of the settings file',
};

/**
 * The value that was written, by name of where; undefined where nothing was. Of what was written repeatedly,
 * the items of lists add up, of anything else the last one counts.
 * @throws PullBudgetError `bad-setting`
 */
export function writtenValue<T>(where: string, type: ValueType<T>, texts: readonly string[]): T | undefined {
  const filled = texts.filter((text) => text.trim() !== '');
  const last = filled.at(-1);
  if (last === undefined) return undefined;
  const fromText = (text: string): unknown =>
    explained(where, () => type.fromText(type.list ? text : text.trim()));
  return judge(where, type, type.list ? filled.flatMap(fromText) : fromText(last));
}

function valueInFile(name: string, { type }: AnySetting, file: SettingsFile | undefined): unknown {
  const value = file?.values[name];
  if (file === undefined || value === undefined || value === null) return undefined;
  const where = `${file.position(name)}: "${name}"`;
  const isText = typeof value === 'string' && type.alsoText;
  if (isText)
    return judge(
      where,
      type,
      explained(where, () => type.fromText(value)),
    );
  return judge(where, type, value, (path) => `${file.position(name, ...path)}: ${name}${inside(path)}`);
}

/** `within` names a part of a value, where what was written has a place for it. */
function judge<T>(
  where: string,
  type: ValueType<T>,
  value: unknown,
  within: (path: readonly PropertyKey[]) => string = () => where,
): T {
  const result = explained(where, () => type.schema.safeParse(value));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const part = path.reduce<unknown>(
    (of, key) => (of as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  throw inputError('bad-setting', `${path.length > 0 ? within(path) : where}: ${wrong(issue, part)}`, {
    hint: `It must be ${type.valid}.`,
    cause: result.error,
  });
}

/** `[1].until` */
const inside = (path: readonly PropertyKey[]): string =>
  path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');

function wrong(issue: z.core.$ZodIssue | undefined, part: unknown): string {
  if (part === undefined) return 'is missing';
  if (issue?.code === 'unrecognized_keys') return `${issue.keys.map(quoted).join(', ')} is not known here`;
  const isDate = issue?.code === 'invalid_format' && issue.format === 'date';
  return `${quoted(part)} is not ${isDate ? 'a date; write YYYY-MM-DD' : 'valid'}`;
}

function quoted(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 80 ? `${json.slice(0, 79)}…` : json;
}

/** Says in which setting a value was that could not be parsed. */
function explained<T>(where: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof PullBudgetError)) throw error;
    throw inputError('bad-setting', `${where}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

function withoutConflicts(settings: Settings): Settings {
  if ((settings.certFile === undefined) !== (settings.keyFile === undefined)) {
    throw inputError('conflicting-settings', 'cert-file and key-file come as a pair, and only one is set', {
      hint: 'Set both for a registry that asks for a client certificate, else neither.',
    });
  }
  return settings;
}
