import { tmpdir } from 'node:os';
import { z } from 'zod';
import { onInconclusive, type PlaceInBudgets, waiver } from '../facts/budget.ts';
import {
  duration,
  fileOnly,
  filePath,
  folderPath,
  host,
  imageName,
  lines,
  linesOf,
  listOf,
  oneOf,
  onOff,
  platform,
  size,
  text,
  type ValueType,
  wholeNumber,
} from './value.ts';

/** Headings of help and reference, in this order: what part of the work a setting is about. */
export const sections = {
  image: 'Image',
  push: 'Push',
  relayer: 'Re-layering',
  soci: 'SOCI index',
  budgets: 'Budgets',
  measurement: 'Measurement',
  registry: 'Registry',
  files: 'Files',
} as const;
export type Section = keyof typeof sections;

/** Where a setting can be written: an action's input, a flag or the argument of a command, a key of the settings file. */
export type Place = 'input' | 'flag' | 'argument' | 'file';

export interface Setting<T, Default = T> {
  readonly type: ValueType<T>;
  readonly default: () => Default;
  /** The default in words, where it is not a value that can be shown as it is. */
  readonly defaultText?: string;
  /** Of numbers. */
  readonly unit?: 'seconds' | 'bytes';
  /** One sentence. */
  readonly help: string;
  readonly section: Section;
  readonly places: readonly Place[];
}

const everywhere = ['input', 'flag', 'file'] as const;

/**
 * Every setting, once. Action inputs, flags, the settings file, action.yml, the JSON schema and docs/reference.md
 * come from this table (scripts/generate.ts).
 */
export const settings = {
  image: optional({
    type: imageName,
    help: 'The image to take: docker://host/repo:tag or a bare reference, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE[:TAG], docker-daemon:NAME.',
    section: 'image',
    places: ['input', 'argument', 'file'],
  }),
  baseline: optional({
    type: imageName,
    help: 'The image that nodes hold today: what deltas and relative budgets are worked out against; layers that its SOCI index knows are not indexed again, and re-layering keeps layers of it; one that is not there yet is said, not failed.',
    defaultText: "none; where the image is re-laid, latest beside the first of tags, or beside relayer's DST",
    section: 'image',
    places: everywhere,
  }),
  base: optional({
    type: imageName,
    defaultText: 'none; where the image is re-laid, what its annotations say, else a guess',
    help: "The base image: layers that its own SOCI index knows, under its tag or under the tag and -soci, are not indexed again if it has the same span-size; nor are the baseline's. Re-layering leaves its layers as they are.",
    section: 'image',
    places: everywhere,
  }),
  platforms: setting({
    type: listOf(platform),
    default: () => [],
    defaultText: 'all',
    help: 'Platforms of an index to take; the others are left out.',
    section: 'image',
    places: everywhere,
  }),
  push: setting({
    type: onOff,
    default: () => false,
    help: 'Push the image to every reference of tags; without it the image is measured from where it is, or on loopback.',
    section: 'push',
    places: everywhere,
  }),
  tags: setting({
    type: listOf(text('REF', 'references in a registry')),
    default: () => [],
    help: 'References to push the image to.',
    section: 'push',
    places: everywhere,
  }),
  'push-forks': setting({
    type: onOff,
    default: () => false,
    help: "Push in a pull request from a fork too; without it a fork's image never leaves the machine.",
    section: 'push',
    // Not a key of the file: a fork's pull request brings its own.
    places: ['input'],
  }),
  relayer: setting({
    type: onOff,
    default: () => false,
    help: 'Re-layer the image before it is pushed: what changes often goes last, and what did not change since the baseline stays in the layers that nodes have; containers see the same files, which is proved each time.',
    section: 'relayer',
    places: everywhere,
  }),
  volatile: setting({
    type: linesOf(text('GLOB', 'paths in the image, or globs of such')),
    default: () => [],
    help: 'What changes with almost every release, one a line: it goes into the last layer. /srv/app, **/*.json.',
    section: 'relayer',
    places: everywhere,
  }),
  pin: setting({
    type: linesOf(text('GLOB', 'paths in the image, or globs of such')),
    default: () => [],
    help: 'What seldom changes whatever it looks like, one a line: it goes into the first layers above the base.',
    section: 'relayer',
    places: everywhere,
  }),
  'flatten-base': setting({
    type: onOff,
    default: () => false,
    help: 'Re-layer what comes from the base image too: bytes that later layers hide in it are won back, and other images on a node no longer share its layers.',
    section: 'relayer',
    places: everywhere,
  }),
  'max-layers': setting({
    type: wholeNumber(2, 127),
    default: () => 60,
    help: "Layers at most, with those of the base; container engines' limit is 127, and trouble was seen above 70.",
    section: 'relayer',
    places: everywhere,
  }),
  'target-layer-size': setting({
    type: size('1 MiB', '50 GB'),
    default: () => 256 * 2 ** 20,
    defaultText: '256 MiB',
    unit: 'bytes',
    help: 'How large new layers are meant to be, compressed.',
    section: 'relayer',
    places: everywhere,
  }),
  'max-layer-size': setting({
    type: size('1 MiB', '50 GB'),
    default: () => 2 ** 30,
    defaultText: '1 GiB',
    unit: 'bytes',
    help: 'How large a new layer may be, compressed, unless it is one file.',
    section: 'relayer',
    places: everywhere,
  }),
  reuse: setting({
    type: oneOf('chain', 'blobs'),
    default: () => 'chain' as const,
    help: 'What nodes reuse: chain, all layers below the first that changed (containerd and docker as clouds set them up), or blobs, every layer that they have.',
    section: 'relayer',
    places: everywhere,
  }),
  slack: optional({
    type: wholeNumber(0, 1000),
    defaultText: '25 for reuse: chain, 5 for blobs',
    help: 'How many bytes of layers above the base no container may see, in percent of those that containers see: the more a fresh node may download in vain, the less the others download of a release.',
    section: 'relayer',
    places: everywhere,
  }),
  purge: setting({
    type: linesOf(text('GLOB', 'paths in the image, or globs of such')),
    default: () => [],
    help: 'Files that were removed or replaced and are to be in no layer any more, one a line: a leaked key, a vulnerable library.',
    section: 'relayer',
    places: everywhere,
  }),
  verify: setting({
    type: oneOf('changed', 'full'),
    default: () => 'changed' as const,
    help: "How the result is proved: changed reads what is new and takes the baseline's word for the layers that are carried over, full reads every layer again.",
    section: 'relayer',
    places: everywhere,
  }),
  mtime: setting({
    type: oneOf('baseline', 'keep', 'clamp'),
    default: () => 'baseline' as const,
    help: 'Times of modification: baseline keeps those of the baseline for files that did not change otherwise, keep those of the build, clamp none after SOURCE_DATE_EPOCH.',
    section: 'relayer',
    places: everywhere,
  }),
  compression: setting({
    type: oneOf('gzip', 'zstd', 'keep'),
    default: () => 'gzip' as const,
    help: 'How new layers are compressed; zstd cannot be indexed for SOCI, keep is what most bytes of the image have.',
    section: 'relayer',
    places: everywhere,
  }),
  'compression-level': setting({
    type: wholeNumber(1, 9),
    default: () => 5,
    help: 'Of gzip, 1 (fast) to 9 (small); 5 takes three quarters of the time of 6 and makes 1 % more bytes.',
    section: 'relayer',
    places: everywhere,
  }),
  soci: optional({
    type: oneOf('v2', 'v1', 'both', 'off'),
    defaultText: 'v2 for the command index, else off',
    help: "SOCI indexes to make, with which nodes start containers before their image is there: v2 changes the image's digest, v1 (for snapshotters before 0.10) does not, both makes both.",
    section: 'soci',
    places: everywhere,
  }),
  'span-size': setting({
    type: size('64 KiB', '1 GiB'),
    default: () => 4 * 2 ** 20,
    defaultText: '4 MiB',
    unit: 'bytes',
    help: 'How much of a layer, unpacked, a node fetches at a time.',
    section: 'soci',
    places: everywhere,
  }),
  'min-layer-size': setting({
    type: size('0 B', '1 TB'),
    default: () => 10 * 2 ** 20,
    defaultText: '10 MiB',
    unit: 'bytes',
    help: 'Layers below this, compressed, get no index: fetched whole they are there sooner.',
    section: 'soci',
    places: everywhere,
  }),
  prefetch: setting({
    type: linesOf(
      text(
        'PATH',
        'absolute paths in the image, globs of such, or @FILE with a record of the files that a start reads',
        /^(?:\/|@.)/s,
      ),
    ),
    default: () => [],
    help: 'Files of the image, one a line, that nodes fetch before anybody asks for them, where their snapshotter has [prefetch] enable = true: /opt/model/*.bin, or @FILE of an access trace.',
    section: 'soci',
    places: everywhere,
  }),
  'on-unindexable': setting({
    type: oneOf('fail', 'pass'),
    default: () => 'fail' as const,
    help: 'What to do where no layer of a platform can be indexed: fail, or leave that platform as it is.',
    section: 'soci',
    places: everywhere,
  }),
  'soci-tag-suffix': optional({
    type: text(
      'SUFFIX',
      'letters, digits, _, . and -, which may stand at the end of a tag, for example -soci',
      /^[\w.-]{1,100}$/,
    ),
    help: 'Publishes the image with its index under tag and suffix, and under the plain tags the image as it was, which is then what is measured and judged.',
    section: 'soci',
    places: everywhere,
  }),
  'soci-cache': optional({
    type: folderPath,
    defaultText: "none on the command line; the action keeps one in GitHub's cache",
    help: 'Folder of indexes of layers, kept from run to run: a layer that is in it is not indexed again.',
    section: 'soci',
    places: everywhere,
  }),
  budgets: setting({
    type: lines('BUDGET', 'budgets, one a line, for example size <= 6 GB'),
    default: () => '',
    defaultText: 'none',
    help: 'What the image may cost, one budget a line: size <= 6 GB.',
    section: 'budgets',
    places: everywhere,
  }),
  'on-inconclusive': setting({
    type: oneOf(...onInconclusive.options),
    default: () => 'warn' as const,
    help: 'What a time budget comes to that the samples cannot decide: a warning, a failure, or what their median says.',
    section: 'budgets',
    places: everywhere,
  }),
  waivers: setting({
    type: fileOnly(
      z.array(waiver.strict()),
      'a list of waivers, each with budget, reason, until (YYYY-MM-DD) and owner',
    ),
    default: () => [],
    help: 'Known excesses: the budget, the reason, the last day that it holds (UTC) and who answers for it; an expired one fails.',
    section: 'budgets',
    places: ['file'],
  }),
  runs: setting({
    type: wholeNumber(0, 7),
    default: () => 3,
    help: "Timed pulls of each image, of this machine's platform; a budget that stays open gets up to seven, 0 measures nothing.",
    section: 'measurement',
    places: everywhere,
  }),
  seed: setting({
    type: wholeNumber(0, 2 ** 32 - 1),
    default: () => 1,
    help: 'Seed of the order in which pulls of image and baseline alternate.',
    section: 'measurement',
    places: everywhere,
  }),
  scratch: setting({
    type: folderPath,
    default: () => process.env.RUNNER_TEMP || tmpdir(),
    defaultText: "RUNNER_TEMP, else the system's folder for temporary files",
    help: 'Folder on the disk that pulls unpack to and SOCI indexes are made on; what is written there is removed again.',
    section: 'measurement',
    places: everywhere,
  }),
  'sample-timeout': setting({
    type: duration,
    default: () => 1800,
    defaultText: '30 min',
    unit: 'seconds',
    help: 'How long one timed pull may take before it counts as a fault.',
    section: 'measurement',
    places: everywhere,
  }),
  'unpack-ratio-limit': setting({
    type: wholeNumber(1, 100_000),
    default: () => 200,
    help: 'A layer that unpacks to more than this many times its compressed size is refused.',
    section: 'measurement',
    places: everywhere,
  }),
  connections: setting({
    type: wholeNumber(1, 64),
    default: () => 8,
    help: 'Connections to a registry at a time.',
    section: 'registry',
    places: everywhere,
  }),
  attempts: setting({
    type: wholeNumber(1, 20),
    default: () => 5,
    help: 'How often a request is tried before its failure counts.',
    section: 'registry',
    places: everywhere,
  }),
  'plain-http': setting({
    type: listOf(host),
    default: () => [],
    help: 'Registries to speak to without TLS; loopback needs no entry.',
    section: 'registry',
    places: everywhere,
  }),
  'ca-file': optional({
    type: filePath,
    help: "PEM file of certificate authorities to trust beside the system's.",
    section: 'registry',
    places: everywhere,
  }),
  'cert-file': optional({
    type: filePath,
    help: 'PEM file of the client certificate to show to registries.',
    section: 'registry',
    places: everywhere,
  }),
  'key-file': optional({
    type: filePath,
    help: "PEM file of the client certificate's key.",
    section: 'registry',
    places: everywhere,
  }),
  config: optional({
    type: filePath,
    defaultText: '.github/pull-budget.yml, if it is there',
    help: 'The settings file; inputs and flags override what it says.',
    section: 'files',
    places: ['input', 'flag'],
  }),
  report: optional({
    type: filePath,
    defaultText: 'pull-budget-report.json in the action, none on the command line',
    help: 'Where to write the report as JSON.',
    section: 'files',
    places: everywhere,
  }),
} as const;

export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as SettingName[];

/** Any entry of the table, for code that walks over it. */
export type AnySetting = Setting<unknown, unknown>;
export const settingTable: Readonly<Record<string, AnySetting>> = settings;

type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** All settings with their values; undefined where a setting has no default and nobody gave one. */
export type Settings = {
  readonly [Name in SettingName as CamelCase<Name>]: (typeof settings)[Name] extends Setting<infer T, infer D>
    ? T | D
    : never;
} & {
  /** Set where budgets come from the settings file: errors then point into it. */
  readonly placeInBudgets?: PlaceInBudgets;
  /** What is odd about the settings, and no error: for the user to see before the work begins. */
  readonly remarks?: readonly string[];
};

/** What somebody surely did not mean. */
export function remarksOn(settings: Settings): string[] {
  const { budgets, push, soci = 'off', sociTagSuffix, tags, relayer, purge, compression } = settings;
  return [
    ...(tags.length > 0 && !push ? ['tags are set, but push is not: nothing is pushed.'] : []),
    ...(soci !== 'off' && !push ? ['soci is set, but push is not: nothing is indexed.'] : []),
    ...(soci === 'off' && sociTagSuffix !== undefined
      ? ['soci-tag-suffix is set, but soci is not: nothing is published under it.']
      : []),
    ...(purge.length > 0 && !relayer ? ['purge is set, but relayer is not: nothing is purged.'] : []),
    ...(relayer && soci !== 'off' && compression === 'zstd'
      ? ['compression is zstd, which no SOCI index knows: new layers are pulled whole.']
      : []),
    ...(budgets.trim() === '' ? ['No budgets are set: nothing is judged.'] : []),
  ];
}

export function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Names that can be written in that place. */
export function namesIn(place: Place): SettingName[] {
  return settingNames.filter((name) => settingTable[name]?.places.includes(place));
}

/** The settings with all others than these at their defaults: what a command does not take is not heard. */
export function onlyThese(settings: Settings, names: ReadonlySet<string>): Settings {
  const values = Object.entries(settingTable).map(([name, setting]) => {
    const key = camelCase(name);
    return [key, names.has(name) ? settings[key as keyof Settings] : setting.default()];
  });
  const { placeInBudgets } = settings;
  return {
    ...(Object.fromEntries(values) as Settings),
    ...(placeInBudgets && names.has('budgets') ? { placeInBudgets } : {}),
  };
}

/** A setting's default in words: `none`, `3`, `false`, or what the table says. */
export function defaultText(setting: AnySetting): string {
  if (setting.defaultText !== undefined) return setting.defaultText;
  const value = setting.default();
  return value === undefined || (Array.isArray(value) && value.length === 0) ? 'none' : String(value);
}

/** A setting that always has a value. */
function setting<T>(entry: Setting<T, NoInfer<T>>): Setting<T> {
  return entry;
}

/** A setting that stays undefined unless it is given. */
function optional<T>(entry: Omit<Setting<T>, 'default'>): Setting<T, undefined> {
  return { ...entry, default: () => undefined };
}
