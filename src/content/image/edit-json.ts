import { inputError } from '../error.ts';
import { isObject, type JsonObject } from './descriptor.ts';

/** The raw text of a number, which JSON.stringify writes as it stands (ECMAScript, "JSON.parse source text access"). */
interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, at: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}
const withSource = JSON as unknown as JsonWithSource;

/**
 * A document with some fields replaced. All others keep their place and their value, numbers that no double holds
 * included; white space goes. @throws PullBudgetError `bad-manifest` where it is no JSON object
 */
export function editJson(
  raw: Uint8Array,
  change: (json: JsonObject) => JsonObject,
  where: string,
): Uint8Array {
  let json: unknown;
  try {
    json = withSource.parse(Buffer.from(raw).toString(), (_, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source
        ? withSource.rawJSON(source)
        : value,
    );
  } catch (cause) {
    throw inputError('bad-manifest', `${where} is not JSON: ${(cause as Error).message}`, { cause });
  }
  if (!isObject(json)) throw inputError('bad-manifest', `${where} is not a JSON object`);
  return Buffer.from(JSON.stringify(change(json)));
}
