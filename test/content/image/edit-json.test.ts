import { expect, test } from 'vitest';
import { editJson } from '../../../src/content/image/edit-json.ts';

const edited = (text: string, change = (json: object): object => json) =>
  Buffer.from(editJson(Buffer.from(text), (json) => change(json) as typeof json, 'it')).toString();

test.each([
  '{"a":12345678901234567890123,"b":1.0,"c":1e400,"d":-0,"e":[0.10]}',
  '{"__proto__":{"x":1},"constructor":2}',
  '{"ü":"\\u0000 🚀","":null}',
])('what is not changed stays as it is: %s', (text) => expect(edited(text)).toBe(text));

test('fields that are replaced keep their place', () => {
  expect(edited('{ "a": 1, "b": 2.50, "c": 3 }', (json) => ({ ...json, b: 'x', d: true }))).toBe(
    '{"a":1,"b":"x","c":3,"d":true}',
  );
});

test.each([
  ['', 'is not JSON'],
  ['{', 'is not JSON'],
  ['[]', 'is not a JSON object'],
  ['null', 'is not a JSON object'],
])('%j is refused', (text, why) => {
  expect(() => edited(text)).toThrow(
    expect.objectContaining({ code: 'bad-manifest', message: expect.stringContaining(why) }),
  );
});
