import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DockerConfig } from '../../../src/content/registry/docker-config.ts';
import { dockerConfig } from './client.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const find = (config: unknown, host: string) => new DockerConfig(dockerConfig(config)).credentials(host);

describe('auths', () => {
  test('auth is the base64 of user and password, which may hold colons', async () => {
    const found = await find({ auths: { 'ghcr.io': { auth: encoded('me:pass:word') } } }, 'ghcr.io');
    expect(found).toMatchObject({ username: 'me', password: 'pass:word' });
    expect(found?.origin).toMatch(/^"ghcr\.io" in auths of .*config\.json$/);
  });

  test('username and password may stand in the clear', async () => {
    const found = await find({ auths: { 'ghcr.io': { username: 'me', password: 'pw' } } }, 'ghcr.io');
    expect(found).toMatchObject({ username: 'me', password: 'pw' });
  });

  test('identity and registry tokens are found', async () => {
    const auths = {
      a: { auth: encoded('00000000:'), identitytoken: 'refresh' },
      b: { registrytoken: 'access' },
    };
    expect(await find({ auths }, 'a')).toMatchObject({ username: '00000000', identityToken: 'refresh' });
    expect(await find({ auths }, 'b')).toMatchObject({ registryToken: 'access' });
  });

  test.each([
    ['https://index.docker.io/v1/', 'docker.io'],
    ['index.docker.io', 'docker.io'],
    ['https://registry.example:5000/v2/', 'registry.example:5000'],
    ['http://registry.example', 'registry.example'],
    ['registry.example/team', 'registry.example'],
  ])('the key %s is that of %s', async (key, host) => {
    expect(await find({ auths: { [key]: { auth: encoded('me:pw') } } }, host)).toMatchObject({
      password: 'pw',
    });
  });

  test('the exact key is preferred to one that only names the same host', async () => {
    const auths = {
      'https://a.example/v1/': { auth: encoded('old:1') },
      'a.example': { auth: encoded('new:2') },
    };
    expect(await find({ auths }, 'a.example')).toMatchObject({ username: 'new' });
  });

  test('another port is another registry, and an empty entry is none', async () => {
    expect(
      await find({ auths: { 'a.example:5000': { auth: encoded('me:pw') } } }, 'a.example'),
    ).toBeUndefined();
    expect(await find({ auths: { 'a.example': {} } }, 'a.example')).toBeUndefined();
  });

  test('no file at all means no credentials', async () => {
    expect(await new DockerConfig(mkdtempSync(join(tmpdir(), 'none-'))).credentials('a')).toBeUndefined();
  });

  test.each([
    ['{"auths": {"a": {"auth": "canary-SECRET', 'not JSON'],
    ['{"auths": {"a": {"auth": "canary-SECRET"}}}', 'not base64 of user:password'],
    ['["canary-SECRET"]', 'not an object'],
  ])('a broken file is named, and not quoted: %# %s', async (content) => {
    const error = await find(content, 'a').catch((reason) => reason);
    expect(error).toMatchObject({ code: 'bad-docker-config', kind: 'input' });
    expect(inspect(error, { depth: 10 })).not.toContain('canary-SECRET');
  });
});

describe('helpers', () => {
  const path = process.env.PATH;
  const bin = mkdtempSync(join(tmpdir(), 'helpers-'));
  const helper = (name: string, script: string): void => {
    const file = join(bin, `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  };
  beforeAll(() => {
    process.env.PATH = `${bin}${delimiter}${path}`;
    // Answers with what it was asked: the command as user, the server as password.
    helper('echo', 'read server; printf \'{"ServerURL":"x","Username":"%s","Secret":"%s"}\' "$1" "$server"');
    helper('token', 'printf \'{"Username":"<token>","Secret":"refresh"}\'');
    helper('unknowing', 'echo "credentials not found in native keychain"; exit 1');
    helper('failing', 'echo canary-SECRET; echo canary-SECRET >&2; exit 3');
    helper('babbling', 'echo canary-SECRET');
  });
  afterAll(() => {
    process.env.PATH = path;
  });

  test('the helper of the host is asked for it by "get" and the server on stdin', async () => {
    const config = { credHelpers: { 'a.example': 'echo' }, credsStore: 'failing' };
    expect(await find(config, 'a.example')).toMatchObject({ username: 'get', password: 'a.example' });
  });

  test("the store is asked for everything else, by Docker Hub's old address for Docker Hub", async () => {
    const config = { credHelpers: { 'a.example': 'failing' }, credsStore: 'echo' };
    expect(await find(config, 'docker.io')).toMatchObject({ password: 'https://index.docker.io/v1/' });
  });

  test('the user <token> marks an identity token', async () => {
    expect(await find({ credsStore: 'token' }, 'a')).toEqual({
      identityToken: 'refresh',
      origin: 'docker-credential-token',
    });
  });

  test('what the store does not know may stand in auths', async () => {
    const config = { credsStore: 'unknowing', auths: { a: { auth: encoded('me:pw') } } };
    expect(await find(config, 'a')).toMatchObject({ password: 'pw' });
    expect(await find({ credsStore: 'unknowing' }, 'a')).toBeUndefined();
  });

  test.each([
    ['failing', 'failed (3)'],
    ['babbling', 'gave no JSON object'],
    ['absent', 'is not installed'],
    ['../../bin/sh', 'is not the name of a program'],
  ])('the helper %s is named, its output is not quoted', async (name, what) => {
    const error = await find({ credHelpers: { a: name } }, 'a').catch((reason) => reason);
    expect(error).toMatchObject({ code: 'credential-helper', message: expect.stringContaining(what) });
    expect(error.message).toContain(`docker-credential-${name}`);
    expect(inspect(error, { depth: 10 })).not.toContain('canary-SECRET');
  });
});
