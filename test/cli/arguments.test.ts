import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import type { PullBudgetError } from '../../src/content/error.ts';

function call(...args: string[]) {
  const request = parseArguments(args);
  if (request.kind !== 'command') throw new Error(request.kind);
  return request;
}

function refusal(...args: string[]): PullBudgetError {
  try {
    parseArguments(args);
  } catch (error) {
    return error as PullBudgetError;
  }
  throw new Error('nothing was refused');
}

describe('a command line', () => {
  it('takes values behind a space or an equals sign, wherever flags stand', () => {
    const { command, written } = call('run', '--runs', '5', 'oci:x', '--baseline=nginx:1', '--seed=2');
    expect(command.name).toBe('run');
    expect(written).toEqual({ runs: ['5'], baseline: ['nginx:1'], seed: ['2'], image: 'oci:x' });
  });

  it('keeps every value of a flag that is repeated', () => {
    expect(call('run', '--tags', 'a/b', '--tags=c/d').written.tags).toEqual(['a/b', 'c/d']);
  });

  it('switches on and off', () => {
    expect(call('run', '--push').written.push).toEqual(['true']);
    expect(call('run', '--push', '--no-push').written.push).toEqual(['true', 'false']);
    expect(call('run', '--push=false').written.push).toEqual(['false']);
    expect(call('run', '--json').flags.json).toBe(true);
    expect(call('run', '--json', '--no-json').flags.json).toBe(false);
    expect(call('run', '-q').flags.quiet).toBe(true);
  });

  it('names arguments: settings as such, others for the command', () => {
    expect(call('diff', 'a', 'b').written).toEqual({ baseline: 'a', image: 'b' });
    expect(call('copy', 'a', 'b').positionals).toEqual({ SRC: 'a', DST: 'b' });
    expect(call('gate').written).toEqual({});
  });

  it('takes what follows -- as an argument, whatever it looks like', () => {
    expect(call('inspect', '--', '--json').written.image).toBe('--json');
  });

  it('types the flags that are no settings, with defaults', () => {
    expect(call('serve', 'x', '--port', '0', '--read-only').flags).toMatchObject({
      host: '127.0.0.1',
      port: 0,
      'read-only': true,
      force: false,
    });
  });

  it('means by --report what to judge in gate, and where to write in run', () => {
    expect(call('gate', '--report', 'r.json')).toMatchObject({ flags: { report: 'r.json' }, written: {} });
    const run = call('run', '--report', 'r.json');
    expect(run.written.report).toEqual(['r.json']);
    expect(run.flags.report).toBeUndefined();
  });

  it('takes a value that begins with a dash where no flag looks like it', () => {
    const suffixed = call('index', 'a:1', '--soci-tag-suffix', '-soci', '--prefetch', '/a,b');
    expect(suffixed.written).toEqual({ 'soci-tag-suffix': ['-soci'], prefetch: ['/a,b'] });
    expect(suffixed.positionals).toEqual({ SRC: 'a:1' });
  });

  it('asks for help or the version', () => {
    expect(parseArguments(['--version']).kind).toBe('version');
    expect(parseArguments([])).toEqual({ kind: 'nothing' });
    for (const args of [['--help'], ['-h'], ['help']])
      expect(parseArguments(args)).toEqual({ kind: 'help', command: undefined });
    for (const args of [
      ['copy', '--help'],
      ['copy', 'a', '-h'],
      ['help', 'copy'],
    ])
      expect(parseArguments(args)).toMatchObject({ kind: 'help', command: { name: 'copy' } });
  });
});

describe('a mistake on a command line', () => {
  it.each([
    [['copi', 'a'], 'unknown-command', '"copi" is not a command', 'Did you mean "copy"?'],
    [['frobnicate'], 'unknown-command', '"frobnicate" is not a command', 'Known: run, copy,'],
    [['--json', 'inspect'], 'unknown-flag', '--json comes before any command', 'Write the command first'],
    [
      ['inspect', 'a', '--platfrom', 'x'],
      'unknown-flag',
      '--platfrom is not a flag of inspect',
      '"--platforms"?',
    ],
    [['inspect', 'a', '--tags=x'], 'unknown-flag', '--tags is not a flag of inspect', 'It is one of run.'],
    [['inspect', 'a', '--waivers=x'], 'unknown-flag', '--waivers is not a flag', 'Known: '],
    [
      ['inspect', 'a', '-x'],
      'unknown-flag',
      '-x is not a flag of inspect',
      'See pull-budget inspect --help.',
    ],
    [['inspect', 'a', '--no-attempts'], 'unknown-flag', '--no-attempts is not a flag', '"--attempts"?'],
    [['inspect'], 'bad-arguments', 'inspect needs IMAGE', 'Usage: pull-budget inspect IMAGE [flags]'],
    [['copy', 'a'], 'bad-arguments', 'copy needs DST', 'Usage: pull-budget copy SRC DST'],
    [['copy', 'a', 'b', 'c'], 'bad-arguments', '"c" is one argument too many', 'Usage: '],
    [['run', '--runs'], 'bad-arguments', '--runs needs a value: a whole number', 'Usage: '],
    [['run', '--report', '-q'], 'bad-arguments', '--report needs a value', 'Usage: '],
    [['run', '--report', '--json'], 'bad-arguments', '--report needs a value', 'Usage: '],
    [['run', '--no-push=x'], 'bad-arguments', '--no-push takes no value', 'Usage: '],
    [['serve', 'x', '--port', '99999'], 'bad-setting', '--port: 99999 is not valid', 'from 0 to 65535'],
    [['run', '--json=maybe'], 'bad-setting', '--json: "maybe" is not valid', 'true or false'],
  ])('is told with what to do: %j', (args, code, message, hint) => {
    const error = refusal(...args);
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });
});
