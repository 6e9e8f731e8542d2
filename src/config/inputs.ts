import { loadSettings } from './file.ts';
import type { Written } from './read.ts';
import { remarksOn, type Settings } from './settings.ts';

/**
 * The inputs of an action as the runner passes them: `INPUT_` and the name in upper case, spaces as underscores
 * (https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#inputs). A name that
 * action.yml does not declare is passed too, so a mistyped one is seen here.
 */
export function writtenInputs(environment: Readonly<Record<string, string | undefined>>): Written {
  const inputs: Record<string, string> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('INPUT_') || value === undefined) continue;
    inputs[variable.slice('INPUT_'.length).toLowerCase()] = value;
  }
  return inputs;
}

/** The settings of an action run. @throws what loadSettings throws */
export async function settingsOfAction(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const settings = await loadSettings('input', writtenInputs(environment));
  // As somebody wrote them: the action itself takes the push from a fork, and says so.
  return { ...settings, remarks: remarksOn(settings) };
}
