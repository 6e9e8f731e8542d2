/** A registry's front door that asks for a password, tells what it sees, and can misbehave. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Gatekeeper {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Requests so far that were let in: `GET /v2/app/manifests/1.0`. */
  readonly requests: string[];
  close(): Promise<void>;
}

export interface GatekeeperOptions {
  /** Where those who may pass are sent: `127.0.0.1:PORT`. */
  readonly upstream: string;
  readonly username: string;
  readonly password: string;
  /** Asked of each request that may pass, before it does; what it returns is answered instead. */
  readonly before?: (
    line: string,
    authorization: string,
  ) => Promise<{ status: number; body: string } | undefined>;
}

export async function startGatekeeper(options: GatekeeperOptions): Promise<Gatekeeper> {
  const expected = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  const requests: string[] = [];
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const authorization = incoming.headers.authorization ?? '';
    if (authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="gatekeeper"' }).end();
      return;
    }
    const line = `${incoming.method} ${incoming.url}`;
    requests.push(line);
    const instead = await options.before?.(line, authorization);
    if (instead !== undefined) {
      response.writeHead(instead.status, { 'content-type': 'application/json' }).end(instead.body);
      return;
    }
    const [hostname, port] = options.upstream.split(':');
    const { authorization: _, ...headers } = incoming.headers;
    const outgoing = request(
      { hostname, port, path: incoming.url, method: incoming.method, headers },
      (from) => {
        response.writeHead(from.statusCode ?? 502, from.headers);
        from.pipe(response);
      },
    );
    outgoing.once('error', () => response.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
