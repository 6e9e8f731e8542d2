import { describe, expect, it } from 'vitest';
import { createContext, createOutput } from '../../src/cli/terminal.ts';
import { HandClock } from '../pipeline/clock.ts';

function stream(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  return { written, isTTY, ...(columns ? { columns } : {}), write: (text: string) => written.push(text) };
}

function surroundings(isTTY: boolean, environment: Record<string, string> = {}) {
  return { stdout: stream(isTTY, 72), stderr: stream(isTTY, 72), environment, clock: new HandClock() };
}

const signal = new AbortController().signal;

describe('standard output', () => {
  it('is as wide as the terminal and coloured only where somebody watches and wants colours', () => {
    expect(createOutput(surroundings(true), false)).toMatchObject({ columns: 72, colour: true });
    expect(createOutput(surroundings(false), false)).toMatchObject({ columns: 100, colour: false });
    expect(createOutput(surroundings(true, { NO_COLOR: '1' }), false).colour).toBe(false);
    expect(createOutput(surroundings(true, { TERM: 'dumb' }), false).colour).toBe(false);
  });

  it.each([
    ['1', {}, true],
    ['0', {}, false],
    ['', {}, false],
    ['1', { NO_COLOR: '1' }, false],
    ['3', { TERM: 'dumb' }, true],
  ])('that nobody watches with FORCE_COLOR=%j and %j: colours %j', (forced, others, colour) => {
    const environment = { FORCE_COLOR: forced, ...others };
    expect(createOutput(surroundings(false, environment), false).colour).toBe(colour);
  });

  it('is text, or with --json a document whose text is never made', () => {
    const around = surroundings(false);
    createOutput(around, false).show({ a: 1 }, () => 'text\n');
    createOutput(around, true).show({ a: 1 }, () => {
      throw new Error('made');
    });
    expect(around.stdout.written).toEqual(['text\n', '{\n  "a": 1\n}\n']);
  });
});

describe('standard error', () => {
  it('has bars on a terminal', async () => {
    const around = surroundings(true);
    const context = createContext(around, false, signal, new Set());
    await context.phase('Push', async () => {
      context.progress.start('layer a', 100);
      around.clock.pass(1);
    });
    expect(around.stderr.written.join('')).toMatch(/^Push\n {2}layer a +\[-+\]/);
  });

  it.each([
    ['that is no terminal', false, {}],
    ['of a dumb terminal', true, { TERM: 'dumb' }],
  ])('%s has lines without escape sequences', async (_, isTTY, environment) => {
    const around = surroundings(isTTY, environment);
    const context = createContext(around, false, signal, new Set());
    await context.phase('Push', async () => {
      const task = context.progress.start('layer a', 100);
      around.clock.pass(6);
      task.advance(100);
      task.done();
    });
    expect(around.stderr.written).toEqual([
      'Push\n',
      '  layer a: 0 B of 100 B\n',
      '  1 done, 100 B in 6.00 s, 17 B/s\n',
    ]);
  });

  it('ends the display of a phase that fails', async () => {
    const around = surroundings(false);
    const context = createContext(around, false, signal, new Set());
    const failing = context.phase('Push', async () => {
      context.progress.start('layer a', 100);
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    expect(around.clock.waiting).toBe(0);
  });

  it('is silent where it was asked to be', async () => {
    const around = surroundings(true);
    const context = createContext(around, true, signal, new Set());
    await context.phase('Push', async () => context.progress.start('layer a').done());
    context.notice('no baseline');
    expect(around.stderr.written).toEqual([]);
  });

  it('shows notices without secrets and control characters', () => {
    const around = surroundings(false);
    const secrets = new Set<string>();
    const context = createContext(around, false, signal, secrets);
    context.onSecret('s3cr3t');
    context.notice('tried again: \x1b[2Jtoken s3cr3t\nrefused');
    expect(around.stderr.written).toEqual(['tried again: token *** refused\n']);
  });
});
