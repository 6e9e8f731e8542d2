import { access } from 'node:fs/promises';
import { defaultSettingsPath } from '../config/file.ts';
import { inputError } from '../content/error.ts';
import type { ImageName } from '../content/image/name.ts';
import { formatReference } from '../content/image/reference.ts';
import { proposeBudgets } from '../stages/gate/propose.ts';
import type { Call } from './call.ts';
import { describeNamed } from './named-images.ts';
import { writeText } from './report-output.ts';

const workflowPath = '.github/workflows/pull-budget.yml';

/** Writes first budgets and a first workflow, both or none. */
export async function run(call: Call): Promise<number> {
  const { settings, flags, output } = call;
  const report = await describeNamed(call);
  const budgets = proposeBudgets(report.image);
  const name = settings.image as ImageName;
  const { baseline, target } = places(name);
  const files = [
    { path: defaultSettingsPath, content: settingsFile(budgets) },
    { path: workflowPath, content: workflow(baseline, target) },
  ];
  if (!flags.force) await refuseExisting(files.map(({ path }) => path));
  for (const { path, content } of files) await writeText(path, content, flags.force ? 'w' : 'wx');
  output.show({ files: files.map(({ path }) => path), budgets }, () =>
    [
      `Wrote ${defaultSettingsPath}: budgets that ${report.image.name} meets today, with room to grow.`,
      ...budgets.map((budget) => `  ${budget}`),
      `Wrote ${workflowPath}: builds, pushes and holds each pull request against them.`,
      'Next: look through both, commit them, and open a pull request.',
      `Budgets against the baseline pass until ${baseline} is there: push it from your main branch.`,
      '',
    ].join('\n'),
  );
  return 0;
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    throw inputError('file-exists', `${path} is there already`, { hint: 'Add --force to overwrite it.' });
  }
}

/** What the workflow compares with, and the repository that it pushes to: the image's own where its token may push. */
function places(name: ImageName): { baseline: string; target: string } {
  const own = `ghcr.io/\${{ github.repository }}`;
  if (name.transport !== 'docker') return { baseline: `${own}:latest`, target: own };
  const { host, repository, digest } = name.reference;
  const target = host === 'ghcr.io' ? formatReference({ host, repository }) : own;
  // A digest never becomes another image: it is no release that moves on.
  const baseline = digest === undefined ? formatReference(name.reference) : `${target}:latest`;
  return { baseline, target };
}

function settingsFile(budgets: readonly string[]): string {
  return `# What the image may cost to pull. Every key: docs/reference.md of pull-budget.
budgets: |
${budgets.map((budget) => `  ${budget}`).join('\n')}
`;
}

/** README's first workflow, the budgets in their file. A fork's pull request pushes nothing. */
function workflow(baseline: string, target: string): string {
  return `name: image
on: [pull_request]

permissions:
  contents: read
  packages: write

jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with:
          registry: ghcr.io
          username: \${{ github.actor }}
          password: \${{ github.token }}

      - uses: docker/build-push-action@v6
        with:
          outputs: type=oci,dest=image,tar=false

      - uses: pull-budget/pull-budget@v0
        with:
          image: oci:image
          push: true
          # A registry's names are lower case: write yours out where the repository's is not.
          tags: ${target}:pr-\${{ github.event.number }}
          baseline: ${baseline}
`;
}
