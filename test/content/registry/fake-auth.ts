import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a request is answered with instead of what it asked for. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** The answer's body ends after so many bytes, with the connection. */
  | { readonly cutAfter: number }
  /** The answer's body has a wrong byte. */
  | { readonly corrupt: true }
  /** The connection ends after so many bytes of the request's body, without an answer. */
  | { readonly hangUpAfter: number };

export interface Seen {
  readonly at: 'registry' | 'token' | 'storage';
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The body of a request to the token server. */
  form?: URLSearchParams;
}

export interface FakeAuthOptions {
  readonly auth?: 'none' | 'basic' | 'bearer';
  readonly user?: string;
  readonly password?: string;
  /** Bearer tokens are refused after so many uses. */
  readonly tokenUses?: number;
  readonly tokenAnswer?: (token: string) => unknown;
  /** The refresh token that the token server takes by POST; without it POST is not known. */
  readonly identityToken?: string;
}

const repositoryOf = (path: string): string | undefined =>
  /^\/v2\/(.*?)\/(?:manifests|blobs|tags|referrers)\//.exec(path)?.[1];

/** Who may do what at a fake registry, and the token server that says so. */
export class FakeAuth {
  readonly #options: FakeAuthOptions;
  readonly #issued = new Set<string>();
  readonly #uses = new Map<string, number>();

  constructor(options: FakeAuthOptions) {
    this.#options = options;
  }

  get #basic(): string {
    const { user, password } = this.#options;
    return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }

  allows({ headers, method, path }: Seen): boolean {
    const { auth = 'none', tokenUses = Number.POSITIVE_INFINITY } = this.#options;
    const given = headers.authorization ?? '';
    if (auth === 'none') return true;
    if (auth === 'basic') return given === this.#basic;
    const token = given.replace(/^Bearer /, '');
    const uses = (this.#uses.get(token) ?? 0) + 1;
    this.#uses.set(token, uses);
    const needed = method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
    const granted = decodeURIComponent(token.split('.')[1] ?? '').split(' ');
    const scope = granted.find((each) => each.startsWith(`repository:${repositoryOf(path)}:`));
    const actions = scope?.split(':').at(-1)?.split(',') ?? [];
    return this.#issued.has(token) && uses <= tokenUses && actions.includes(needed);
  }

  challenge({ path }: Seen, tokenOrigin: string, response: ServerResponse): void {
    const challenge =
      this.#options.auth === 'basic'
        ? 'Basic realm="fake"'
        : `Bearer realm="${tokenOrigin}/token",service="fake",scope="repository:${repositoryOf(path)}:pull"`;
    refuse(response, 401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
  }

  async token(seen: Seen, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { user, identityToken, tokenAnswer } = this.#options;
    let scopes = seen.query.getAll('scope');
    if (seen.method === 'POST') {
      seen.form = new URLSearchParams((await read(request)).toString());
      if (identityToken === undefined) return refuse(response, 404, 'UNKNOWN', 'no such page');
      if (seen.form.get('refresh_token') !== identityToken) {
        return refuse(response, 401, 'UNAUTHORIZED', 'bad refresh token');
      }
      scopes = (seen.form.get('scope') ?? '').split(' ');
    } else if (user !== undefined && seen.headers.authorization !== this.#basic) {
      return refuse(response, 401, 'UNAUTHORIZED', 'incorrect username or password');
    }
    const token = `token-${randomUUID()}.${encodeURIComponent(scopes.join(' '))}`;
    this.#issued.add(token);
    const answer = tokenAnswer?.(token) ?? { token, expires_in: 300 };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }
}

export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

export async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
