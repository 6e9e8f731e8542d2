import { describe, expect, it } from 'vitest';
import { flagTypes } from '../../src/cli/arguments.ts';
import { commands } from '../../src/cli/commands.ts';
import { helpOf, helpOfAll } from '../../src/cli/help.ts';

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('help', () => {
  it('names every command, in 80 columns', () => {
    for (const { name, summary } of commands) {
      expect(helpOfAll()).toMatch(new RegExp(`^  ${name} `, 'm'));
      expect(summary).not.toMatch(/\.$/);
    }
    expect(widest(helpOfAll())).toBeLessThanOrEqual(80);
  });

  it.each(commands.map((command) => [command.name, command] as const))(
    'of %s explains every flag and argument, in 80 columns',
    (_, command) => {
      const text = helpOf(command);
      expect(widest(text)).toBeLessThanOrEqual(80);
      for (const name of flagTypes(command).keys())
        expect(text).toMatch(new RegExp(`^  (-\\w, |    )--${name}( |$)`, 'm'));
      for (const { name } of command.positionals) expect(text).toMatch(new RegExp(`^  ${name}  `, 'm'));
      expect(text).not.toMatch(/undefined|\[object| +$/m);
    },
  );

  it('gives settings under the headings of the reference', () => {
    const [run] = commands;
    expect(run && helpOf(run).match(/^\w+(?: \w+)*:$/gm)).toEqual([
      'Arguments:',
      'Image:',
      'Push:',
      'SOCI index:',
      'Budgets:',
      'Measurement:',
      'Registry:',
      'Files:',
      'Flags:',
      'Examples:',
    ]);
  });
});
