import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/content/image/config.ts';
import { digestOf } from '../../../src/content/image/digest.ts';
import { type ConfigLayer, layerEntries, relaidConfig } from '../../../src/stages/relayer/config.ts';

const [one, two, three] = [digestOf('one'), digestOf('two'), digestOf('three')];
const newLayer = (diffId = three, more: Partial<ConfigLayer> = {}): ConfigLayer => ({
  diffId,
  history: undefined,
  title: 'python torch 2.9.1',
  reason: 'changed since the baseline',
  ...more,
});
const ours = { created_by: 'pull-budget relayer: python torch 2.9.1', comment: 'changed since the baseline' };
const configOf = (json: object | string) =>
  parseConfig(Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)), 'it');

function relaid(json: object | string, layers: readonly ConfigLayer[], baseLayers: number) {
  return JSON.parse(Buffer.from(relaidConfig(configOf(json), layers, baseLayers, 'it')).toString());
}

const history = [
  { created_by: 'ADD rootfs', created: '2026-01-01T00:00:00Z' },
  { created_by: 'ENV A=b', empty_layer: true },
  { created_by: 'RUN apt-get install', author: 'somebody' },
  { created_by: 'RUN pip install' },
  { created_by: 'CMD ["x"]', empty_layer: true },
];
const image = { os: 'linux', rootfs: { type: 'layers', diff_ids: [one, two, three] }, history };

describe('the config of a re-laid image', () => {
  test('has the new diffIDs, and one history entry for each of them', () => {
    const config = relaid(image, [newLayer(one), newLayer(three)], 1);
    expect(config.rootfs).toEqual({ type: 'layers', diff_ids: [one, three] });
    expect(config.history.filter((entry: object) => !('empty_layer' in entry))).toHaveLength(2);
  });

  test('keeps the base’s entries as they are, those that made no layer among them', () => {
    const { history: entries } = relaid(image, [newLayer(one), newLayer(two), newLayer()], 2);
    expect(entries).toEqual([...history.slice(0, 3), history[4], ours]);
  });

  test('keeps entries above the base that made no layer, and drops those of layers that are gone', () => {
    const { history: entries } = relaid(image, [newLayer(one), newLayer()], 1);
    expect(entries).toEqual([history[0], history[1], history[4], ours]);
  });

  test('has the entry of a layer that was carried over as its release had it', () => {
    const before = { created_by: 'pull-budget relayer: system', comment: 'first plan', created: '2025' };
    const { history: entries } = relaid(
      image,
      [newLayer(one), newLayer(two, { history: before }), newLayer()],
      1,
    );
    expect(entries.slice(-2)).toEqual([before, ours]);
  });

  test('without a history gets one, of its own date', () => {
    const { history: entries } = relaid(
      { ...image, history: undefined, created: '2026-02-03T04:05:06Z' },
      [newLayer(one, { title: '', reason: 'of the base image' }), newLayer()],
      1,
    );
    expect(entries).toEqual([
      { created: '2026-02-03T04:05:06Z', created_by: 'pull-budget relayer', comment: 'of the base image' },
      { created: '2026-02-03T04:05:06Z', ...ours },
    ]);
  });

  test('with a history that tells of fewer layers than the base has tells of all of them', () => {
    const { history: entries } = relaid(
      { ...image, history: [history[1], history[0]] },
      [newLayer(one), newLayer(two)],
      2,
    );
    expect(entries).toEqual([ours, ours, history[1]]);
  });

  test('with a history that is none is as one without', () => {
    for (const odd of ['text', 7, {}, [null, 1, 'x', []]]) {
      expect(relaid({ ...image, history: odd }, [newLayer(one)], 0).history).toEqual([ours]);
    }
  });

  test('keeps all other fields, in their order, and numbers that no double holds', () => {
    const text =
      `{"x-mem":123456789012345678901234567890,"os":"linux","config":{"Labels":{"a":"b"},"Memory":1.0},` +
      `"rootfs":{"x":1e999,"type":"layers","diff_ids":["${one}"]},"history":[],"__proto__":{"y":0.30}}`;
    const after = Buffer.from(relaidConfig(configOf(text), [newLayer(two)], 0, 'it')).toString();
    expect(after.replace(/"history":\[.*?\]/, '"history":[]').replace(two, one)).toBe(text);
  });
});

describe('history entries by layer', () => {
  test('are those that made one', () => {
    expect(layerEntries(configOf(image))).toEqual([history[0], history[2], history[3]]);
  });

  test('are none where they are not one for each layer', () => {
    expect(layerEntries(configOf({ ...image, history: history.slice(0, 3) }))).toEqual([]);
    expect(layerEntries(configOf({ ...image, history: [...history, history[0]] }))).toEqual([]);
    expect(layerEntries(configOf({ ...image, history: 'none' }))).toEqual([]);
  });
});
