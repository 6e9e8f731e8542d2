import { stringify } from 'yaml';
import { outputs } from '../../src/config/outputs.ts';
import { defaultText, namesIn, type SettingName, settingTable } from '../../src/config/settings.ts';

/**
 * https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax
 * No input has a `default` here: the runner would pass it like a value that somebody wrote, and the settings
 * file could never be heard.
 */
export function actionMetadata(): string {
  const metadata = {
    name: 'pull-budget',
    description:
      'Holds what a container image costs to pull against budgets: sizes, and times of cold pulls. Fails with a report that says why.',
    author: 'pull-budget',
    branding: { icon: 'download-cloud', color: 'blue' },
    inputs: Object.fromEntries(
      namesIn('input').map((name) => [name, { description: description(name), required: false }]),
    ),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, { help }]) => [name, { description: help }]),
    ),
    runs: { using: 'node24', main: 'dist/action.js', post: 'dist/post.js' },
  };
  return `# Written by npm run generate from src/config: change it there.\n${stringify(metadata, { lineWidth: 110 })}`;
}

function description(name: SettingName): string {
  const setting = settingTable[name];
  if (setting === undefined) throw new Error(name);
  const rule = setting.type.list === 'items' ? ' A list: lines or commas.' : '';
  return `${setting.help}${rule} Default: ${defaultText(setting)}.`;
}
