import { z } from 'zod';
import { defaultText, namesIn, settingTable } from '../../src/config/settings.ts';

/** The JSON schema (draft 2020-12) of .github/pull-budget.yml, for editors. */
export function settingsSchema(): string {
  const keys = namesIn('file').map((name) => {
    const setting = settingTable[name];
    if (setting === undefined) throw new Error(name);
    const { schema, alsoText } = setting.type;
    const written = alsoText ? z.union([schema, z.string()]) : schema;
    return [name, written.optional().describe(`${setting.help} Default: ${defaultText(setting)}.`)] as const;
  });
  const { $schema, ...rest } = z.toJSONSchema(z.strictObject(Object.fromEntries(keys)), { io: 'input' });
  const document = {
    $schema,
    $id: 'https://raw.githubusercontent.com/pull-budget/pull-budget/main/schema/settings.schema.json',
    title: 'Settings of pull-budget',
    ...rest,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
