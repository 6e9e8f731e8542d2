import { type SettingName, settingTable } from '../config/settings.ts';
import type { Run } from './call.ts';
import type { FlagName } from './flags.ts';

export interface Positional {
  /** As help writes it. */
  readonly name: string;
  readonly help: string;
  /** The setting that it stands for, which a settings file may give instead. */
  readonly setting?: SettingName;
  readonly optional?: true;
}

export interface Command {
  readonly name: string;
  /** One sentence without its full stop. */
  readonly summary: string;
  /** What else somebody should know before using it. */
  readonly details?: string;
  readonly positionals: readonly Positional[];
  /** What it makes use of; those that can be flags are its flags. */
  readonly settings: readonly SettingName[];
  readonly flags: readonly FlagName[];
  readonly examples: readonly string[];
  /** It runs until it is interrupted, which is then no failure. */
  readonly untilInterrupted?: true;
  /** Heavy imports stay behind this. */
  readonly load: () => Promise<{ readonly run: Run }>;
}

const registry = [
  'connections',
  'attempts',
  'plain-http',
  'ca-file',
  'cert-file',
  'key-file',
  'config',
] as const;
const soci = [
  'soci',
  'span-size',
  'min-layer-size',
  'prefetch',
  'on-unindexable',
  'soci-tag-suffix',
  'base',
  'soci-cache',
] as const;
const relayer = [
  'volatile',
  'pin',
  'flatten-base',
  'max-layers',
  'target-layer-size',
  'max-layer-size',
  'reuse',
  'slack',
  'purge',
  'verify',
  'mtime',
] as const;
const compression = ['compression', 'compression-level'] as const;
const measurement = ['runs', 'seed', 'scratch', 'sample-timeout', 'unpack-ratio-limit'] as const;
const image: Positional = {
  name: 'IMAGE',
  help: 'docker://host/repo:tag or a bare reference, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE[:TAG] or docker-daemon:NAME.',
  setting: 'image',
};
const imageOrSetting: Positional = {
  ...image,
  help: `${image.help} Without it, image of the settings file.`,
  optional: true,
};

/** Every command, in the order of help. */
export const commands: readonly Command[] = [
  {
    name: 'run',
    summary: 'Re-layer, index, push, measure and judge an image: what the action does',
    details: 'Exits 1 if a budget failed.',
    positionals: [imageOrSetting],
    settings: [
      'baseline',
      'platforms',
      'push',
      'tags',
      'relayer',
      ...relayer,
      ...compression,
      ...soci,
      'budgets',
      'waivers',
      'on-inconclusive',
      ...measurement,
      ...registry,
      'report',
    ],
    flags: [],
    examples: ["run oci:./image --budgets 'size <= 6 GB' --baseline ghcr.io/acme/server:latest"],
    load: () => import('./run.ts'),
  },
  {
    name: 'copy',
    summary: 'Copy an image, every platform of it, between registries, layouts and archives',
    details:
      'What only refers to the image is not copied: signatures, v1 SOCI indexes and layer plans, without which the next re-layering reads the layers again. v2 indexes are.',
    positionals: [
      { name: 'SRC', help: 'The image to copy, as an image name.' },
      { name: 'DST', help: 'Where to copy it to, as an image name.' },
    ],
    settings: ['platforms', ...registry],
    flags: [],
    examples: [
      'copy oci:./image ghcr.io/acme/server:1.4',
      'copy nginx docker-archive:nginx.tar:nginx:latest',
    ],
    load: () => import('./copy.ts'),
  },
  {
    name: 'index',
    summary: 'Make SOCI indexes for an image, with which nodes load it lazily',
    details:
      'Writes the image with its indexes to DST. In place, where DST is left out, --platforms says which images are indexed, and the others stay; elsewhere the others are left out.',
    positionals: [
      { name: 'SRC', help: 'The image to index, as an image name.' },
      {
        name: 'DST',
        help: 'Where to write it to: a reference in a registry, oci:DIR:TAG or oci-archive:FILE:TAG. Without it, where SRC is, under its tag.',
        optional: true,
      },
    ],
    settings: ['platforms', 'baseline', ...soci, 'scratch', 'unpack-ratio-limit', ...registry],
    flags: [],
    examples: [
      'index ghcr.io/acme/server:1.4',
      'index oci:./image ghcr.io/acme/server:1.4 --soci v2 --soci-tag-suffix -soci',
    ],
    load: () => import('./index.ts'),
  },
  {
    name: 'relayer',
    summary: 'Arrange the files of an image into layers by how they change, and write it',
    details:
      'Containers see the same files, which is proved before anything is written. With --baseline, the release before as it was re-laid, what did not change stays in the layers that nodes have.',
    positionals: [
      { name: 'SRC', help: 'The image as it was built, as an image name.' },
      {
        name: 'DST',
        help: 'Where to write it to: a reference in a registry, oci:DIR:TAG or oci-archive:FILE:TAG.',
      },
    ],
    settings: [
      'platforms',
      'baseline',
      'base',
      ...relayer,
      ...compression,
      'min-layer-size',
      'scratch',
      'unpack-ratio-limit',
      ...registry,
    ],
    flags: [],
    examples: [
      'relayer oci:./image ghcr.io/acme/server:1.4 --baseline ghcr.io/acme/server:1.3',
      "relayer oci:./image:1.4 oci:./relaid:1.4 --baseline oci:./relaid:1.3 --volatile '/srv/**'",
    ],
    load: () => import('./relayer.ts'),
  },
  {
    name: 'plan',
    summary: 'Show how an image would be re-laid and what that costs, and write nothing',
    positionals: [image],
    settings: [
      'platforms',
      'baseline',
      'base',
      ...relayer,
      'min-layer-size',
      'scratch',
      'unpack-ratio-limit',
      ...registry,
    ],
    flags: ['explain'],
    examples: ['plan oci:./image:1.4 --baseline ghcr.io/acme/server:1.3 --explain /srv/app.py'],
    load: () => import('./plan.ts'),
  },
  {
    name: 'compare',
    summary: 'Say whether two images are the same to a container, and what differs',
    details:
      'Reads every layer. Paths, types, modes, owners, extended attributes, hard links and contents count. Exits 1 if something differs.',
    positionals: [
      { name: 'A', help: 'One image, as an image name.' },
      { name: 'B', help: 'The other one.' },
    ],
    settings: ['platforms', 'scratch', 'unpack-ratio-limit', ...registry],
    flags: ['mtimes'],
    examples: ['compare oci:./image:1.4 ghcr.io/acme/server:1.4'],
    load: () => import('./compare.ts'),
  },
  {
    name: 'inspect',
    summary: 'Show the platforms, layers and sizes of an image',
    details: 'Reads manifests and configs only, with --soci also SOCI indexes: no layer is downloaded.',
    positionals: [image],
    settings: ['platforms', ...registry],
    flags: ['soci'],
    examples: ['inspect nginx:1.29 --platforms linux/arm64', 'inspect ghcr.io/acme/server:1.4 --soci'],
    load: () => import('./inspect.ts'),
  },
  {
    name: 'verify',
    summary: "Check an image's SOCI indexes as snapshotters do, and every file against them",
    details: 'Reads the layers that have an index whole. Exits 1 if a check failed.',
    positionals: [image],
    settings: ['platforms', ...registry],
    flags: [],
    examples: ['verify ghcr.io/acme/server:1.4'],
    load: () => import('./verify.ts'),
  },
  {
    name: 'cat',
    summary: 'Print a file of an image through its SOCI index, without pulling layers that have a zTOC',
    details:
      "A layer without a zTOC is read whole where no layer above it has the file. Without --platforms it is from the image of this machine's platform, else of the only one. With --json tells where the file lies and what was fetched for it instead.",
    positionals: [image, { name: 'PATH', help: 'Absolute path of the file in the image.' }],
    settings: ['platforms', 'unpack-ratio-limit', ...registry],
    flags: [],
    examples: ['cat ghcr.io/acme/server:1.4 /etc/os-release'],
    load: () => import('./cat.ts'),
  },
  {
    name: 'diff',
    summary: 'Show what a node that holds one image downloads and unpacks for another',
    details: 'Reads manifests and configs only: no layer is downloaded.',
    positionals: [
      { name: 'BASELINE', help: 'The image that the node holds.', setting: 'baseline' },
      { ...image, help: 'The image that it pulls.' },
    ],
    settings: ['platforms', ...registry],
    flags: [],
    examples: ['diff ghcr.io/acme/server:1.3 ghcr.io/acme/server:1.4'],
    load: () => import('./diff.ts'),
  },
  {
    name: 'measure',
    summary: 'Pull an image cold, as often as runs says, and show how long it took',
    positionals: [imageOrSetting],
    settings: ['baseline', 'platforms', ...measurement, ...registry, 'report'],
    flags: [],
    examples: ['measure oci:./image --runs 5 --scratch /mnt/nvme --report report.json'],
    load: () => import('./measure.ts'),
  },
  {
    name: 'gate',
    summary: 'Hold an image, or a report, against budgets',
    details:
      'Of an image sizes are judged and nothing is measured; budgets of times need a report. Exits 1 if a budget failed.',
    positionals: [imageOrSetting],
    settings: [
      'baseline',
      'platforms',
      'budgets',
      'waivers',
      'on-inconclusive',
      'unpack-ratio-limit',
      ...registry,
    ],
    flags: ['report'],
    examples: ["gate nginx:1.29 --budgets 'size <= 100 MB'", 'gate --report report.json'],
    load: () => import('./gate.ts'),
  },
  {
    name: 'serve',
    summary: 'Serve an OCI layout as a registry, on loopback',
    details:
      'All repositories share the one layout: content and referrers that are pushed to one are seen in all.',
    positionals: [{ name: 'LAYOUT', help: 'Folder of the layout; made if it is not there.' }],
    settings: [],
    flags: ['host', 'port', 'read-only'],
    examples: ['serve ./image --read-only --port 0'],
    untilInterrupted: true,
    load: () => import('./serve.ts'),
  },
  {
    name: 'init',
    summary: "Write first budgets, from today's image, and a first workflow",
    details: 'Writes .github/pull-budget.yml and .github/workflows/pull-budget.yml.',
    positionals: [image],
    settings: ['platforms', ...registry],
    flags: ['force'],
    examples: ['init ghcr.io/acme/server:latest'],
    load: () => import('./init.ts'),
  },
];

/** The settings that the command takes, as flags, arguments, or from the settings file. */
export function settingsTaken(command: Command): ReadonlySet<SettingName> {
  return new Set([...command.settings, ...command.positionals.flatMap(({ setting }) => setting ?? [])]);
}

/** The settings that are flags of the command. */
export function settingFlags(command: Command): SettingName[] {
  return command.settings.filter((name) => settingTable[name]?.places.includes('flag'));
}

/** `[IMAGE]`, `SRC DST`. */
export function usageOf(command: Command): string {
  const names = command.positionals.map(({ name, optional }) => (optional ? `[${name}]` : name));
  return ['pull-budget', command.name, ...names, '[flags]'].join(' ');
}
