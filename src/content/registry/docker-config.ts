import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inputError } from '../error.ts';
import { isObject, type JsonObject } from '../image/descriptor.ts';

/** What docker's configuration holds for one registry. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** A refresh token: it is given to the token server for access tokens. */
  readonly identityToken?: string;
  /** An access token, used as it is. */
  readonly registryToken?: string;
  /** For messages: `"ghcr.io" in auths of …/config.json`, `docker-credential-ecr-login`. */
  readonly origin: string;
}

/** Docker Hub's entry, from the days of its first API. */
const hubKey = 'https://index.docker.io/v1/';

/** docker's config.json. https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties */
export class DockerConfig {
  readonly path: string;

  /** @param directory as in DOCKER_CONFIG, which counts where it is undefined; else `~/.docker` */
  constructor(directory: string | undefined) {
    this.path = join(directory ?? (process.env.DOCKER_CONFIG || join(homedir(), '.docker')), 'config.json');
  }

  /**
   * What is configured for a registry: `credHelpers`, then `credsStore`, then `auths`.
   * Read anew each time: a helper's password may be good for some hours only.
   * @throws PullBudgetError `bad-docker-config`, `credential-helper`
   */
  async credentials(host: string): Promise<Credentials | undefined> {
    const config = await this.#read();
    const key = host === 'docker.io' ? hubKey : host;
    const helper = text(object(config.credHelpers)[key]) ?? text(config.credsStore);
    return (
      (helper === undefined ? undefined : await askHelper(helper, key)) ??
      this.#entry(object(config.auths), key)
    );
  }

  async #read(): Promise<JsonObject> {
    let content: string;
    try {
      content = await readFile(this.path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw inputError('bad-docker-config', `cannot read ${this.path}`, {
        hint: 'Check its permissions, or name another directory by DOCKER_CONFIG.',
        cause,
      });
    }
    try {
      const value: unknown = JSON.parse(content);
      if (isObject(value)) return value;
    } catch {
      // No cause: the parser's message quotes the file, and with it perhaps a password.
    }
    throw this.#bad('is not a JSON object');
  }

  #entry(auths: JsonObject, key: string): Credentials | undefined {
    const wanted = hostOf(key);
    const name = key in auths ? key : Object.keys(auths).find((each) => hostOf(each) === wanted);
    if (name === undefined) return undefined;
    const entry = object(auths[name]);
    const [username, password] = this.#decode(name, text(entry.auth)) ?? [
      text(entry.username),
      text(entry.password),
    ];
    const identityToken = text(entry.identitytoken);
    const registryToken = text(entry.registrytoken);
    // docker leaves an empty entry behind where a helper holds the password.
    if (!(username && password) && !identityToken && !registryToken) return undefined;
    return {
      ...(username ? { username } : {}),
      ...(password ? { password } : {}),
      ...(identityToken ? { identityToken } : {}),
      ...(registryToken ? { registryToken } : {}),
      origin: `"${name}" in auths of ${this.path}`,
    };
  }

  /** `auth` is base64 of `user:password`; old versions of docker padded it with zero bytes. */
  #decode(name: string, auth: string | undefined): [string, string] | undefined {
    if (!auth) return undefined;
    const decoded = Buffer.from(auth, 'base64').toString().replace(/\0+$/, '');
    const colon = decoded.indexOf(':');
    if (colon <= 0) throw this.#bad(`has an "auth" for "${name}" that is not base64 of user:password`);
    return [decoded.slice(0, colon), decoded.slice(colon + 1)];
  }

  #bad(what: string): Error {
    return inputError('bad-docker-config', `${this.path} ${what}`, {
      hint: 'Log in again (docker login), or name another directory by DOCKER_CONFIG.',
    });
  }
}

/** A key's host, as docker reads it: `https://host:port/v1/` and `host:port` are the same registry. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0] as string;
}

const object = (value: unknown): JsonObject => (isObject(value) ? value : {});
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/**
 * Asks `docker-credential-NAME get`; undefined where it knows nothing of the server.
 * https://github.com/docker/docker-credential-helpers#development
 */
async function askHelper(name: string, server: string): Promise<Credentials | undefined> {
  const program = `docker-credential-${name}`;
  const failed = (what: string, hint: string): Error =>
    inputError('credential-helper', `${program}, which docker's configuration names for ${server}, ${what}`, {
      hint,
    });
  if (!/^[\w.-]+$/.test(name)) {
    throw failed('is not the name of a program', 'Correct credHelpers or credsStore in config.json.');
  }
  const { code, output } = await run(program, server);
  if (code === 'ENOENT') {
    throw failed(
      'is not installed',
      'Install it, or take it out of credHelpers and credsStore in config.json.',
    );
  }
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(`failed (${code})`, `Try it by hand: echo ${server} | ${program} get`);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {}
  const { Username, Secret } = object(answer);
  const username = text(Username);
  const secret = text(Secret);
  if (secret === undefined) {
    if (isObject(answer)) return undefined;
    throw failed('gave no JSON object', `Try it by hand: echo ${server} | ${program} get`);
  }
  // https://github.com/docker/cli/blob/v28.5.0/cli/config/credentials/native_store.go: "<token>" marks an identity token.
  return username === '<token>'
    ? { identityToken: secret, origin: program }
    : { ...(username ? { username } : {}), password: secret, origin: program };
}

const helperTimeout = 60_000;
const longestHelperOutput = 1024 * 1024;

/** Exit code (or why there is none) and what it wrote, which may hold a secret: never quoted. */
function run(program: string, input: string): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], timeout: helperTimeout });
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => {
      output += chunk;
      if (output.length > longestHelperOutput) child.kill();
    });
    child.on('error', (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? 'error', output: '' }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal ?? 'killed', output }));
    // A helper that ends without reading is no error of ours.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
