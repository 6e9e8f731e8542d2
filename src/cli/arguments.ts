import { parseArgs } from 'node:util';
import { suggestName } from '../config/nearest.ts';
import { type Written, writtenValue } from '../config/read.ts';
import { settingTable } from '../config/settings.ts';
import type { ValueType } from '../config/value.ts';
import { inputError } from '../content/error.ts';
import { type Command, commands, settingFlags, usageOf } from './commands.ts';
import { commonFlags, type FlagValues, flagTable } from './flags.ts';

/** What a command line asks for. */
export type Request =
  | { readonly kind: 'version' }
  /** Of all commands where none is named. */
  | { readonly kind: 'help'; readonly command: Command | undefined }
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'command';
      readonly command: Command;
      readonly written: Written;
      readonly flags: FlagValues;
      readonly positionals: Readonly<Record<string, string>>;
    };

/** @throws PullBudgetError `unknown-command`, `unknown-flag`, `bad-arguments`, `bad-setting` */
export function parseArguments(args: readonly string[]): Request {
  const [first, ...rest] = args;
  switch (first) {
    case undefined:
      return { kind: 'nothing' };
    case '--version':
    case '-v':
      return { kind: 'version' };
    case '--help':
    case '-h':
      return { kind: 'help', command: undefined };
    case 'help':
      return { kind: 'help', command: rest[0] === undefined ? undefined : commandNamed(rest[0]) };
    default:
      return parseCall(commandNamed(first), rest);
  }
}

/** @throws PullBudgetError `unknown-command` */
export function commandNamed(name: string): Command {
  const command = commands.find((one) => one.name === name);
  if (command) return command;
  if (name.startsWith('-')) {
    throw inputError('unknown-flag', `${name.split('=')[0]} comes before any command`, {
      hint: 'Write the command first: pull-budget COMMAND [flags].',
    });
  }
  const known = commands.map((one) => one.name);
  throw inputError('unknown-command', `"${name}" is not a command`, { hint: suggestName(name, known) });
}

function parseCall(command: Command, args: readonly string[]): Request {
  const types = flagTypes(command);
  const { written, positionals } = readTokens(command, types, args);
  const flags = Object.fromEntries(
    Object.entries(flagTable).map(([name, flag]) => {
      const texts = flagNames(command).has(name) ? (written.get(name) ?? []) : [];
      return [name, writtenValue(`--${name}`, flag.type, texts) ?? flag.default];
    }),
  ) as FlagValues;
  if (flags.help) return { kind: 'help', command };
  const named = namePositionals(command, positionals);
  return {
    kind: 'command',
    command,
    flags,
    written: {
      ...Object.fromEntries(settingFlags(command).flatMap((name) => pair(name, written))),
      ...named.settings,
    },
    positionals: named.others,
  };
}

const pair = (name: string, written: ReadonlyMap<string, string[]>): [string, string[]][] => {
  const texts = written.get(name);
  return texts === undefined ? [] : [[name, texts]];
};

/** Of flags that are no settings. */
const flagNames = (command: Command): Set<string> => new Set([...commonFlags, ...command.flags]);

/** Everything that may follow `--` in a call of this command. */
export function flagTypes(command: Command): ReadonlyMap<string, ValueType<unknown>> {
  const own = [...flagNames(command)].map((name) => [name, flagTable[name]?.type] as const);
  const settings = settingFlags(command).map((name) => [name, settingTable[name]?.type] as const);
  return new Map([...settings, ...own].flatMap(([name, type]) => (type ? [[name, type]] : [])));
}

function readTokens(
  command: Command,
  types: ReadonlyMap<string, ValueType<unknown>>,
  args: readonly string[],
) {
  const options = Object.fromEntries(
    Array.from(types, ([name, type]) => {
      const short = flagTable[name]?.short;
      const kind = type.placeholder === undefined ? 'boolean' : 'string';
      return [name, { type: kind, ...(short ? { short } : {}) } as const];
    }),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const written = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, text } = readOption(command, types, token);
    written.set(name, [...(written.get(name) ?? []), text]);
  }
  return { written, positionals };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function readOption(command: Command, types: ReadonlyMap<string, ValueType<unknown>>, token: OptionToken) {
  const { name, rawName, value, inlineValue } = token;
  const type = types.get(name);
  const opposite = name.startsWith('no-') ? name.slice('no-'.length) : undefined;
  if (opposite !== undefined && types.get(opposite)?.placeholder === undefined && types.has(opposite)) {
    if (value !== undefined) throw usageError(command, `${rawName} takes no value`);
    return { name: opposite, text: 'false' };
  }
  if (type === undefined) throw unknownFlag(command, rawName, [...types.keys()]);
  if (type.placeholder === undefined) return { name, text: value ?? 'true' };
  // What follows is the next flag, not this one's value: nobody means a file called "--json". A suffix may be "-soci".
  const isMissing = value === undefined || (inlineValue === false && /^(?:--[a-z]|-[a-z]$)/i.test(value));
  if (isMissing) throw usageError(command, `${rawName} needs a value: ${type.valid}`);
  return { name, text: value };
}

function unknownFlag(command: Command, rawName: string, known: readonly string[]): Error {
  const name = rawName.replace(/^-+/, '');
  const others = commands.filter((other) => flagTypes(other).has(name)).map((other) => other.name);
  return inputError('unknown-flag', `${rawName} is not a flag of ${command.name}`, {
    hint:
      others.length > 0
        ? `It is one of ${others.join(', ')}.`
        : `${suggestName(name, known).replace(/"(.+)"/, '"--$1"')} See pull-budget ${command.name} --help.`,
  });
}

/** Arguments by the name that the command gives them, those that stand for settings apart. */
function namePositionals(command: Command, given: readonly string[]) {
  const settings: Record<string, string> = {};
  const others: Record<string, string> = {};
  for (const [at, positional] of command.positionals.entries()) {
    const text = given[at];
    if (text === undefined || text === '') {
      if (positional.optional) continue;
      throw usageError(command, `${command.name} needs ${positional.name}`);
    }
    if (positional.setting) settings[positional.setting] = text;
    else others[positional.name] = text;
  }
  const extra = given[command.positionals.length];
  if (extra !== undefined) throw usageError(command, `"${extra}" is one argument too many`);
  return { settings, others };
}

function usageError(command: Command, what: string): Error {
  return inputError('bad-arguments', what, { hint: `Usage: ${usageOf(command)}` });
}
