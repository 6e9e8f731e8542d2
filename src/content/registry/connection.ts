import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { inputError } from '../error.ts';

/**
 * undici parses HTTP in WebAssembly, and V8 makes what that calls faster after so many calls, by new code in the place
 * of old. While threads come and go that was seen to end the process (`Check failed: jit_page.has_value()` in
 * Runtime_TierUpWasmToJSWrapper, Node 24.21, https://github.com/nodejs/node/issues/64500): so not here.
 */
setFlagsFromString('--wasm-wrapper-tiering-budget=2000000000');

export interface ConnectionOptions {
  /** Hosts (with port, as in references) that are spoken to without TLS. Loopback needs no naming. */
  readonly plainHttp?: readonly string[];
  /** PEM file of certificate authorities to trust besides the usual ones. */
  readonly caFile?: string;
  /** PEM files of the certificate and key to show the registry (mTLS). */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Docker Hub's API is not where its name says. */
const apiHosts: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * Where a registry's API is. Plain HTTP where asked for; on loopback too, unless a certificate file is named
 * or the port is 443: a registry there is nearly always a test's or a sidecar's, and nothing leaves the machine.
 */
export function registryOrigin(host: string, options: ConnectionOptions): string {
  const { hostname } = new URL(`http://${host}`);
  const tlsMeant = options.caFile !== undefined || options.certFile !== undefined || host.endsWith(':443');
  const plain = options.plainHttp?.includes(host) || (isLoopback(hostname) && !tlsMeant);
  return new URL(`${plain ? 'http' : 'https'}://${apiHosts[host] ?? host}`).origin;
}

/** Whether a request may go on to `url` from `from`: TLS is not given up on the way, except for hosts named plain. */
export function mayFollow(from: URL, url: URL, options: ConnectionOptions): boolean {
  if (url.protocol === 'https:') return true;
  if (url.protocol !== 'http:') return false;
  return from.protocol === 'http:' || isLoopback(url.hostname) || !!options.plainHttp?.includes(url.host);
}

interface Tls {
  readonly ca?: string[];
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Kept-alive connections to a registry and to the hosts that it sends us to. */
export class Connections {
  readonly #origin: string;
  readonly #tls: Tls;
  readonly #dispatchers = new Map<string, Dispatcher>();

  /** @throws PullBudgetError `bad-certificate` for a file that cannot be read */
  constructor(origin: string, options: ConnectionOptions) {
    this.#origin = origin;
    this.#tls = {
      ...(options.caFile === undefined
        ? {}
        : { ca: [...getCACertificates('default'), pem(options.caFile).toString()] }),
      ...(options.certFile === undefined ? {} : { cert: pem(options.certFile) }),
      ...(options.keyFile === undefined ? {} : { key: pem(options.keyFile) }),
    };
  }

  to(url: URL): Dispatcher {
    const own = url.origin === this.#origin;
    const direct = isLoopback(url.hostname);
    const key = `${own} ${direct}`;
    const dispatcher = this.#dispatchers.get(key) ?? this.#open(own, direct);
    this.#dispatchers.set(key, dispatcher);
    return dispatcher;
  }

  /** The client certificate is shown to the registry alone; a proxy of the environment stands before all but loopback. */
  #open(own: boolean, direct: boolean): Dispatcher {
    const { ca, cert, key } = this.#tls;
    const trust = ca === undefined ? {} : { ca };
    const tls = own ? { ...trust, ...(cert ? { cert } : {}), ...(key ? { key } : {}) } : trust;
    // A body that stands still for a minute will not go on: better to resume it than to wait for five.
    const options = { connect: tls, bodyTimeout: 60_000, keepAliveTimeout: 10_000 };
    if (direct) return new Agent(options);
    try {
      return new EnvHttpProxyAgent({ ...options, requestTls: tls, proxyTls: trust });
    } catch {
      // The cause would hold the proxy's address, and with it perhaps its password.
      throw inputError('bad-proxy', 'HTTP_PROXY or HTTPS_PROXY of the environment is not a URL', {
        hint: 'Write it as http://host:port, or unset it.',
      });
    }
  }

  /** Ends all connections, whatever is still under way on them. */
  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    this.#dispatchers.clear();
  }
}

function pem(path: string): Buffer {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    throw inputError('bad-certificate', `cannot read the certificate or key file ${path}`, {
      hint: 'Check the path; the file must be PEM and readable.',
      cause,
    });
  }
  if (!content.includes('-----BEGIN ')) {
    throw inputError('bad-certificate', `${path} is not a PEM file`, {
      hint: 'A PEM file has lines like "-----BEGIN CERTIFICATE-----"; convert it with openssl.',
    });
  }
  return content;
}
