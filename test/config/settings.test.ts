import { describe, expect, it } from 'vitest';
import { namesIn, sections, settingNames, settingTable } from '../../src/config/settings.ts';

describe.each(settingNames)('the setting %s', (name) => {
  const setting = settingTable[name];
  if (setting === undefined) throw new Error(name);

  it('has a kebab-case name, a section and one sentence of help', () => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(Object.keys(sections)).toContain(setting.section);
    expect(setting.help).toMatch(/^[A-Z].{20,}\.$/);
    expect(setting.type.valid).not.toBe('');
  });

  it('can be written somewhere', () => {
    expect(setting.places.length).toBeGreaterThan(0);
  });

  it('has a default that its own type would take, or none', () => {
    const value = setting.default();
    const written = typeof value === 'string' && setting.type.alsoText ? setting.type.fromText(value) : value;
    if (value !== undefined) expect(setting.type.schema.safeParse(written).data).toEqual(value);
  });
});

describe('the settings', () => {
  it('have the names that build-push-action has', () => {
    expect(settingNames).toEqual(expect.arrayContaining(['tags', 'platforms', 'push']));
  });

  it('let no file decide what a fork may push', () => {
    expect(namesIn('file')).not.toContain('push-forks');
  });

  it('split budgets and globs at newlines only, other lists at commas too', () => {
    const rules = settingNames.flatMap((name) => {
      const rule = settingTable[name]?.type.list;
      return rule ? [[name, rule]] : [];
    });
    expect(Object.fromEntries(rules)).toEqual({
      platforms: 'items',
      tags: 'items',
      'plain-http': 'items',
      volatile: 'lines',
      pin: 'lines',
      purge: 'lines',
      prefetch: 'lines',
      budgets: 'lines',
    });
  });
});
