/** What the releases of the series are: a table of changes, one release after the other, as a team's log would have them. */

export type BaseName = 'base1' | 'base2';

/** What a release changes. What it does not name stays as it was. */
export interface Change {
  readonly title: string;
  /** Versions of distributions, by their name in requirements.txt; null removes one. */
  readonly pins?: Readonly<Record<string, string | null>>;
  /** The application's own files. */
  readonly app?: true;
  /** The model was trained again: every weight is another. */
  readonly model?: true;
  /** Debian packages that the Dockerfile installs from now on. */
  readonly packages?: readonly string[];
  /** From now on apt finds Debian's security updates beside the point release. */
  readonly securityUpdates?: true;
  readonly base?: BaseName;
}

export const changes: readonly Change[] = [
  {
    title: 'the first one',
    base: 'base1',
    packages: ['ca-certificates', 'curl', 'libgomp1', 'python3', 'python3-pip'],
    app: true,
    model: true,
  },
  { title: 'app', app: true },
  { title: 'fastapi, a patch', pins: { fastapi: '0.115.2' }, app: true },
  { title: 'pandas, a patch', pins: { pandas: '2.2.3' } },
  { title: 'security updates, one more package', securityUpdates: true, packages: ['tini'] },
  { title: 'model, app', model: true, app: true },
  {
    title: 'numpy, scipy, scikit-learn, transformers, minor versions',
    pins: {
      numpy: '2.2.6',
      scipy: '1.15.3',
      'scikit-learn': '1.6.1',
      transformers: '4.47.1',
      tokenizers: '0.21.0',
    },
    app: true,
  },
  {
    title: 'redis in, SQLAlchemy out',
    pins: { redis: '5.2.1', 'async-timeout': '5.0.1', SQLAlchemy: null, greenlet: null },
    app: true,
  },
  { title: 'boto3 and uvicorn, patches', pins: { boto3: '1.35.99', botocore: '1.35.99', uvicorn: '0.31.1' } },
  { title: 'a new base, onnxruntime', base: 'base2', pins: { onnxruntime: '1.20.1' }, app: true },
  { title: 'app, on the new base', app: true },
];

/** A release as it is built. */
export interface Release {
  /** Its tag: `r1`, `r2`, … */
  readonly tag: string;
  readonly title: string;
  /** Nothing else changed. */
  readonly appOnly: boolean;
  readonly base: BaseName;
  readonly securityUpdates: boolean;
  readonly packages: readonly string[];
  /** requirements.txt: every distribution with its version, sorted. */
  readonly requirements: readonly string[];
  /** Versions of the application and of the model, from 1. */
  readonly app: number;
  readonly model: number;
}

/** The releases that a table of changes makes of these requirements, lines of `name==version`. */
export function releasesOf(table: readonly Change[], requirements: readonly string[]): Release[] {
  const pins = new Map(requirements.map((line) => line.split('==') as [string, string]));
  const releases: Release[] = [];
  for (const change of table) {
    const before = releases.at(-1);
    for (const [name, version] of Object.entries(change.pins ?? {})) {
      if (version === null) pins.delete(name);
      else pins.set(name, version);
    }
    releases.push({
      tag: `r${releases.length + 1}`,
      title: change.title,
      appOnly: change.app === true && Object.keys(change).every((key) => key === 'title' || key === 'app'),
      base: change.base ?? before?.base ?? 'base1',
      securityUpdates: change.securityUpdates ?? before?.securityUpdates ?? false,
      packages: [...(before?.packages ?? []), ...(change.packages ?? [])].sort(),
      requirements: [...pins].map(([name, version]) => `${name}==${version}`).sort(),
      app: (before?.app ?? 0) + (change.app ? 1 : 0),
      model: (before?.model ?? 0) + (change.model ? 1 : 0),
    });
  }
  return releases;
}
