import { filePath, onOff, text, type ValueType, wholeNumber } from '../config/value.ts';

/** A flag that is no setting: it belongs to the command line, or to one command of it. */
export interface Flag<T = unknown> {
  readonly type: ValueType<T>;
  readonly default: T;
  readonly help: string;
  /** One letter. */
  readonly short?: string;
}

/** Every flag that is no setting, once; commands.ts says which command takes which. */
export const flags = {
  json: flag({ type: onOff, default: false, help: 'Print the result as one JSON document.' }),
  quiet: flag({ type: onOff, default: false, help: 'Show no progress and no notices.', short: 'q' }),
  verbose: flag({ type: onOff, default: false, help: 'Show what caused an error.' }),
  help: flag({ type: onOff, default: false, help: 'Show this help.', short: 'h' }),
  host: flag({
    type: text('ADDRESS', 'an address of this machine'),
    default: '127.0.0.1',
    help: 'Address to listen on; others than loopback let anybody who reaches it pull, and push unless read-only.',
  }),
  port: flag({ type: wholeNumber(0, 65_535), default: 5000, help: 'Port to listen on; 0 takes a free one.' }),
  'read-only': flag({ type: onOff, default: false, help: 'Refuse pushes.' }),
  force: flag({ type: onOff, default: false, help: 'Overwrite files that are there.' }),
  soci: flag({
    type: onOff,
    default: false,
    help: 'Show which layers its SOCI indexes know, and what share of the image can be loaded lazily.',
  }),
  mtimes: flag({ type: onOff, default: false, help: 'Compare times of modification as well.' }),
  explain: flag<string | undefined>({
    type: text('PATH', 'a path in the image'),
    default: undefined,
    help: 'Say why this path is in the layer that it would be in.',
  }),
  report: flag<string | undefined>({
    type: filePath,
    default: undefined,
    help: 'Judge this report, written by run or measure, instead of an image: times are then known.',
  }),
} as const;

export type FlagName = keyof typeof flags;
export const flagTable: Readonly<Record<string, Flag>> = flags;

/** The values of a call; those of flags that its command does not take are their defaults. */
export type FlagValues = {
  readonly [Name in FlagName]: (typeof flags)[Name] extends Flag<infer T> ? T : never;
};

/** What every command takes. */
export const commonFlags: readonly FlagName[] = ['json', 'quiet', 'verbose', 'help'];

/** Lets each entry's type be inferred from its own. */
function flag<T>(entry: Flag<T>): Flag<T> {
  return entry;
}
