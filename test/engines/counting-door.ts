/** A registry's front door on loopback that counts what goes out: bytes of bodies, by path. */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CountingDoor {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** What was sent since the last call, by the last part of the path: a digest or a tag. */
  taken(): Map<string, number>;
  close(): Promise<void>;
}

/** @param upstream `127.0.0.1:PORT` */
export async function startCountingDoor(upstream: string): Promise<CountingDoor> {
  let sent = new Map<string, number>();
  const [hostname, port] = upstream.split(':');
  const server = createServer((incoming, response) => {
    const { url, method, headers } = incoming;
    const name = url?.split('?')[0]?.split('/').at(-1) ?? '';
    const outgoing = request({ hostname, port, path: url, method, headers }, (from) => {
      response.writeHead(from.statusCode ?? 502, from.headers);
      from.on('data', (chunk: Buffer) => sent.set(name, (sent.get(name) ?? 0) + chunk.byteLength));
      from.pipe(response);
    });
    outgoing.once('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken() {
      const until = sent;
      sent = new Map();
      return until;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
