import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';
import type { ByteStream } from '../bytes.ts';
import { infrastructureError, inputError, PullBudgetError } from '../error.ts';
import { isDigest } from '../image/digest.ts';
import { onDisk } from './io-error.ts';
import { fullName } from './layout-index.ts';
import { collect } from './verify.ts';

/** The variables that docker itself reads. https://docs.docker.com/reference/cli/docker/#environment-variables */
export interface DockerEnvironment {
  readonly [name: string]: string | undefined;
}

/** The daemon prepares a whole image before the first byte comes, and answers a load when it is unpacked. */
const patienceMs = 30 * 60_000;
const maxMessageBytes = 16 * 1024 * 1024;

/** The part of the docker API that moves images. https://docs.docker.com/reference/api/engine/version/v1.45/ */
export class DockerApi {
  readonly #host: string;
  readonly #origin: string;
  readonly #agent: Agent;

  private constructor(host: string, origin: string, connect: NonNullable<Agent.Options['connect']>) {
    this.#host = host;
    this.#origin = origin;
    this.#agent = new Agent({ connect, headersTimeout: patienceMs, bodyTimeout: patienceMs });
  }

  /** @throws PullBudgetError `bad-docker-host`, and for missing certificates `disk-failed` */
  static async connect(environment: DockerEnvironment): Promise<DockerApi> {
    const host = environment.DOCKER_HOST || 'unix:///var/run/docker.sock';
    const [, scheme, address] = /^(unix|tcp):\/\/(.+)$/.exec(host) ?? [];
    if (scheme === undefined || address === undefined) {
      throw inputError('bad-docker-host', `DOCKER_HOST "${host}" is no address that can be used here`, {
        hint: 'Write unix:///path/of/docker.sock or tcp://host:port.',
      });
    }
    if (scheme === 'unix') return new DockerApi(host, 'http://docker', { socketPath: address });
    if (!environment.DOCKER_TLS_VERIFY) return new DockerApi(host, `http://${address}`, {});
    const folder = environment.DOCKER_CERT_PATH || join(homedir(), '.docker');
    const pem = (name: string) => onDisk(join(folder, name), () => readFile(join(folder, name)));
    const [ca, cert, key] = await Promise.all([pem('ca.pem'), pem('cert.pem'), pem('key.pem')]);
    return new DockerApi(host, `https://${address}`, { ca, cert, key });
  }

  /** @throws PullBudgetError `no-daemon` */
  async ping(): Promise<void> {
    await (await this.#request('GET', '/_ping')).body.dump();
  }

  /** The archive of an image. @throws PullBudgetError `not-found`, `no-daemon`, `docker-failed` */
  async save(name: string): Promise<ByteStream> {
    // Without a tag docker saves all of a repository's images.
    const asked = isDigest(name) ? name : (fullName(name) ?? name);
    const image = await this.#request('GET', `/images/${encodeURIComponent(asked)}/json`);
    if (image.statusCode === 404) {
      await image.body.dump();
      throw inputError('not-found', `the docker daemon at ${this.#host} has no image "${name}"`, {
        hint: 'See "docker images" for what it has.',
      });
    }
    await this.#succeeded(image, `looking up "${name}"`);
    await image.body.dump();
    const saved = await this.#request('GET', `/images/get?names=${encodeURIComponent(asked)}`);
    await this.#succeeded(saved, `saving "${name}"`);
    return this.#received(saved.body);
  }

  /** Loads an archive of images. @throws PullBudgetError `docker-failed`, `no-daemon` */
  async load(archive: ByteStream): Promise<void> {
    const loaded = await this.#request('POST', '/images/load?quiet=1', archive);
    await this.#succeeded(loaded, 'loading the image');
    const said = await collect(this.#received(loaded.body), maxMessageBytes, `docker at ${this.#host}`);
    // Status 200 is sent before the work is done: what went wrong stands among the messages.
    for (const line of said.toString().split('\n')) {
      const message = textIn(line, 'error');
      if (message !== undefined) throw this.#failed('loading the image', message);
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #request(method: 'GET' | 'POST', path: string, body?: ByteStream): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#agent.request({
        origin: this.#origin,
        method,
        path,
        ...(body
          ? { body: body as unknown as Readable, headers: { 'content-type': 'application/x-tar' } }
          : {}),
      });
    } catch (cause) {
      if (cause instanceof PullBudgetError) throw cause;
      throw infrastructureError('no-daemon', `no docker daemon answers at ${this.#host}: ${reason(cause)}`, {
        hint: 'Start docker, or say with DOCKER_HOST where it is; your user needs access to its socket.',
        cause,
      });
    }
  }

  async *#received(body: ByteStream): ByteStream {
    try {
      yield* body;
    } catch (cause) {
      throw this.#failed('its answer', reason(cause), cause);
    }
  }

  async #succeeded(response: Dispatcher.ResponseData, doing: string): Promise<void> {
    if (response.statusCode < 300) return;
    const body = await collect(this.#received(response.body), maxMessageBytes, `docker at ${this.#host}`);
    throw this.#failed(doing, textIn(body.toString(), 'message') ?? `status ${response.statusCode}`);
  }

  #failed(doing: string, message: string, cause?: unknown): PullBudgetError {
    return infrastructureError('docker-failed', `docker at ${this.#host}: ${doing} failed: ${message}`, {
      hint: 'The log of the docker daemon may tell more.',
      cause,
    });
  }
}

/** A text of a JSON object, if it is one that has it. */
function textIn(text: string, name: 'message' | 'error'): string | undefined {
  try {
    const value: unknown = JSON.parse(text)[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error
    ? cause.message || ((cause as NodeJS.ErrnoException).code ?? '')
    : String(cause);
}
