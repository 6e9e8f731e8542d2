import { commands, settingsTaken, usageOf } from '../../src/cli/commands.ts';
import { commonFlags, flagTable } from '../../src/cli/flags.ts';
import { defaultSettingsPath } from '../../src/config/file.ts';
import { outputs } from '../../src/config/outputs.ts';
import {
  type AnySetting,
  defaultText,
  type Place,
  type Section,
  type SettingName,
  sections,
  settingNames,
  settingTable,
} from '../../src/config/settings.ts';
import { exitCodes } from '../../src/content/error.ts';
import type { Metric, Selector } from '../../src/facts/budget.ts';
import { metrics } from '../../src/stages/gate/metrics.ts';

export function reference(): string {
  return `<!-- Written by npm run generate from src/config, src/cli and src/stages/gate: change it there. -->
# Reference

- [Settings](#settings)
- [Budgets and waivers](#budgets-and-waivers)
- [Commands](#commands)
- [Outputs of the action](#outputs-of-the-action)
- [Exit codes](#exit-codes)

## Settings

A setting is written as an input of the action, as a flag of a command (\`--name value\`; a switch is \`--push\` or
\`--no-push\`), or as a key of the settings file, \`${defaultSettingsPath}\`. Inputs and flags override the file, the file
overrides defaults. An empty value counts as not written. A name that is no setting's is an error.

Lists are split at newlines and commas, as those of docker/build-push-action are; budgets at newlines only. \`#\` starts
a comment. A flag of a list may be repeated. In the file a list may also be YAML's. Editors check the file with
\`# yaml-language-server: $schema=https://raw.githubusercontent.com/pull-budget/pull-budget/main/schema/settings.schema.json\`
as its first line.

${(Object.keys(sections) as Section[]).map(settingsSection).join('\n\n')}

${budgets}

${waivers}

## Commands

Every command takes ${commonFlags.map((name) => `\`--${name}\``).join(', ')}. With \`--json\` standard output is exactly one
JSON document; progress and errors go to standard error.

${commands.map(commandSection).join('\n\n')}

## Outputs of the action

They are set before a failure is raised. Of an index, sizes are those of the platform with the largest value.

${table(
  ['output', 'what it is'],
  Object.entries(outputs).map(([name, { help }]) => [`\`${name}\``, help]),
)}

## Exit codes

${table(
  ['code', 'meaning'],
  Object.entries(exitMeanings).map(([name, meaning]) => [
    String(exitCodes[name as keyof typeof exitCodes]),
    meaning,
  ]),
)}

A command that is interrupted exits with 128 and the signal's number: 130 after Ctrl-C, 143 after SIGTERM.
\`serve\`, which is meant to end so, exits with 0.
`;
}

const exitMeanings: Record<keyof typeof exitCodes, string> = {
  pass: 'Done; budgets, if there were any, hold, or the samples could not decide and `on-inconclusive` is not `fail`.',
  budgetFailed:
    'A budget failed, a waiver expired, `verify` found something wrong, or `compare` a difference.',
  input: 'Usage or bad input: a wrong setting, a name of nothing, a broken image.',
  infrastructure: 'Infrastructure: a registry, a network, a disk. Worth another try.',
};

/** What the tables cannot say. */
const notes: Partial<Record<Section, string>> = {
  relayer: `In a run the image is re-laid before it is indexed and pushed; \`base\`, \`baseline\` and \`min-layer-size\` count
for it too. Globs are of whole paths in the image; one that matches a directory means all that is in it. The result is
an OCI image of another digest: sign and attest it afterwards. Attestations of the image as it was built are left out,
with a notice.

Where \`base\` is not set and the image has the annotations \`org.opencontainers.image.base.name\` and \`.digest\`, which
buildah and some workflows write, that image is looked up, in the registry that the name tells: once, and where it
cannot be had or is not what the image was built on, that is a notice. Else the base is guessed: the layers that the
baseline begins with too, half of \`max-layers\` at most; without a baseline the lowest layer. To re-lay an image afresh,
name a baseline that is not there.

Plans are chosen by one sum of costs. Its weights that depend on where images run are settings: \`reuse\`, what a node
downloads; \`slack\`, what a fresh node may download in vain; the sizes and \`max-layers\`. \`min-layer-size\` above
\`target-layer-size\` counts as that. The other weights (a byte unpacked, a layer more) are the same for everybody, and
stand in \`src/stages/relayer/plan/cost.ts\`.

What \`purge\` names is looked for in the layers of the image and of the baseline, by the paths that the layers have:
links are not followed, and where \`lib\` is a link to \`usr/lib\`, name both. While it is set every layer is read again,
as with \`verify: full\`. The report names what was purged; a line that fits nothing is a notice.

The plan and a table of each layer's files go with the image: an artifact that refers to its manifest, found by the
annotations \`vnd.pull-budget.layer-plan.digest\` and \`.size\` of that manifest and by nothing else. Where it is gone,
layers are read instead.

A baseline is trusted: what its plan says of layers that are carried over is proved only with \`verify: full\`. So let it
be a tag that nobody but your own workflows pushes. A pull request can name another one in the settings file, unless the
workflow names one as an input, which goes before the file; a fork's result is pushed only with \`push-forks\`.`,
  soci: `An image is indexed before it is pushed, and in \`run\` only where it is pushed; what was made lies nowhere but
with the image. A v2 index changes the image: each manifest names its index, and an OCI index holds both, so sign and
attest afterwards. What is measured and judged is what the tags name: the indexed image, or with \`soci-tag-suffix\` the
plain one. SOCI indexes count into no size.

A layer's index (zTOC) is taken over from \`base\`, \`baseline\`, \`soci-cache\` or the image's own index where it was made
with the same \`span-size\`; it is checked first. The record that \`prefetch: @FILE\` names has one absolute path a line,
or is \`{"schemaVersion":1,"files":[{"path":"/usr/bin/python3"}]}\`.`,
};

function settingsSection(section: Section): string {
  const rows = settingNames
    .map((name) => [name, settingTable[name] as AnySetting] as const)
    .filter(([, setting]) => setting.section === section)
    .map(([name, setting]) => [
      `\`${name}\``,
      `${setting.help}${setting.type.list === 'items' ? ' A list.' : ''}`,
      setting.type.valid,
      defaultText(setting),
      placesText(setting),
      commandsOf(name),
    ]);
  return `### ${sections[section]}\n\n${table(
    ['setting', 'what it does', 'values', 'default', 'written as', 'commands'],
    rows,
  )}${notes[section] === undefined ? '' : `\n\n${notes[section]}`}`;
}

function commandsOf(name: SettingName): string {
  const names = commands.filter((command) => settingsTaken(command).has(name)).map((command) => command.name);
  return names.length > 0 ? names.join(', ') : 'the action only';
}

const placeNouns: Record<Place, string> = { input: 'input', flag: 'flag', argument: 'argument', file: 'key' };

function placesText({ places }: AnySetting): string {
  return places.map((place) => placeNouns[place]).join(', ');
}

function commandSection(command: (typeof commands)[number]): string {
  const own = command.flags.map((name) => {
    const { help, default: value } = flagTable[name] as NonNullable<(typeof flagTable)[string]>;
    return `- \`--${name}\`: ${help}${value === undefined || value === false ? '' : ` Default: ${value}.`}`;
  });
  return [
    `### ${command.name}`,
    '',
    '```',
    usageOf(command),
    '```',
    '',
    `${command.summary}.${command.details === undefined ? '' : ` ${command.details}`}`,
    ...(command.settings.length > 0
      ? ['', `Settings: ${command.settings.map((name) => `\`${name}\``).join(', ')}.`]
      : []),
    ...(own.length > 0 ? ['', ...own] : []),
    '',
    '```sh',
    ...command.examples.map((example) => `pull-budget ${example}`),
    '```',
  ].join('\n');
}

const metricMeanings: Record<Metric, string> = {
  size: 'Compressed bytes that a node without anything downloads: manifest, config and every distinct layer.',
  unpacked: 'Bytes of all layers unpacked, as uncompressed tars.',
  'layer-size': 'Compressed bytes of the largest layer.',
  layers: 'Number of layers.',
  delta:
    'Compressed bytes that a node with the baseline downloads: everything above the first changed layer (chain rule), or with `[blobs]` only the blobs that it lacks.',
  'delta-unpacked': 'Bytes that a node with the baseline unpacks.',
  'pull-time': 'Seconds from the first request until the image is unpacked, cold.',
};

const selectorTexts: Record<keyof Selector, string> = {
  platform: 'a platform (`linux/arm64`)',
  engine: 'an engine (`embedded`)',
  holds: '`holds=baseline`',
  reuse: '`blobs` or `chain`',
};

const metricRows = (Object.keys(metricMeanings) as Metric[]).map((name) => [
  `\`${name}\``,
  metricMeanings[name],
  metrics[name].unit,
  metrics[name].selectors.map((selector) => selectorTexts[selector]).join(', '),
]);

const budgets = `## Budgets and waivers

One a line. What is wrong in one is told with line and column.

\`\`\`
budget   = ["warn:"] metric ["[" selector {"," selector} "]"] "<=" limit
limit    = value
         | "baseline" ["+" growth ["and" growth]]   fails only if growth passes both
growth   = percent | value
\`\`\`

\`\`\`
size <= 6 GB
size[linux/arm64] <= 5.5 GB
delta[blobs] <= 500 MB
size <= baseline + 5% and 100 MB
pull-time[embedded,holds=baseline] <= 45 s
pull-time <= baseline + 10% and 2 s
warn: layers <= 40
\`\`\`

${table(['metric', 'what it is', 'unit', 'in brackets'], metricRows)}

Bytes take kB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (powers of 1024); seconds take ms, s, min, h. Budgets of an
index hold for each of its platforms. A budget behind \`warn:\` is shown and fails nothing. SOCI indexes, attestations and
reports are not counted into \`size\`.

A time budget with a fixed limit passes if the slowest pull is within it, fails if the fastest is beyond it, and is
inconclusive in between, after up to seven pulls. One against the baseline fails if the shift (Hodges-Lehmann) is beyond
the limit and a one-sided exact Mann-Whitney test gives p ≤ 0.05. A budget against a baseline that is not there passes,
and says so.`;

const waivers = `\`\`\`yaml
waivers:
  - budget: size[linux/arm64]       # the budget's text, or its left side
    reason: CUDA 13 comes before CUDA 12 goes
    until: 2026-09-30               # the last day that it holds, UTC
    owner: ml-platform
\`\`\`

What is waived is shown in every report and fails nothing until that day; then the waiver itself fails.`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
