import { inputError } from '../error.ts';
import { isObject } from '../image/descriptor.ts';
import { type Challenge, chooseChallenge, mergeScopes, parseChallenges } from './challenge.ts';
import { isLoopback } from './connection.ts';
import type { Credentials, DockerConfig } from './docker-config.ts';
import { RegistryFailure } from './failure.ts';
import { type Authorization, type Http, type Request, redirects } from './http.ts';
import type { Clock } from './retry.ts';
import type { Secrets } from './secrets.ts';

export interface AuthOptions {
  /** As in references: `docker.io`, and what `docker login` is told. */
  readonly host: string;
  readonly origin: string;
  readonly http: Http;
  readonly config: DockerConfig;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly renewAt: number;
}

/** Where a server says nothing, a token is good for a minute. https://distribution.github.io/distribution/spec/auth/token/ */
const defaultTokenSeconds = 60;
const maxTokenAnswer = 1024 * 1024;
/** What a registry's token server answers where it does not know POST, as containerd found them out. */
const noPost = [400, 401, 404, 405];

/** Logs in to one registry as its challenges ask for, with docker's credentials, and keeps tokens until they age. */
export class Authorizer {
  readonly #options: AuthOptions;
  #challenge: Challenge | undefined;
  #credentials: Promise<Credentials | undefined> | undefined;
  readonly #tokens = new Map<string, Promise<Token>>();
  /** Scopes that challenges named beyond those that we asked for. */
  readonly #asked = new Map<string, readonly string[]>();

  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /** Authorizes requests that need these scopes: `repository:acme/app:pull`. */
  scoped(...scopes: string[]): Authorization {
    return {
      header: (url) => this.#header(url, scopes),
      challenged: (url, challenges, used) => this.#challenged(url, challenges, used, scopes),
      advice: () => this.#advice(),
    };
  }

  async #header(url: URL, scopes: readonly string[]): Promise<string | undefined> {
    if (url.origin !== this.#options.origin || this.#challenge === undefined) return undefined;
    return this.#challenge.scheme === 'basic' ? this.#basic() : this.#bearer(this.#challenge, scopes);
  }

  async #challenged(
    url: URL,
    headers: readonly string[],
    used: string | undefined,
    scopes: readonly string[],
  ): Promise<boolean> {
    // A refusal that names no challenge is of what the last one asked for.
    const challenge = chooseChallenge(parseChallenges(headers)) ?? this.#challenge;
    if (url.origin !== this.#options.origin || challenge === undefined) return false;
    this.#challenge = challenge;
    const key = scopes.join(' ');
    const named = challenge.parameters.scope?.split(' ').filter(Boolean) ?? [];
    const merged = mergeScopes([...scopes, ...(this.#asked.get(key) ?? []), ...named]);
    const widened = merged.join(' ') !== mergeScopes(this.#asked.get(key) ?? scopes).join(' ');
    this.#asked.set(key, merged);
    // Another request may have renewed it in the meantime.
    if (!widened && (await this.#header(url, scopes)) !== used) return true;
    this.#tokens.delete(key);
    if (challenge.scheme === 'basic') this.#credentials = undefined;
    return (await this.#header(url, scopes)) !== used;
  }

  async #advice(): Promise<string> {
    const { host, config } = this.#options;
    const login = `docker login${host === 'docker.io' ? '' : ` ${host}`}`;
    const credentials = await this.#find();
    return credentials === undefined
      ? `No credentials for ${host} are in ${config.path}: run ${login}. A repository that does not exist is often refused too.`
      : `It was asked with the credentials of ${credentials.origin}; check what they may do, or run ${login}.`;
  }

  #find(): Promise<Credentials | undefined> {
    this.#credentials ??= this.#load();
    return this.#credentials;
  }

  async #load(): Promise<Credentials | undefined> {
    const { config, host, secrets } = this.#options;
    const found = await config.credentials(host);
    for (const secret of [found?.password, found?.identityToken, found?.registryToken]) {
      if (secret !== undefined) secrets.add(secret);
    }
    return found;
  }

  async #basic(): Promise<string | undefined> {
    const credentials = await this.#find();
    return credentials === undefined ? undefined : this.#basicHeader(credentials);
  }

  #basicHeader({ username, password, identityToken }: Credentials): string | undefined {
    const secret = password ?? identityToken;
    if (secret === undefined) return undefined;
    const encoded = Buffer.from(`${username ?? '<token>'}:${secret}`).toString('base64');
    return `Basic ${this.#options.secrets.add(encoded)}`;
  }

  async #bearer(challenge: Challenge, scopes: readonly string[]): Promise<string> {
    const key = scopes.join(' ');
    const held = this.#tokens.get(key);
    if (held !== undefined) {
      const token = await held;
      if (this.#options.clock.now() < token.renewAt) return `Bearer ${token.value}`;
    }
    // One request for all that wait for the same token.
    if (this.#tokens.get(key) === held) {
      const fresh = this.#fetchToken(challenge, this.#asked.get(key) ?? scopes);
      this.#tokens.set(key, fresh);
      fresh.catch(() => {
        if (this.#tokens.get(key) === fresh) this.#tokens.delete(key);
      });
    }
    return `Bearer ${(await (this.#tokens.get(key) as Promise<Token>)).value}`;
  }

  async #fetchToken(challenge: Challenge, scopes: readonly string[]): Promise<Token> {
    const credentials = await this.#find();
    if (credentials?.registryToken !== undefined) {
      return { value: credentials.registryToken, renewAt: Number.POSITIVE_INFINITY };
    }
    const realm = this.#realm(challenge);
    const service = challenge.parameters.service;
    if (credentials?.identityToken !== undefined) {
      try {
        return await this.#request(oauthRequest(realm, service, scopes, credentials.identityToken));
      } catch (error) {
        if (!(error instanceof RegistryFailure) || !noPost.includes(error.status ?? 0)) throw error;
      }
    }
    return await this.#request(this.#tokenRequest(realm, service, scopes, credentials));
  }

  /** The token server, which will see the credentials: never in the clear, unless the registry itself is. */
  #realm({ parameters }: Challenge): URL {
    const { host, origin } = this.#options;
    const realm = URL.parse(parameters.realm ?? '');
    if (realm?.protocol === 'https:') return realm;
    if (realm?.protocol === 'http:' && (origin.startsWith('http:') || isLoopback(realm.hostname)))
      return realm;
    throw inputError('unauthorized', `${host} names no token server that credentials can be sent to`, {
      hint: 'Its challenge must hold a realm with https; the registry is not set up right.',
    });
  }

  #tokenRequest(
    realm: URL,
    service: string | undefined,
    scopes: readonly string[],
    credentials: Credentials | undefined,
  ): Request {
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    for (const scope of scopes) url.searchParams.append('scope', scope);
    if (credentials?.username !== undefined) url.searchParams.set('account', credentials.username);
    const header = credentials === undefined ? undefined : this.#basicHeader(credentials);
    return {
      method: 'GET',
      url,
      subject: `token for ${scopes.join(' ')}`,
      expects: [200],
      authorization: {
        header: async (to) => (to.origin === url.origin ? header : undefined),
        challenged: async () => false,
        advice: () => this.#advice(),
      },
    };
  }

  async #request(request: Request): Promise<Token> {
    const { http, host, clock, secrets } = this.#options;
    const bad = (): Error =>
      inputError('unauthorized', `${request.url.host}, the token server of ${host}, gave no usable token`, {
        hint: 'The registry is not set up right; ask who runs it.',
      });
    // The request that waits for the token is tried again as a whole.
    const { bytes } = await http.fetchOnce(request, maxTokenAnswer, bad);
    let answer: unknown;
    try {
      answer = JSON.parse(bytes.toString());
    } catch {
      // No cause: the parser's message quotes the answer, and with it perhaps a token.
    }
    if (!isObject(answer)) throw bad();
    const value = answer.token || answer.access_token;
    if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw bad();
    const seconds = typeof answer.expires_in === 'number' ? answer.expires_in : defaultTokenSeconds;
    // Somewhat early: it must not age on its way.
    return { value: secrets.add(value), renewAt: clock.now() + seconds * 900 };
  }
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ A redirect would take the refresh token to others. */
function oauthRequest(
  realm: URL,
  service: string | undefined,
  scopes: readonly string[],
  refreshToken: string,
): Request {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'pull-budget',
    scope: scopes.join(' '),
    refresh_token: refreshToken,
    ...(service === undefined ? {} : { service }),
  });
  return {
    method: 'POST',
    url: realm,
    subject: `token for ${scopes.join(' ')}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: () => Buffer.from(form.toString()),
    expects: [200, ...redirects],
  };
}
