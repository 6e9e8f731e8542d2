import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeImage } from './images.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pull-budget-main-'));
  await writeImage(join(folder, 'image'), 'v1', [{ architecture: 'amd64', layers: ['a'.repeat(1000), 'b'] }]);
});
afterAll(() => rm(folder, { recursive: true }));

type Child = ChildProcessByStdio<null, Readable, Readable>;

function start(...args: string[]): Child {
  return spawn(process.execPath, [main, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function end(child: Child) {
  const exit = once(child, 'exit');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = await exit;
  return { code, signal, out, err };
}

const call = (...args: string[]) => end(start(...args));

describe('the program', () => {
  it('tells its version and its help, and refuses to do nothing', async () => {
    const [version, short, help, nothing] = await Promise.all([
      call('--version'),
      call('-v'),
      call('--help'),
      call(),
    ]);
    expect(short).toEqual(version);
    expect(version).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^pull-budget \d+\.\d+\.\d+\n$/),
      err: '',
    });
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(nothing).toMatchObject({ code: 2, out: '', err: help.out });
  });

  it('exits 2 with a message for what it does not know', async () => {
    expect(await call('inspekt')).toMatchObject({
      code: 2,
      out: '',
      err: 'error: "inspekt" is not a command\nDid you mean "inspect"?\n',
    });
  });

  it('exits 3 where a registry cannot be reached', async () => {
    // Port 1 of loopback: nobody listens, and the kernel says so at once.
    const { code, err } = await call('inspect', '127.0.0.1:1/a:b', '--attempts', '1');
    expect(code).toBe(3);
    expect(err).toMatch(/^error: /);
  });

  it('prints one JSON document and nothing else', async () => {
    const { code, out, err } = await call('inspect', 'oci:image:v1', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out).image.name).toBe('oci:image:v1');
  });

  it('prints one JSON document also where it fails', async () => {
    const [unknown, absent] = await Promise.all([
      call('inspect', 'oci:image:v1', '--jsn', '--json'),
      call('inspect', 'oci:image:v9', '--json'),
    ]);
    expect(JSON.parse(unknown.out).error).toMatchObject({ code: 'unknown-flag', exitCode: 2 });
    const { error } = JSON.parse(absent.out);
    expect(error).toMatchObject({ kind: 'input', code: 'not-found', exitCode: absent.code });
    expect(absent.err).toContain(`error: ${error.message}\n`);
  });

  it('adds no second document to one that is out already', async () => {
    const { code, out, err } = await call(
      ...['run', 'oci:image:v1', '--runs', '0', '--json', '--report', 'image/index.json/report.json'],
    );
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('cannot be written') });
    expect(JSON.parse(out).image.name).toBe('oci:image:v1');
  });

  it('takes it well when nobody reads on', async () => {
    const child = start('inspect', 'oci:image:v1');
    child.stdout.destroy();
    const [[code, signal], err] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
    expect({ code, signal, err }).toEqual({ code: 0, signal: null, err: '' });
  });

  it.each([[['inspect', 'oci:image:v1']], [['inspect', 'oci:image:v1', '--json']], [['--version']]])(
    'exits 3 with one line where its output finds no space: %j',
    async (args) => {
      const full = await open('/dev/full', 'w');
      try {
        const child = spawn(process.execPath, [main, ...args], {
          cwd: folder,
          stdio: ['ignore', full.fd, 'pipe'],
        });
        const [[code], err] = await Promise.all([
          once(child, 'exit'),
          text(child.stderr as unknown as Readable),
        ]);
        const line = 'error: standard output cannot be written: no space is left (ENOSPC)\n';
        expect({ code, err }).toEqual({ code: 3, err: line });
      } finally {
        await full.close();
      }
    },
  );
});

describe('serve', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('serves until %s, then ends well', async (signal) => {
    const child = start('serve', 'image', '--port', '0', '--read-only', '--json');
    const ended = end(child);
    const { url } = JSON.parse(String((await once(child.stdout, 'data'))[0]));
    const answer = await fetch(new URL('/v2/any/tags/list', url));
    expect(await answer.json()).toMatchObject({ tags: expect.arrayContaining(['v1']) });
    child.kill(signal);
    expect(await ended).toMatchObject({
      code: 0,
      signal: null,
      err: expect.not.stringMatching(/interrupted|error/),
    });
  });

  it('says by which names clients find what is there', async () => {
    const child = start('serve', 'image', '--port', '0', '--read-only');
    const ended = end(child);
    const [first] = await once(child.stdout, 'data');
    expect(String(first)).toMatch(
      /^Serving image at (127\.0\.0\.1:\d+)\. Ctrl-C ends it\.\n( {2}\1\/\S+\n)* {2}\1\/image:v1\n/,
    );
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0 });
  });
});
