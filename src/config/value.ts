import { z } from 'zod';
import { type ImageName, parseImageName } from '../content/image/name.ts';
import { type Platform, parsePlatform } from '../content/image/platform.ts';
import { parseBytes, parseSeconds } from '../facts/units.ts';
import { splitList } from './list.ts';

/** What values a setting takes: how text stands for one, what is valid, and how help writes it. */
export interface ValueType<T> {
  /** Judges the value's JSON form, the one that a settings file may hold, and gives the typed one. */
  readonly schema: z.ZodType<T>;
  /** The JSON form that text stands for. May throw PullBudgetError. */
  readonly fromText: (text: string) => unknown;
  /** Ends the sentence "it must be …". */
  readonly valid: string;
  /** Stands for the value in `--name VALUE`; undefined for a switch, which takes none. */
  readonly placeholder: string | undefined;
  /** A settings file may write this type as text though its JSON form is another. */
  readonly alsoText: boolean;
  /** Repeated texts add up: items of a list split at newlines and commas, or lines that may hold commas. */
  readonly list?: 'items' | 'lines';
}

const same = (text: string): unknown => text;

/** A switch: `true` or `false`, as YAML 1.2 spells them (and so `core.getBooleanInput`). */
export const onOff: ValueType<boolean> = {
  schema: z.boolean(),
  fromText: (text) =>
    /^(true|True|TRUE)$/.test(text) ? true : /^(false|False|FALSE)$/.test(text) ? false : text,
  valid: 'true or false',
  placeholder: undefined,
  alsoText: false,
};

export function text(placeholder: string, valid: string, pattern = /^.+$/s): ValueType<string> {
  return { schema: z.string().regex(pattern), fromText: same, valid, placeholder, alsoText: false };
}

export const filePath = text('FILE', 'the path of a file');
export const folderPath = text('DIR', 'the path of a folder');

export function wholeNumber(min: number, max: number): ValueType<number> {
  return {
    schema: z.int().min(min).max(max),
    fromText: (digits) => (/^-?\d+$/.test(digits) ? Number(digits) : digits),
    valid: `a whole number from ${min} to ${max}`,
    placeholder: 'N',
    alsoText: false,
  };
}

export function oneOf<const T extends string>(...choices: readonly T[]): ValueType<T> {
  return {
    schema: z.enum(choices),
    fromText: same,
    valid: `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`,
    placeholder: choices.join('|'),
    alsoText: false,
  };
}

/** Seconds; as text with a unit. */
export const duration: ValueType<number> = {
  schema: z.number().positive(),
  fromText: parseSeconds,
  valid: 'a duration above zero, for example 45 s or 30 min (a bare number is seconds)',
  placeholder: 'DURATION',
  alsoText: true,
};

/** Bytes; as text with a unit. The bounds are such texts. */
export function size(min: string, max: string): ValueType<number> {
  return {
    schema: z.int().min(parseBytes(min)).max(parseBytes(max)),
    fromText: parseBytes,
    valid: `a size from ${min} to ${max}, for example 4 MiB (a bare number is bytes)`,
    placeholder: 'SIZE',
    alsoText: true,
  };
}

export const imageName: ValueType<ImageName> = {
  schema: z.string().min(1).transform(parseImageName),
  fromText: same,
  valid: 'an image name',
  placeholder: 'IMAGE',
  alsoText: false,
};

export const platform: ValueType<Platform> = {
  schema: z.string().transform(parsePlatform),
  fromText: same,
  valid: 'a platform',
  placeholder: 'OS/ARCH',
  alsoText: false,
};

export const host: ValueType<string> = {
  schema: z.string().regex(/^[^\s/:]+(:\d{1,5})?$|^\[[0-9a-fA-F:.]+\](:\d{1,5})?$/),
  fromText: same,
  valid: 'host names, each with a port where it is not the usual one',
  placeholder: 'HOST[:PORT]',
  alsoText: false,
};

export function listOf<T>(item: ValueType<T>): ValueType<T[]> {
  return {
    schema: z.array(item.schema),
    fromText: splitList,
    valid: `a list: ${item.valid}`,
    placeholder: item.placeholder,
    alsoText: true,
    list: 'items',
  };
}

/** Lines as they were written, comments included: what reads them points at line and column. */
export function lines(placeholder: string, valid: string): ValueType<string> {
  return {
    schema: z.array(z.string()).transform((all) => all.join('\n')),
    fromText: (written) => written.trimEnd().split(/\r?\n/),
    valid,
    placeholder,
    alsoText: true,
    list: 'lines',
  };
}

/** A list of one a line, for what may hold commas: globs. A line that begins with `#` is a comment. */
export function linesOf(item: ValueType<string>): ValueType<string[]> {
  return {
    schema: z.array(item.schema),
    fromText: (written) =>
      written
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#')),
    valid: `lines: ${item.valid}`,
    placeholder: item.placeholder,
    alsoText: true,
    list: 'lines',
  };
}

/** Data that only a settings file can hold. */
export function fileOnly<T>(schema: z.ZodType<T>, valid: string): ValueType<T> {
  return { schema, fromText: same, valid, placeholder: undefined, alsoText: false };
}
