import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/content/image/manifest.ts';
import { goManifest, marshalWhole, parseGoJson } from '../../../src/stages/soci/go-json.ts';
import { remarshalled } from '../../../src/stages/soci/index-manifest.ts';

const folder = join(import.meta.dirname, '../../fixtures/go-json');
const files = readdirSync(folder);
const names = files
  .filter((file) => file.endsWith('.in.json'))
  .map((file) => file.slice(0, -'.in.json'.length));

function read(file: string): Buffer {
  return readFileSync(join(folder, file));
}

function asGo(name: string): string {
  return Buffer.from(remarshalled(parseManifest(read(`${name}.in.json`), {}, name))).toString();
}

describe('manifests that Go has read and written again', () => {
  test.each(names.filter((name) => files.includes(`${name}.out.json`)))('%s', (name) => {
    expect(asGo(name)).toBe(read(`${name}.out.json`).toString());
  });

  test.each(names.filter((name) => files.includes(`${name}.error`)))('%s is refused', (name) => {
    expect(() => asGo(name)).toThrow(expect.objectContaining({ code: 'bad-manifest' }));
  });

  test('the refusal names the field', () => {
    expect(() => asGo('manifest-with-variant-a-number')).toThrow(/config\.platform\.variant is no string$/);
  });

  test('what Go wrote stays as it is', () => {
    for (const name of names.filter((file) => files.includes(`${file}.out.json`))) {
      const raw = read(`${name}.out.json`);
      expect(remarshalled(parseManifest(raw, {}, name)), name).toEqual(raw);
    }
  });
});

describe('manifests that keep what Go does not know', () => {
  function whole(text: string): string {
    return marshalWhole(goManifest, parseGoJson(Buffer.from(text), 'sample'), 'sample');
  }

  test('unknown fields come after the known ones, in their order', () => {
    const config = '{"x":1,"size":2,"digest":"d","mediaType":"m"}';
    expect(whole(`{"zoo":[1,{"b":"<","a":null}],"bar":true,"layers":[],"config":${config}}`)).toBe(
      '{"schemaVersion":0,"config":{"mediaType":"m","digest":"d","size":2,"x":1},"layers":[],' +
        '"zoo":[1,{"b":"\\u003c","a":null}],"bar":true}',
    );
  });

  test('without any they are as Go writes them', () => {
    for (const name of ['manifest-with-everything', 'manifest-with-html', 'manifest-in-another-order']) {
      expect(whole(read(`${name}.in.json`).toString())).toBe(read(`${name}.out.json`).toString());
    }
  });
});
