/**
 * Writes what follows from the tables of settings, outputs and commands: action.yml, the settings file's JSON
 * schema, and the reference. `--check` writes nothing and fails if one of them is not what the tables say.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { actionMetadata } from './generate/action.ts';
import { reference } from './generate/reference.ts';
import { settingsSchema } from './generate/schema.ts';

const files: Readonly<Record<string, () => string>> = {
  'action.yml': actionMetadata,
  'schema/settings.schema.json': settingsSchema,
  'docs/reference.md': reference,
};

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [name, generate] of Object.entries(files)) {
  const path = join(root, name);
  const content = generate();
  if (content === (await readFile(path, 'utf8').catch(() => undefined))) continue;
  stale.push(name);
  if (check) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
if (check && stale.length > 0) {
  console.error(`Stale: ${stale.join(', ')}\nRun npm run generate and commit what it wrote.`);
  process.exitCode = 1;
} else if (!check) {
  console.log(stale.length > 0 ? `Wrote ${stale.join(', ')}.` : 'Everything is fresh.');
}
