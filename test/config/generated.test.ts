import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { actionMetadata } from '../../scripts/generate/action.ts';
import { reference } from '../../scripts/generate/reference.ts';
import { settingsSchema } from '../../scripts/generate/schema.ts';
import { parseArguments } from '../../src/cli/arguments.ts';
import { commands } from '../../src/cli/commands.ts';
import { parseSettingsFile } from '../../src/config/file.ts';
import { outputNames } from '../../src/config/outputs.ts';
import { readSettings } from '../../src/config/read.ts';
import { namesIn, settingNames } from '../../src/config/settings.ts';
import { parseBudgets } from '../../src/stages/gate/budgets.ts';

const stored = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

describe('a generated file', () => {
  it.each([
    ['action.yml', actionMetadata],
    ['schema/settings.schema.json', settingsSchema],
    ['docs/reference.md', reference],
  ])('is what the tables say: %s', (name, generate) => {
    expect(stored(name), 'run npm run generate').toBe(generate());
  });
});

describe('action.yml', () => {
  const action = parse(stored('action.yml'));

  it('has every input and output, described', () => {
    expect(Object.keys(action.inputs)).toEqual(namesIn('input'));
    expect(Object.keys(action.outputs)).toEqual(outputNames);
    for (const { description } of [...Object.values<{ description: string }>(action.inputs)])
      expect(description).toMatch(/\. Default: .+\.$/);
  });

  it('gives no input a default, which would override the settings file', () => {
    for (const input of Object.values(action.inputs)) expect(input).not.toHaveProperty('default');
  });

  it('runs on Node 24 and cleans up afterwards', () => {
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/action.js', post: 'dist/post.js' });
  });
});

describe("the settings file's schema", () => {
  const schema = JSON.parse(stored('schema/settings.schema.json'));

  it('is of draft 2020-12 and knows exactly the keys', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties)).toEqual(namesIn('file'));
    expect(schema).not.toHaveProperty('required');
  });
});

describe('the reference', () => {
  const text = stored('docs/reference.md');

  it('tells of every setting, command and output', () => {
    for (const name of [...settingNames, ...outputNames]) expect(text).toContain(`| \`${name}\` |`);
    for (const { name } of commands) expect(text).toContain(`### ${name}\n`);
  });

  it('shows budgets and waivers that are such', () => {
    const blocks = [...text.matchAll(/```\w*\n(.*?)```/gs)].map(([, block]) => block ?? '');
    const budgets = blocks.find((block) => block.startsWith('size <= 6 GB'));
    expect(parseBudgets(budgets ?? '')).toHaveLength(7);
    const waivers = blocks.find((block) => block.startsWith('waivers:'));
    expect(readSettings('input', {}, parseSettingsFile(waivers ?? '', 'f.yml')).waivers).toHaveLength(1);
  });

  it('shows commands that can be called', () => {
    for (const { name, examples } of commands) {
      for (const example of examples) {
        const words = (example.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''));
        expect(parseArguments(words)).toMatchObject({ kind: 'command', command: { name } });
      }
    }
  });
});
