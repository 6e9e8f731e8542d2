import type { Digest } from '../image/digest.ts';
import type { Authorizer } from './auth.ts';
import type { Answer, Authorization, Http } from './http.ts';

/** One repository of one registry: where its endpoints are, and what may be done there with which authorization. */
export class Repository {
  readonly host: string;
  readonly name: string;
  readonly http: Http;
  readonly pull: Authorization;
  readonly push: Authorization;
  readonly #origin: string;
  readonly #auth: Authorizer;

  constructor(host: string, name: string, origin: string, http: Http, auth: Authorizer) {
    this.host = host;
    this.name = name;
    this.http = http;
    this.#origin = origin;
    this.#auth = auth;
    this.pull = auth.scoped(`repository:${name}:pull`);
    this.push = auth.scoped(`repository:${name}:pull,push`);
  }

  /** For messages, and as references begin. */
  get location(): string {
    return `${this.host}/${this.name}`;
  }

  /** Pushing here what is taken over from another repository needs a token for both. */
  pushFrom(other: string): Authorization {
    return this.#auth.scoped(`repository:${this.name}:pull,push`, `repository:${other}:pull`);
  }

  manifest(reference: string): URL {
    return this.#url(`manifests/${reference}`);
  }

  blob(digest: Digest): URL {
    return this.#url(`blobs/${digest}`);
  }

  uploads(query = ''): URL {
    return this.#url(`blobs/uploads/${query}`);
  }

  tagList(): URL {
    return this.#url('tags/list');
  }

  referrers(digest: Digest, query = ''): URL {
    return this.#url(`referrers/${digest}${query}`);
  }

  /** The next page of a list, by the Link header of this one: on this registry, whatever host it names. */
  nextPage(page: Answer): URL | undefined {
    const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(page.header('link') ?? '')?.[1];
    const url = target === undefined ? null : URL.parse(target, page.url.href);
    return url === null ? undefined : new URL(url.pathname + url.search, this.#origin);
  }

  #url(path: string): URL {
    return new URL(`/v2/${this.name}/${path}`, this.#origin);
  }
}
