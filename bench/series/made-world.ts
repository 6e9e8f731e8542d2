import type { OwnerClass } from '../../src/stages/relayer/owners.ts';

const kB = 1e3;
const MB = 1e6;

export type Random = () => number;

/** Mulberry32: the same numbers for the same seed everywhere. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface MadeFile {
  readonly path: string;
  readonly bytes: number;
  /** Compressed ÷ uncompressed. */
  readonly ratio: number;
  /** Another content, another number. */
  readonly content: number;
}

export interface Group {
  readonly name: string;
  readonly class: OwnerClass;
  readonly version: number;
  /** How often it changes, against others of its kind: few do often, most seldom. */
  readonly pace: number;
  readonly files: readonly MadeFile[];
}

/** An image as it is built: what the base has and what is above it. */
export interface World {
  readonly base: readonly Group[];
  readonly groups: readonly Group[];
}

const between = (random: Random, low: number, high: number): number => low + random() * (high - low);
const skewed = (random: Random, low: number, high: number): number => low * (high / low) ** random();

/** One of them, the faster the more likely. */
function pick(random: Random, groups: readonly Group[]): Group | undefined {
  let left = random() * groups.reduce((total, group) => total + group.pace, 0);
  return groups.find((group) => {
    left -= group.pace;
    return left <= 0;
  });
}

let contents = 0;

function makeGroup(
  random: Random,
  name: string,
  kind: OwnerClass,
  root: string,
  files: number,
  bytes: number,
  ratio: number,
): Group {
  const shares = Array.from({ length: files }, () => skewed(random, 1, 300));
  const whole = shares.reduce((a, b) => a + b, 0);
  return {
    name,
    class: kind,
    version: 1,
    pace: skewed(random, 1, 30),
    files: shares.map((share, index) => ({
      path: `${root}/d${index % 7}/f${index}`,
      bytes: Math.max(40, Math.round((bytes * share) / whole)),
      ratio: Math.min(0.95, ratio * between(random, 0.7, 1.3)),
      content: contents++,
    })),
  };
}

const site = 'usr/lib/python3/site-packages';

/** A Python serving image: 0.3 to 2 GB compressed, some 4,000 files. */
export function makeWorld(random: Random, scale: number): World {
  contents = 0;
  const count = (files: number): number => Math.max(2, Math.round(files * scale));
  const groups: Group[] = [];
  for (let at = 0; at < 15; at++) {
    groups.push(
      makeGroup(
        random,
        `debian pkg${at}`,
        'system',
        `usr/share/pkg${at}`,
        count(20),
        skewed(random, 100 * kB, 20 * MB),
        0.35,
      ),
    );
  }
  groups.push({ ...makeGroup(random, 'debian status', 'system', 'var/lib/dpkg', 1, 300 * kB, 0.25) });
  for (let at = 0; at < 5; at++) {
    groups.push(
      makeGroup(
        random,
        `python heavy${at}`,
        'heavy',
        `${site}/heavy${at}`,
        count(250),
        skewed(random, 60 * MB, 900 * MB),
        0.4,
      ),
    );
  }
  for (let at = 0; at < 40; at++) {
    groups.push(
      makeGroup(
        random,
        `python lib${at}`,
        'library',
        `${site}/lib${at}`,
        count(45),
        skewed(random, 50 * kB, 30 * MB),
        0.3,
      ),
    );
  }
  groups.push(
    makeGroup(random, 'model /models/m0', 'model', 'models/m0', 2, between(random, 50 * MB, 400 * MB), 0.9),
  );
  groups.push(makeGroup(random, 'files /app', 'app', 'app', count(80), 600 * kB, 0.3));
  groups.push(makeGroup(random, 'files /app/build', 'volatile', 'app/build', 2, 3 * kB, 0.5));
  const base = Array.from({ length: 30 }, (_, at) =>
    makeGroup(
      random,
      `debian base${at}`,
      'system',
      `usr/lib/base${at}`,
      count(20),
      skewed(random, 200 * kB, 12 * MB),
      0.38,
    ),
  );
  return { base, groups };
}

/** A group of which about `share` of the files changed. */
function bumped(random: Random, group: Group, share: number): Group {
  const sure = Math.floor(random() * group.files.length);
  const files = group.files.map((file, index) =>
    index === sure || random() < share
      ? {
          ...file,
          bytes: Math.max(40, Math.round(file.bytes * between(random, 0.95, 1.06))),
          content: contents++,
        }
      : file,
  );
  return { ...group, version: group.version + 1, files };
}

/** Like a patch release: only files among the smaller ones. */
function patched(random: Random, group: Group): Group {
  const small =
    [...group.files].sort((a, b) => a.bytes - b.bytes)[Math.floor(group.files.length * 0.7)]?.bytes ?? 0;
  const files = group.files.map((file) =>
    file.bytes <= small && random() < 0.25 ? { ...file, content: contents++ } : file,
  );
  return { ...group, version: group.version + 1, files };
}

interface Event {
  readonly odds: number;
  happen(random: Random, groups: Group[]): void;
}

function change(
  groups: Group[],
  which: (group: Group) => boolean,
  random: Random,
  to: (group: Group) => Group,
): void {
  const chosen = pick(random, groups.filter(which));
  if (chosen !== undefined) groups[groups.indexOf(chosen)] = to(chosen);
}

const named = (prefix: string) => (group: Group) => group.name.startsWith(prefix);

const events: readonly Event[] = [
  {
    odds: 1,
    happen: (random, groups) =>
      change(groups, named('files /app/build'), random, (g) => bumped(random, g, 1)),
  },
  {
    odds: 0.9,
    happen: (random, groups) =>
      change(
        groups,
        (g) => g.name === 'files /app',
        random,
        (g) => bumped(random, g, 0.06),
      ),
  },
  {
    odds: 0.5,
    happen: (random, groups) => change(groups, named('python lib'), random, (g) => patched(random, g)),
  },
  {
    odds: 0.25,
    happen: (random, groups) => change(groups, named('python lib'), random, (g) => bumped(random, g, 0.95)),
  },
  {
    odds: 0.12,
    happen: (random, groups) => change(groups, named('python heavy'), random, (g) => patched(random, g)),
  },
  {
    odds: 0.04,
    happen: (random, groups) => change(groups, named('python heavy'), random, (g) => bumped(random, g, 0.9)),
  },
  {
    odds: 0.2,
    happen: (random, groups) => {
      for (let at = 0; at < 1 + random() * 4; at++) {
        change(groups, named('debian pkg'), random, (g) => bumped(random, g, 0.6));
      }
      change(groups, named('debian status'), random, (g) => bumped(random, g, 1));
    },
  },
  {
    odds: 0.05,
    happen: (random, groups) => change(groups, named('model'), random, (g) => bumped(random, g, 1)),
  },
  {
    odds: 0.06,
    happen: (random, groups) => {
      const name = `new${contents++}`;
      groups.push(
        makeGroup(
          random,
          `python lib ${name}`,
          'library',
          `${site}/${name}`,
          30,
          skewed(random, 50 * kB, 20 * MB),
          0.3,
        ),
      );
    },
  },
  {
    odds: 0.05,
    happen: (random, groups) => {
      const chosen = pick(random, groups.filter(named('python lib')));
      if (chosen !== undefined) groups.splice(groups.indexOf(chosen), 1);
    },
  },
];

/** What a release changes; several things at once, and the app nearly always. */
export function nextWorld(random: Random, world: World): World {
  const groups = [...world.groups];
  for (const event of events) if (random() < event.odds) event.happen(random, groups);
  return { ...world, groups };
}
