import { describe, expect, it } from 'vitest';
import { complaint, failureOf } from '../../src/cli/complaint.ts';
import { Interruption } from '../../src/cli/interruption.ts';
import { infrastructureError, inputError } from '../../src/content/error.ts';

const none = new Set<string>();

describe('a complaint', () => {
  it('says what happened and what to do, the cause only where it is asked for', () => {
    const error = infrastructureError('unreachable', 'ghcr.io cannot be reached', {
      hint: 'Look at the network.',
      cause: new Error('connect failed', { cause: new Error('ECONNREFUSED') }),
    });
    expect(complaint(error, false, none)).toBe('error: ghcr.io cannot be reached\nLook at the network.\n');
    expect(complaint(error, true, none)).toBe(
      'error: ghcr.io cannot be reached\nLook at the network.\ncaused by: Error: connect failed\ncaused by: Error: ECONNREFUSED\n',
    );
  });

  it('keeps the columns of what it points at', () => {
    const error = inputError('bad-budget', 'line 1\n  1 | size  < 6\n    |       ^');
    expect(complaint(error, false, none)).toBe('error: line 1\n  1 | size  < 6\n    |       ^\n');
  });

  it('holds no secret and nothing that a terminal would act on', () => {
    const error = inputError('denied', 'the server said \x1b[31mBearer s3cr3t\x07\u202e', {
      hint: 'not s3cr3t',
    });
    expect(complaint(error, true, new Set(['s3cr3t', '']))).toBe(
      'error: the server said Bearer *** \nnot ***\n',
    );
  });

  it('calls a fault of the program one, and shows where', () => {
    const shown = complaint(new TypeError('x is undefined'), false, none);
    expect(shown).toMatch(/^error: x is undefined\nThis is a bug in pull-budget/);
    expect(shown).toContain('complaint.test.ts');
  });

  it('ends with causes that go in circles', () => {
    const error = new Error('a');
    error.cause = error;
    expect(complaint(error, true, none).match(/caused by/g)).toHaveLength(10);
  });
});

describe('a failure for programs', () => {
  it('has what the complaint says, in parts and without secrets', () => {
    const error = infrastructureError('denied', 'the server said \x1b[31mBearer s3cr3t', {
      hint: 'not s3cr3t',
      cause: new Error('s3cr3t'),
    });
    expect(failureOf(error, new Set(['s3cr3t']))).toEqual({
      error: {
        kind: 'infrastructure',
        code: 'denied',
        message: 'the server said Bearer ***',
        hint: 'not ***',
        exitCode: 3,
      },
    });
  });

  it('tells signals and bugs apart from errors', () => {
    expect(failureOf(new Interruption('SIGHUP'), none).error).toMatchObject({
      kind: 'interruption',
      code: 'interrupted',
      exitCode: 129,
    });
    expect(failureOf(new TypeError('x is undefined'), none)).toEqual({
      error: { kind: 'bug', code: 'unexpected', message: 'x is undefined', exitCode: 3 },
    });
  });
});
