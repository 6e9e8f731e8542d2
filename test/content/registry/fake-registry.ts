import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { FakeAuth, type FakeAuthOptions, type Fault, read, refuse, type Seen } from './fake-auth.ts';

export interface FakeOptions extends FakeAuthOptions {
  /** Blobs are served from another origin under signed addresses, each good for so many requests. */
  readonly storage?: { readonly signatureUses: number };
  /** false: the Range header is ignored. */
  readonly ranges?: boolean;
  /** `silent`: the API is there, and no OCI-Subject header (ECR). */
  readonly referrers?: 'full' | 'silent' | 'none';
  readonly filtersReferrers?: boolean;
  readonly pageSize?: number;
  readonly mounts?: boolean;
  readonly createsRepositories?: boolean;
  /** What a tag that exists is refused with. */
  readonly immutable?: { readonly status: number; readonly code: string; readonly message: string };
  readonly headTellsDigest?: boolean;
  readonly absoluteLocations?: boolean;
  readonly maxUpload?: number;
  readonly tls?: ServerOptions;
  /** Decides on each request, before anything else. */
  readonly fault?: (seen: Seen) => Fault | undefined;
}

/** As ECR answers, per its documentation and reports: no mount, no OCI-Subject, no repository on push, immutable tags by 400. */
export const ecr: FakeOptions = {
  auth: 'basic',
  user: 'AWS',
  referrers: 'silent',
  mounts: false,
  createsRepositories: false,
  absoluteLocations: true,
  immutable: {
    status: 400,
    code: 'TAG_INVALID',
    message:
      "The image tag '1' already exists and cannot be overwritten because the repository is immutable.",
  },
};

interface Stored {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const indexType = 'application/vnd.oci.image.index.v1+json';

/** A registry in memory that behaves as real ones do, down to their faults. */
export class FakeRegistry implements AsyncDisposable {
  readonly options: FakeOptions;
  readonly requests: Seen[] = [];
  /** By `repository digest`. */
  readonly blobs = new Map<string, Buffer>();
  /** By `repository digest` and `repository tag`. */
  readonly manifests = new Map<string, Stored>();
  /** How many requests for blobs were open at the same time, at most. */
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #auth: FakeAuth;
  readonly #signatures = new Map<string, number>();
  readonly #sessions = new Set<string>();
  readonly #servers: ReturnType<typeof createServer>[] = [];
  #origins: Record<Seen['at'], string> = { registry: '', token: '', storage: '' };

  private constructor(options: FakeOptions) {
    this.options = options;
    this.#auth = new FakeAuth(options);
  }

  static async start(options: FakeOptions = {}): Promise<FakeRegistry> {
    const fake = new FakeRegistry(options);
    const open = async (at: Seen['at']): Promise<string> => {
      const handle: RequestListener = (request, response) => void fake.#handle(at, request, response);
      const server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
      fake.#servers.push(server as ReturnType<typeof createServer>);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `${options.tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    fake.#origins = {
      registry: await open('registry'),
      token: await open('token'),
      storage: await open('storage'),
    };
    return fake;
  }

  get host(): string {
    return new URL(this.#origins.registry).host;
  }

  /** How many connections clients hold, idle ones too. */
  async openConnections(): Promise<number> {
    const counts = this.#servers.map(
      (server) => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    );
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  }

  originOf(at: Seen['at']): string {
    return this.#origins[at];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** Requests that match `METHOD path-part`, in order. */
  seen(method: string, part: string, at: Seen['at'] = 'registry'): Seen[] {
    return this.requests.filter(
      (each) => each.at === at && each.method === method && each.path.includes(part),
    );
  }

  putBlob(repository: string, bytes: Buffer): string {
    this.blobs.set(`${repository} ${digestOf(bytes)}`, bytes);
    return digestOf(bytes);
  }

  putManifest(repository: string, bytes: Buffer, mediaType: string, tag?: string): string {
    for (const name of [digestOf(bytes), ...(tag === undefined ? [] : [tag])]) {
      this.manifests.set(`${repository} ${name}`, { bytes, mediaType });
    }
    return digestOf(bytes);
  }

  async #handle(at: Seen['at'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.#origins[at]);
    const { method = '', headers } = request;
    const seen: Seen = { at, method, path: url.pathname, query: url.searchParams, headers };
    this.requests.push(seen);
    request.on('error', () => {});
    const fault = this.options.fault?.(seen);
    if (fault !== undefined && 'status' in fault) {
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(fault.body ?? '');
      return;
    }
    if (fault !== undefined && 'hangUpAfter' in fault) return hangUp(request, fault.hangUpAfter);
    const spoil = fault ?? {};
    if (at === 'token') return this.#auth.token(seen, request, response);
    if (at === 'storage') return this.#stored(seen, response, spoil);
    if (!this.#auth.allows(seen)) return this.#auth.challenge(seen, this.#origins.token, response);
    return this.#route(seen, request, response, spoil);
  }

  async #route(seen: Seen, request: IncomingMessage, response: ServerResponse, spoil: object): Promise<void> {
    const [, repository = '', kind = '', rest = ''] =
      /^\/v2\/(.+?)\/(manifests|blobs|tags|referrers)\/(.*)$/.exec(seen.path) ?? [];
    if (kind === 'blobs' && rest.startsWith('uploads/'))
      return this.#upload(seen, repository, rest, request, response);
    if (kind === 'blobs') return this.#blob(seen, repository, rest, response, spoil);
    if (kind === 'manifests' && seen.method === 'PUT')
      return this.#putManifest(repository, rest, request, response);
    if (kind === 'manifests') return this.#manifest(seen, repository, rest, response, spoil);
    if (kind === 'tags') return this.#tags(seen, repository, response);
    if (kind === 'referrers' && this.options.referrers !== 'none')
      return this.#referrers(seen, repository, rest, response);
    response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
  }

  #blob(seen: Seen, repository: string, digest: string, response: ServerResponse, spoil: object): void {
    const bytes = this.blobs.get(`${repository} ${digest}`);
    if (bytes === undefined) return void refuse(response, 404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    if (this.options.storage !== undefined && seen.method === 'GET') {
      const location = `${this.#origins.storage}/${repository}/${digest}?signature=${randomUUID()}`;
      return void response.writeHead(307, { location }).end();
    }
    this.#serve(seen, bytes, response, spoil);
  }

  #stored(seen: Seen, response: ServerResponse, spoil: object): void {
    const signature = seen.query.get('signature') ?? '';
    const uses = (this.#signatures.get(signature) ?? 0) + 1;
    this.#signatures.set(signature, uses);
    const refused =
      seen.headers.authorization !== undefined || uses > (this.options.storage?.signatureUses ?? 0);
    if (refused) return void response.writeHead(403, { 'content-type': 'application/xml' }).end('<Error/>');
    const [, repository, digest] = /^\/(.+)\/(sha256:.*)$/.exec(seen.path) ?? [];
    this.#serve(seen, this.blobs.get(`${repository} ${digest}`) as Buffer, response, spoil);
  }

  #serve(
    seen: Seen,
    bytes: Buffer,
    response: ServerResponse,
    spoil: { cutAfter?: number; corrupt?: boolean },
  ): void {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(seen.headers.range ?? '') ?? [];
    const ranged = from !== undefined && this.options.ranges !== false;
    if (ranged && Number(from) >= bytes.length) return void response.writeHead(416).end();
    const part = Buffer.from(ranged ? bytes.subarray(Number(from), Number(to) + 1) : bytes);
    if (spoil.corrupt) part[0] = (part[0] as number) ^ 1;
    response.writeHead(ranged ? 206 : 200, {
      'content-length': part.length,
      ...(ranged
        ? { 'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` }
        : {}),
    });
    if (seen.method === 'HEAD') return void response.end();
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    response.on('close', () => this.#atOnce--);
    if (spoil.cutAfter === undefined) return void response.end(part);
    response.write(part.subarray(0, spoil.cutAfter), () => response.destroy());
  }

  async #upload(
    { method, query, headers }: Seen,
    repository: string,
    rest: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const known = [...this.blobs.keys(), ...this.manifests.keys()].some((key) =>
      key.startsWith(`${repository} `),
    );
    if (this.options.createsRepositories === false && !known) {
      return refuse(response, 404, 'NAME_UNKNOWN', `The repository with name '${repository}' does not exist`);
    }
    if (method === 'POST') {
      const source = this.blobs.get(`${query.get('from')} ${query.get('mount')}`);
      if (source !== undefined && this.options.mounts !== false) {
        this.putBlob(repository, source);
        return void response
          .writeHead(201, { location: `/v2/${repository}/blobs/${query.get('mount')}` })
          .end();
      }
      const session = randomUUID();
      this.#sessions.add(session);
      // The odd characters must come back as they went.
      const path = `/v2/${repository}/blobs/uploads/${session}?_state=a%2Bb~c%3D%3D`;
      const location = this.options.absoluteLocations ? this.#origins.registry + path : path;
      return void response.writeHead(202, { location }).end();
    }
    if (Number(headers['content-length']) > (this.options.maxUpload ?? Number.POSITIVE_INFINITY)) {
      return refuse(response, 413, 'SIZE_INVALID', 'body too large', { connection: 'close' });
    }
    const bytes = await read(request);
    const stateKept = request.url?.includes('_state=a%2Bb~c%3D%3D&digest=');
    const session = rest.replace('uploads/', '');
    if (method !== 'PUT' || !stateKept || !this.#sessions.delete(session)) {
      return refuse(response, 404, 'BLOB_UPLOAD_UNKNOWN', 'no such upload');
    }
    if (query.get('digest') !== digestOf(bytes))
      return refuse(response, 400, 'DIGEST_INVALID', 'digest does not match');
    this.putBlob(repository, bytes);
    response.writeHead(201).end();
  }

  #manifest(seen: Seen, repository: string, name: string, response: ServerResponse, spoil: object): void {
    const stored = this.manifests.get(`${repository} ${name}`);
    if (stored === undefined) return void refuse(response, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    if (!seen.headers.accept?.split(', ').some((type) => type === stored.mediaType || type === '*/*')) {
      return void refuse(response, 404, 'MANIFEST_UNKNOWN', 'the accept header does not support it');
    }
    response.setHeader('content-type', stored.mediaType);
    if (this.options.headTellsDigest !== false) {
      response.setHeader('docker-content-digest', digestOf(stored.bytes));
    }
    this.#serve(seen, stored.bytes, response, spoil);
  }

  async #putManifest(
    repository: string,
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const bytes = await read(request);
    const { immutable, referrers = 'full' } = this.options;
    if (
      immutable !== undefined &&
      !name.startsWith('sha256:') &&
      this.manifests.has(`${repository} ${name}`)
    ) {
      return refuse(response, immutable.status, immutable.code, immutable.message);
    }
    const mediaType = request.headers['content-type'] ?? '';
    if (mediaType.includes(';'))
      return refuse(response, 400, 'MANIFEST_INVALID', 'media type has parameters');
    this.putManifest(repository, bytes, mediaType, name);
    const subject = JSON.parse(bytes.toString()).subject?.digest as string | undefined;
    const tell = subject !== undefined && referrers === 'full';
    response.writeHead(201, tell ? { 'oci-subject': subject } : {}).end();
  }

  #tags(seen: Seen, repository: string, response: ServerResponse): void {
    const names = [...this.manifests.keys()].filter(
      (key) => key.startsWith(`${repository} `) && !key.includes('sha256:'),
    );
    if (names.length === 0)
      return void refuse(response, 404, 'NAME_UNKNOWN', 'repository name not known to registry');
    const tags = names.map((key) => key.slice(repository.length + 1));
    const page = this.#page(seen, tags, response);
    response.end(JSON.stringify({ name: repository, tags: page }));
  }

  #referrers(seen: Seen, repository: string, subject: string, response: ServerResponse): void {
    const wanted = this.options.filtersReferrers ? seen.query.get('artifactType') : null;
    const list = [...this.manifests].flatMap(([key, { bytes, mediaType }]) => {
      const [name, digest] = key.split(' ');
      const json = JSON.parse(bytes.toString());
      if (name !== repository || !digest?.startsWith('sha256:') || json.subject?.digest !== subject)
        return [];
      if (wanted !== null && json.artifactType !== wanted) return [];
      return [{ mediaType, digest, size: bytes.length, artifactType: json.artifactType }];
    });
    response.setHeader('content-type', indexType);
    if (wanted !== null) response.setHeader('oci-filters-applied', 'artifactType');
    const manifests = this.#page(seen, list, response);
    response.end(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
  }

  /** The page that `last` names, with a link to the next one. */
  #page<T>(seen: Seen, items: T[], response: ServerResponse): T[] {
    const start = Number(seen.query.get('last') ?? 0);
    const end = start + (this.options.pageSize ?? items.length);
    const query = new URLSearchParams(seen.query);
    query.set('last', String(end));
    if (end < items.length) response.setHeader('link', `<${seen.path}?${query}>; rel="next"`);
    return items.slice(start, end);
  }
}

async function hangUp(request: IncomingMessage, after: number): Promise<void> {
  const { socket } = request;
  let size = 0;
  if (after > 0) {
    for await (const chunk of request) {
      size += (chunk as Buffer).length;
      if (size >= after) break;
    }
  }
  socket.destroy();
}
