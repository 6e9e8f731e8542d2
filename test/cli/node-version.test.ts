import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { complaintOfNode, oldestNode } from '../../src/cli/node-version.ts';

it.each(['24.0.0', '24.21.0', '100.1.2', '25.0.0-nightly2025'])('Node %s will do', (version) => {
  expect(complaintOfNode(version)).toBeUndefined();
});

it.each(['20.20.2', '9.11.2', '23.11.0'])('Node %s is refused by name, with what to do', (version) => {
  const [message, hint] = complaintOfNode(version)?.split('\n') ?? [];
  expect(message).toBe(`error: pull-budget needs Node 24 or newer, this is ${version}`);
  expect(hint).toMatch(/^Install/);
});

it('is the version that the package asks for', async () => {
  const { engines } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(engines.node).toBe(`>=${oldestNode}`);
});
