/**
 * JSON as Go's encoding/json reads and writes the documents of an image. The snapshotter stores a SOCI index as it has
 * written it again, under the digest that it had before: whoever writes one writes what Go would.
 * https://pkg.go.dev/encoding/json, structs of github.com/opencontainers/image-spec v1.1.1 (specs-go/v1).
 */
import { inputError } from '../../content/error.ts';
import { isObject, type JsonObject } from '../../content/image/descriptor.ts';
import { parseJson } from '../../content/image/manifest.ts';

/** A field's type in Go. A `pointer` is left out where it is nil, a `struct` is always there. */
type GoType =
  | 'string'
  | 'int'
  | 'bytes'
  | 'map[string]string'
  | '[]string'
  | { readonly slice: GoStruct }
  | { readonly pointer: GoStruct }
  | { readonly struct: GoStruct };

interface GoField {
  readonly name: string;
  readonly type: GoType;
  readonly omitEmpty: boolean;
}

/** The fields of a struct in the order in which Go writes them. */
export type GoStruct = readonly GoField[];

function field(name: string, type: GoType): GoField {
  return { name, type, omitEmpty: false };
}

function optional(name: string, type: GoType): GoField {
  return { name, type, omitEmpty: true };
}

const platform: GoStruct = [
  field('architecture', 'string'),
  field('os', 'string'),
  optional('os.version', 'string'),
  optional('os.features', '[]string'),
  optional('variant', 'string'),
];

const descriptor: GoStruct = [
  field('mediaType', 'string'),
  field('digest', 'string'),
  field('size', 'int'),
  optional('urls', '[]string'),
  optional('annotations', 'map[string]string'),
  optional('data', 'bytes'),
  optional('platform', { pointer: platform }),
  optional('artifactType', 'string'),
];

const versioned = [
  field('schemaVersion', 'int'),
  optional('mediaType', 'string'),
  optional('artifactType', 'string'),
];
const related = [optional('subject', { pointer: descriptor }), optional('annotations', 'map[string]string')];

/** ocispec.Manifest */
export const goManifest: GoStruct = [
  ...versioned,
  field('config', { struct: descriptor }),
  field('layers', { slice: descriptor }),
  ...related,
];

/** ocispec.Index */
export const goIndex: GoStruct = [...versioned, field('manifests', { slice: descriptor }), ...related];

/** What is written of a value, and whether `omitempty` leaves it out. */
interface Written {
  readonly text: string;
  readonly empty: boolean;
}

/** What becomes of the fields that a struct does not have. */
type Unknown = 'lost' | 'kept';

/** Where a value is, for messages: of a document, the field. */
interface Place {
  readonly document: string;
  readonly path: string;
}

/**
 * What Go writes once it has read the object into that struct: the struct's fields in its order, and no others.
 * @throws PullBudgetError `bad-manifest` where Go refuses to read it; `where` names the document
 */
export function marshalStruct(struct: GoStruct, object: JsonObject, where: string): string {
  return writeStruct(struct, object, { document: where, path: '' }, 'lost');
}

/** The same, with the fields that the struct does not have after those that it has. @throws as `marshalStruct` */
export function marshalWhole(struct: GoStruct, object: JsonObject, where: string): string {
  return writeStruct(struct, object, { document: where, path: '' }, 'kept');
}

/**
 * A document as Go reads it: each byte that is not UTF-8 is U+FFFD.
 * @throws PullBudgetError `bad-manifest`
 */
export function parseGoJson(raw: Uint8Array, where: string): JsonObject {
  return parseJson(replaceBadBytes(raw), where);
}

function writeStruct(struct: GoStruct, object: JsonObject, at: Place, unknown: Unknown): string {
  const parts: string[] = [];
  for (const { name, type, omitEmpty } of struct) {
    const { text, empty } = write(
      type,
      fieldOf(object, name),
      { ...at, path: `${at.path}.${name}` },
      unknown,
    );
    if (!(omitEmpty && empty)) parts.push(`${goString(name)}:${text}`);
  }
  if (unknown === 'kept') {
    const known = struct.map(({ name }) => name);
    for (const [key, value] of Object.entries(object)) {
      if (!known.some((name) => folds(key, name))) parts.push(`${goString(key)}:${writeAny(value)}`);
    }
  }
  return `{${parts.join(',')}}`;
}

function write(type: GoType, value: unknown, at: Place, unknown: Unknown): Written {
  if (typeof type === 'object') return writeNested(type, value, at, unknown);
  switch (type) {
    case 'string':
      return writeString(value, at);
    case 'int':
      return writeInt(value, at);
    case 'bytes':
      return writeBytes(value, at);
    case '[]string':
      return writeStrings(value, at);
    case 'map[string]string':
      return writeMap(value, at);
  }
}

function writeNested(type: Exclude<GoType, string>, value: unknown, at: Place, unknown: Unknown): Written {
  if ('slice' in type) {
    if (value === undefined || value === null) return { text: 'null', empty: true };
    if (!Array.isArray(value)) throw unreadable(at, 'is no list');
    const items = value.map((item, index) =>
      writeObject(type.slice, item, { ...at, path: `${at.path}[${index}]` }, unknown),
    );
    return { text: `[${items.join(',')}]`, empty: items.length === 0 };
  }
  if ('pointer' in type) {
    if (value === undefined || value === null) return { text: 'null', empty: true };
    return { text: writeObject(type.pointer, value, at, unknown), empty: false };
  }
  return { text: writeObject(type.struct, value, at, unknown), empty: false };
}

function writeObject(struct: GoStruct, value: unknown, at: Place, unknown: Unknown): string {
  const object = value ?? {};
  if (!isObject(object)) throw unreadable(at, 'is no object');
  return writeStruct(struct, object, at, unknown);
}

function writeString(value: unknown, at: Place): Written {
  const text = value ?? '';
  if (typeof text !== 'string') throw unreadable(at, 'is no string');
  return { text: goString(text), empty: text === '' };
}

function writeInt(value: unknown, at: Place): Written {
  const number = value ?? 0;
  if (!Number.isSafeInteger(number)) throw unreadable(at, 'is no whole number');
  return { text: String(number), empty: number === 0 };
}

/** encoding/base64's StdEncoding: line breaks are passed over, the padding must be there. */
function writeBytes(value: unknown, at: Place): Written {
  const text = value ?? '';
  if (typeof text !== 'string') throw unreadable(at, 'is no base64');
  const base64 = text.replace(/[\r\n]/g, '');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw unreadable(at, 'is no base64');
  return { text: goString(Buffer.from(base64, 'base64').toString('base64')), empty: base64 === '' };
}

function writeStrings(value: unknown, at: Place): Written {
  if (value === undefined || value === null) return { text: 'null', empty: true };
  if (!Array.isArray(value)) throw unreadable(at, 'is no list');
  const items = value.map((item, index) => writeString(item, { ...at, path: `${at.path}[${index}]` }).text);
  return { text: `[${items.join(',')}]`, empty: items.length === 0 };
}

function writeMap(value: unknown, at: Place): Written {
  if (value === undefined || value === null) return { text: 'null', empty: true };
  if (!isObject(value)) throw unreadable(at, 'is no object');
  const texts = new Map<string, string>();
  for (const [key, item] of Object.entries(value)) {
    texts.set(
      key.toWellFormed(),
      writeString(item, { ...at, path: `${at.path}[${JSON.stringify(key)}]` }).text,
    );
  }
  const items = [...texts.keys()].sort(byBytes).map((key) => `${goString(key)}:${texts.get(key)}`);
  return { text: `{${items.join(',')}}`, empty: items.length === 0 };
}

/** A value that no struct describes: lists and objects keep their order. Not deeper than `parseJson` lets it be. */
function writeAny(value: unknown): string {
  if (typeof value === 'string') return goString(value);
  if (Array.isArray(value)) return `[${value.map(writeAny).join(',')}]`;
  if (isObject(value)) {
    return `{${Object.entries(value).map(([key, item]) => `${goString(key)}:${writeAny(item)}`)}}`;
  }
  return JSON.stringify(value);
}

/** Go sorts the keys of maps by their UTF-8 bytes; JavaScript would by UTF-16 units. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A string as encoding/json writes it, fit for HTML and for JavaScript. */
function goString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The value that Go reads for a field: of the last key that is its name, whatever the case. */
function fieldOf(object: JsonObject, name: string): unknown {
  if (!Object.keys(object).some((key) => key !== name && folds(key, name))) {
    return Object.hasOwn(object, name) ? object[name] : undefined;
  }
  const last = Object.keys(object).findLast((key) => folds(key, name));
  return last === undefined ? undefined : object[last];
}

/** Simple case folding, of which Go takes the long s and the Kelvin sign as letters too. */
function folds(key: string, name: string): boolean {
  if (key === name) return true;
  return key.length === name.length && key.toUpperCase().toLowerCase() === name.toLowerCase();
}

function unreadable({ document, path }: Place, what: string): Error {
  return inputError('bad-manifest', `${document}: ${path.slice(1)} ${what}`, {
    hint: 'Container engines cannot read this manifest either; build or push the image again.',
  });
}

const replacement = Buffer.from('\ufffd');

/** Go reads each byte that is no part of a character as U+FFFD, where TextDecoder makes one of several bytes. */
function replaceBadBytes(raw: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = 0; at < raw.length; ) {
    const length = characterAt(raw, at);
    if (length === 0) {
      parts.push(raw.subarray(from, at), replacement);
      from = at + 1;
    }
    at += length || 1;
  }
  return parts.length === 0 ? raw : Buffer.concat([...parts, raw.subarray(from)]);
}

/** Bytes of the UTF-8 character at `at`; 0 where there is none. Unicode 15, table 3-7. */
function characterAt(raw: Uint8Array, at: number): number {
  const lead = raw[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const second = raw[at + 1] ?? 0;
  const [low, high] = secondByte[lead] ?? [0x80, 0xbf];
  if (second < low || second > high) return 0;
  for (let index = 2; index < length; index++) {
    const byte = raw[at + index] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}

/** Lead bytes after which not every continuation byte may come: no overlong forms, surrogates, or beyond U+10FFFF. */
const secondByte: Readonly<Record<number, readonly [low: number, high: number]>> = {
  224: [0xa0, 0xbf],
  237: [0x80, 0x9f],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};
