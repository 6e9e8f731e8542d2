import { describe, expect, test } from 'vitest';
import { forkOf, readEvent } from '../../src/action/event.ts';

const own = { full_name: 'acme/server' };
const pull = (repo: unknown) => ({ repository: own, pull_request: { head: { repo } } });

describe('forkOf', () => {
  test.each([
    ['a pull request from a fork', pull({ full_name: 'mallory/server' }), 'mallory/server'],
    ['a pull request whose fork is gone', pull(null), 'a deleted fork'],
    [
      'a workflow run on a fork’s commit',
      { repository: own, workflow_run: { head_repository: { full_name: 'mallory/server' } } },
      'mallory/server',
    ],
    ['a pull request within the repository', pull({ full_name: 'acme/server', fork: true }), undefined],
    ['a pull request within it, spelled otherwise', pull({ full_name: 'Acme/Server' }), undefined],
    ['a push', { repository: own, ref: 'refs/heads/main' }, undefined],
    ['no payload', {}, undefined],
    ['a payload of another shape', 'x', undefined],
    ['a pull request whose head cannot be read', { repository: own, pull_request: {} }, 'a deleted fork'],
    ['a pull request whose repository cannot be read', pull({ name: 'server' }), 'a deleted fork'],
    ['a workflow run that cannot be read', { repository: own, workflow_run: 7 }, 'a deleted fork'],
  ])('%s', (_, payload, fork) => {
    expect(forkOf(payload)).toBe(fork);
  });
});

describe('readEvent', () => {
  test('gives nothing where the runner wrote no payload, or none that is JSON', async () => {
    expect(await readEvent({})).toEqual({});
    expect(await readEvent({ GITHUB_EVENT_PATH: '/absent' })).toEqual({});
    expect(await readEvent({ GITHUB_EVENT_PATH: import.meta.filename })).toEqual({});
  });
});
