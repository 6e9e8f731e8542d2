import { describe, expect, it } from 'vitest';
import { explain, type PlanInput, planLayers } from '../../../src/stages/relayer/plan.ts';
import { type File, image, layer, limits, MB, newLayers, paths, written } from './plan/made-image.ts';

const first: readonly File[] = [
  ['usr/bin/curl', 'debian curl', 12],
  ['site/torch/lib', 'python torch', 150],
  ['site/torch/init', 'python torch', 1],
  ['site/nvidia/lib', 'python nvidia', 60],
  ['site/numpy/lib', 'python numpy', 40],
  ['site/flask/app', 'python flask', 2],
  ['site/rich/table', 'python rich', 3],
  ['models/a', 'model /models/a', 90],
  ['app/main', 'files /app', 0.05],
  ['app/keep', 'files /app', 0.3],
  ['app/build/id', 'files /app/build', 0.02],
];

/** The first release with some files as something else (`undefined`: gone). */
function release(
  changes: Readonly<Record<string, string | undefined>>,
  options: Partial<PlanInput> = {},
): PlanInput {
  const before = image(first);
  const files = first.flatMap((file): File[] => {
    const [path, owner, megabytes] = file;
    if (!(path in changes)) return [file];
    return changes[path] === undefined ? [] : [[path, owner, megabytes, changes[path]]];
  });
  const added = Object.entries(changes).flatMap(([path, content]): File[] =>
    content === undefined || first.some(([known]) => known === path)
      ? []
      : [[path, 'files /app', 0.01, content]],
  );
  return image([...files, ...added], { baseline: written(before, planLayers(before)), ...options });
}

describe('a first plan', () => {
  const input = image(first);
  const plan = planLayers(input);

  it('carries the base and lays what changes seldom below what changes often', () => {
    expect(plan.layers[0]).toEqual({ kind: 'carried', from: 'base', index: 0 });
    expect(newLayers(plan).map((one) => paths(input, one))).toEqual([
      ['usr/bin/curl'],
      ['site/numpy/lib'],
      ['site/nvidia/lib', 'site/torch/init', 'site/torch/lib'],
      ['models/a', 'site/flask/app', 'site/rich/table'],
      ['app/keep', 'app/main'],
      ['app/build/id'],
    ]);
    expect(plan.compactedFrom).toBeUndefined();
  });

  it('says in words what is in a layer and why it is new', () => {
    expect(newLayers(plan).map(({ title }) => title)).toEqual([
      'debian curl 8.14',
      'python numpy 2.3.4',
      'python torch 2.9.1 and python nvidia 12.9',
      'model /models/a, python rich 14.0 and 1 other',
      'files /app',
      'files /app/build',
    ]);
    expect(new Set(newLayers(plan).map(({ reason }) => reason))).toEqual(
      new Set(['first plan: there is no baseline']),
    );
  });

  it('lets nodes download all of it, of which nothing is dead', () => {
    expect(plan.cost.delta).toBe(plan.cost.fresh);
    expect(plan.cost.fresh / MB).toBeCloseTo(388.37, 1);
    expect(plan.cost.dead).toBe(0);
  });

  it('splits a group that is too large for a layer, but no file', () => {
    const parts = Array.from(
      { length: 8 },
      (_, at): File => [`site/torch/${at}`, 'python torch', 40, `${at}`],
    );
    const large = image([...parts, ['site/torch/huge', 'python torch', 300]], {
      limits: { ...limits, maxLayerBytes: 120 * MB },
    });
    const sizes = newLayers(planLayers(large)).map((one) => paths(large, one).length);
    expect(sizes).toEqual([2, 2, 2, 2, 1]);
  });

  it('stays below the number of layers that there may be, whatever sizes ask for', () => {
    const few = planLayers(image(first, { limits: { ...limits, maxLayers: 3 } }));
    expect(few.layers).toHaveLength(3);
  });

  it('has only the base where nothing is above it', () => {
    expect(planLayers(image([])).layers).toEqual([{ kind: 'carried', from: 'base', index: 0 }]);
  });

  it('is planned for a baseline without layers as for none', () => {
    expect(planLayers(image(first, { baseline: [] }))).toEqual(plan);
  });
});

describe('a plan on a baseline', () => {
  it('has only carried layers where nothing changed', () => {
    const plan = planLayers(release({}));
    expect(newLayers(plan)).toEqual([]);
    expect(plan.cost.delta).toBe(0);
  });

  it('puts what changed into one layer on top', () => {
    const input = release({ 'app/main': 'new', 'site/flask/app': 'new' });
    const plan = planLayers(input);
    const [only, ...others] = newLayers(plan);
    expect(others).toEqual([]);
    expect(only && paths(input, only)).toEqual(['app/main', 'site/flask/app']);
    expect(only?.reason).toBe('changed since the baseline');
    expect(plan.layers.indexOf(only as never)).toBe(plan.layers.length - 1);
  });

  it('puts it into two, where both what seldom changes and what often does are worth one', () => {
    const more: File[] = [...first, ['app/data', 'files /app', 5], ['app/more', 'files /app', 6]];
    const before = image(more);
    const after = more.map(([path, owner, megabytes]): File => {
      const changed = path === 'site/numpy/lib' || path === 'app/data';
      return [path, owner, megabytes, changed ? 'new' : ''];
    });
    const input = image(after, {
      baseline: written(before, planLayers(before)),
      limits: { ...limits, slack: 1 },
    });
    expect(newLayers(planLayers(input)).map((one) => paths(input, one))).toEqual([
      ['site/numpy/lib'],
      ['app/data'],
    ]);
  });

  it('patches a group of which little changed, and moves one of which nearly all did', () => {
    const small = release({ 'site/torch/init': 'new' });
    expect(newLayers(planLayers(small)).flatMap((one) => paths(small, one))).toEqual(['site/torch/init']);
    const nearlyAll = release({ 'site/torch/lib': 'new' }, { limits: { ...limits, slack: 1 } });
    const plan = planLayers(nearlyAll);
    expect(newLayers(plan).flatMap((one) => paths(nearlyAll, one))).toEqual([
      'site/torch/init',
      'site/torch/lib',
    ]);
    expect(explain(plan, nearlyAll.tree, nearlyAll.owners, Buffer.from('site/torch/init'))).toContain(
      'nearly all of its group did',
    );
  });

  it('whites out what is gone, in a layer with the directory it was in', () => {
    const input = release({ 'site/rich/table': undefined, 'usr/bin/curl': undefined });
    const [only] = newLayers(planLayers(input));
    expect(only?.whiteouts.map(String)).toEqual(['site/rich', 'usr']);
    expect([...(only?.nodes ?? [])].map((node) => String(input.tree.path(node)))).toEqual(['', 'site']);
    expect(only?.title).toBe('removes 2 paths');
  });

  it('replaces a file by a directory and a directory by a file without whiteouts', () => {
    const input = release({
      'usr/bin/curl': undefined,
      'usr/bin': 'a file now',
      'app/main': undefined,
      'app/main/run': 'in a directory now',
    });
    const [only] = newLayers(planLayers(input));
    expect(only?.whiteouts).toEqual([]);
    expect(only && paths(input, only)).toEqual(['app/main/run', 'usr/bin']);
  });

  it('folds in what is smaller than a layer is worth', () => {
    const tiny = first.map(([path, owner, megabytes]): File => [path, owner, Math.min(megabytes, 0.002)]);
    const small = { ...limits, minLayerBytes: 0, targetLayerBytes: 3000, slack: 10 };
    const before = image(tiny, { limits: small });
    const after = tiny.map(
      ([path, owner, megabytes]): File => [path, owner, megabytes, path === 'app/main' ? 'new' : ''],
    );
    const input = image(after, {
      baseline: written(before, planLayers(before)),
      limits: { ...limits, slack: 10 },
    });
    const plan = planLayers(input);
    expect(written(before, planLayers(before)).length).toBeGreaterThan(5);
    expect(plan.layers).toHaveLength(4);
    expect(newLayers(plan)[0]?.reason).toMatch(/^folds in \d+ small layers$/);
  });

  it('tells what a node with the baseline downloads, and how much of what a fresh one does is dead', () => {
    const input = release({ 'site/numpy/lib': 'new' });
    const { cost } = planLayers(input);
    expect(cost.delta / MB).toBeCloseTo(40, 2);
    expect(cost.dead / MB).toBeCloseTo(40, 1);
    expect(cost.fresh / MB).toBeCloseTo(428.37, 1);
  });

  it('gives up a suffix, and says so, where too much would be dead', () => {
    const input = release({ 'site/nvidia/lib': 'new', 'site/numpy/lib': 'new' });
    const plan = planLayers(input);
    expect(plan.compactedFrom).toBe(2);
    expect(newLayers(plan)[0]?.reason).toMatch(/^compacts 5 layers with 100 MB of dead bytes$/);
    expect(plan.cost.dead).toBe(0);
  });

  it('under the blob rule gives up single layers, and carries their neighbours', () => {
    const input = release(
      { 'site/numpy/lib': 'new' },
      { limits: { ...limits, reuse: 'blobs', slack: 0.05 } },
    );
    const plan = planLayers(input);
    expect(plan.compactedFrom).toBe(2);
    expect(plan.layers.flatMap((one) => (one.kind === 'carried' ? one.index : []))).toEqual([
      0, 1, 3, 4, 5, 6,
    ]);
    expect(plan.cost.delta / MB).toBeCloseTo(40, 2);
    expect(plan.cost.dead).toBeLessThan(MB);
  });
});

describe('a plan on another base', () => {
  const other = layer([['bin/sh', 'debian curl', 31, 'other']]);
  const moved = (reuse: 'chain' | 'blobs', slack: number): PlanInput => {
    const baseline = written(image(first), planLayers(image(first)));
    return image(first, { base: [other], baseline, limits: { ...limits, reuse, slack } });
  };

  it('begins afresh under the chain rule: nodes download everything above it anyway', () => {
    const plan = planLayers(moved('chain', 0.25));
    expect(plan.layers.filter(({ kind }) => kind === 'carried')).toHaveLength(1);
    expect(plan.compactedFrom).toBe(0);
    expect(plan.cost.delta).toBe(plan.cost.fresh);
    expect(newLayers(plan)[0]?.reason).toContain('the base is not the one');
  });

  it('carries the layers above the old one under the blob rule', () => {
    const input = moved('blobs', 0.05);
    const plan = planLayers(input);
    const carried = plan.layers.flatMap((one) =>
      one.kind === 'carried' && one.from === 'baseline' ? one.index : [],
    );
    expect(carried).toEqual([1, 2, 3, 4, 5, 6]);
    expect(plan.cost.delta / MB).toBeLessThan(32);
  });
});

describe('a plan that cannot be', () => {
  const code = (limited: Partial<typeof limits>, input = image(first)): string => {
    try {
      planLayers({ ...input, limits: { ...limits, ...limited } });
      return 'planned';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('is refused where the base has as many layers as there may be, unless nothing is above it', () => {
    expect(code({ maxLayers: 1 })).toBe('too-many-layers');
    expect(code({ maxLayers: 1 }, image([]))).toBe('planned');
    const tall = [layer([['bin/sh', 'debian curl', 30]]), layer([['bin/ls', 'debian curl', 1]])];
    expect(code({ maxLayers: 1 }, image([], { base: tall }))).toBe('planned');
  });

  it.each([
    ['no layers at all', { maxLayers: 0 }],
    ['a smallest size above the target', { minLayerBytes: 200 * MB }],
    ['a target above the largest', { targetLayerBytes: 600 * MB }],
    ['a slack that is no number', { slack: Number.NaN }],
    ['a negative size', { minLayerBytes: -1 }],
  ])('is refused for limits that no layers can keep: %s', (_, limited) => {
    expect(code(limited)).toBe('bad-limits');
  });
});

describe('why a path is where it is', () => {
  const input = release({ 'app/main': 'new', 'app/more': 'added' });
  const plan = planLayers(input);
  const why = (path: string): string => explain(plan, input.tree, input.owners, Buffer.from(path));

  it('is told with owner, class, layer and reason', () => {
    expect(why('site/torch/lib')).toBe(
      '"/site/torch/lib" (file) belongs to python torch 2.9.1, of the class heavy. It is in layer 4 of 8, which is ' +
        'carried from layer 4 of the baseline: it is there as it is to be, so nothing is written again.',
    );
    expect(why('bin/sh')).toContain('carried from layer 1 of the base:');
    expect(why('app/main')).toContain(
      'layer 8 of 8, which is new (files /app; changed since the baseline): it is not what',
    );
    expect(why('app/more')).toContain('the baseline does not have this path');
    expect(why('app')).toContain('a directory comes with each new layer');
  });

  it('is not told of what is not there', () => {
    expect(why('app/none')).toBe('"/app/none" is not in the image.');
  });

  it('names what a first plan goes by', () => {
    const fresh = image(first);
    const text = explain(planLayers(fresh), fresh.tree, fresh.owners, Buffer.from('models/a'));
    expect(text).toContain('what changes least at the bottom');
  });
});
