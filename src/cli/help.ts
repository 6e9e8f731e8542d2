import { type AnySetting, defaultText, type Section, sections, settingTable } from '../config/settings.ts';
import { wrap } from '../stages/report/width.ts';
import { type Command, commands, settingFlags, usageOf } from './commands.ts';
import { commonFlags, flagTable } from './flags.ts';

/** Readable on every terminal, and where a log or a page cuts lines. */
const columns = 80;
const widestTerm = 20;

/** A line of a list: what to write, and what it does. */
type Entry = readonly [term: string, meaning: string];

export function helpOfAll(): string {
  return page(
    ['Holds what a container image costs to pull against budgets.'],
    ['Usage: pull-budget COMMAND [flags]'],
    ['Commands:', ...list(commands.map(({ name, summary }) => [name, `${summary}.`]))],
    ['Flags:', ...list([['-v, --version', 'Show the version.'], flagEntry('help')])],
    [
      'Exit codes: 0 pass, 1 a budget or a check failed, 2 bad input, 3 infrastructure.',
      'pull-budget COMMAND --help tells more about a command.',
    ],
  );
}

export function helpOf(command: Command): string {
  const positionals = command.positionals.map(({ name, help }): Entry => [name, help]);
  return page(
    wrap(`${command.summary}. ${command.details ?? ''}`.trim(), columns),
    [`Usage: ${usageOf(command)}`],
    ['Arguments:', ...list(positionals)],
    ...sectionsOf(command).map(([section, entries]) => [`${sections[section]}:`, ...list(entries)]),
    ['Flags:', ...list([...command.flags, ...commonFlags].map(flagEntry))],
    ['Examples:', ...command.examples.flatMap((example) => shellLines(`pull-budget ${example}`))],
  );
}

/** The command's settings under their headings, in the order of the headings. */
function sectionsOf(command: Command): [Section, Entry[]][] {
  return (Object.keys(sections) as Section[]).flatMap((section) => {
    const entries = settingFlags(command).flatMap((name) => {
      const setting = settingTable[name];
      return setting?.section === section ? [settingEntry(name, setting)] : [];
    });
    return entries.length > 0 ? [[section, entries] satisfies [Section, Entry[]]] : [];
  });
}

function settingEntry(name: string, setting: AnySetting): Entry {
  const { placeholder, list } = setting.type;
  const repeated = list ? ' May be repeated.' : '';
  const shown = defaultText(setting);
  return [
    `    --${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
    `${setting.help}${repeated}${shown === 'none' ? '' : ` (default: ${shown})`}`,
  ];
}

function flagEntry(name: string): Entry {
  const flag = flagTable[name];
  const { type, short, help, default: value } = flag as NonNullable<typeof flag>;
  const term = `${short === undefined ? '    ' : `-${short}, `}--${name}`;
  const shown = value === undefined || value === false ? '' : ` (default: ${value})`;
  return [type.placeholder === undefined ? term : `${term} ${type.placeholder}`, `${help}${shown}`];
}

/** Two columns; a term that is too long for the first stands on a line of its own. */
function list(entries: readonly Entry[]): string[] {
  const left = Math.max(...entries.map(([term]) => Math.min(term.length, widestTerm))) + 4;
  return entries.flatMap(([term, meaning]) => {
    const lines = wrap(meaning, columns - left);
    const [first = '', ...rest] = term.length > widestTerm ? ['', ...lines] : lines;
    return [`  ${term}`.padEnd(left) + first, ...rest.map((line) => ' '.repeat(left) + line)];
  });
}

/** A command over as many lines as it needs, each but the last ending in a backslash. */
function shellLines(command: string): string[] {
  const words = command.match(/'[^']*'|\S+/g) ?? [];
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 3 <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? `  ${word}` : `      ${word}`);
  }
  return lines.map((line, at) => (at < lines.length - 1 ? `${line} \\` : line));
}

function page(...paragraphs: readonly (readonly string[])[]): string {
  return `${paragraphs.map((lines) => lines.map((line) => line.trimEnd()).join('\n')).join('\n\n')}\n`;
}
