import { access } from 'node:fs/promises';
import { defaultSettingsPath } from '../config/file.ts';
import { inputError } from '../content/error.ts';
import { formatImageName, type ImageName } from '../content/image/name.ts';
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
  const files = [
    { path: defaultSettingsPath, content: settingsFile(name, budgets) },
    { path: workflowPath, content: workflow(name) },
  ];
  if (!flags.force) await refuseExisting(files.map(({ path }) => path));
  for (const { path, content } of files) await writeText(path, content, flags.force ? 'w' : 'wx');
  output.show({ files: files.map(({ path }) => path), budgets }, () =>
    [
      `Wrote ${defaultSettingsPath}: budgets that ${report.image.name} meets today, with room to grow.`,
      ...budgets.map((budget) => `  ${budget}`),
      `Wrote ${workflowPath}: holds each pull request against them.`,
      'Look through both, then commit them.',
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

function settingsFile(name: ImageName, budgets: readonly string[]): string {
  const inRegistry = name.transport === 'docker' && name.reference.digest === undefined;
  return `# What the image may cost to pull. Every key: docs/reference.md of pull-budget.
${inRegistry ? `baseline: ${quoted(formatImageName(name))}` : '# baseline: the image that nodes hold today, for example ghcr.io/acme/server:latest'}
budgets: |
${budgets.map((budget) => `  ${budget}`).join('\n')}
`;
}

/** Reads the image where a build left it, pushes nothing: safe for pull requests, from forks too. */
function workflow(name: ImageName): string {
  const image = name.transport === 'docker' ? 'oci:image' : quoted(formatImageName(name));
  return `name: pull-budget
on: pull_request
permissions:
  contents: read
jobs:
  pull-budget:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: docker/setup-buildx-action@v3
      - uses: docker/build-push-action@v6
        with:
          outputs: type=oci,dest=image,tar=false
      - uses: pull-budget/pull-budget@v0
        with:
          image: ${image}
`;
}

/** A path may hold what YAML reads as something else; JSON's strings are YAML's. */
const quoted = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text));
