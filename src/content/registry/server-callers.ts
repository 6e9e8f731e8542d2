import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { Refusal } from './server-refusal.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Keeps web pages out of a registry that is this machine's alone: a browser here can be made to ask it under a
 * name that someone else owns (DNS rebinding), or by its own name on behalf of a foreign page.
 * @throws Refusal 403 DENIED
 */
export function checkCaller({ host = '', origin }: IncomingHttpHeaders): void {
  const name = host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  if (!isLoopbackAddress(name) && name !== 'localhost' && !name.endsWith('.localhost')) {
    throw new Refusal(403, 'DENIED', 'this registry listens on loopback and answers to no other name');
  }
  if (origin !== undefined) throw new Refusal(403, 'DENIED', 'this registry does not answer web pages');
}
