/** Where peers are told to come: each address that the relay listens on, by UDP and by TCP. */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { MediaCandidate } from '../media/mediaTransport.ts';

const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** `addresses` as the relay listens on; of those that mean everywhere, the addresses of this machine's networks. */
export function candidatesOf(
  addresses: readonly string[],
  { port, hasUdp, hasTcp }: { port: number; hasUdp: boolean; hasTcp: boolean },
): readonly MediaCandidate[] {
  const named = addresses.flatMap((address) => (everywhere.has(address) ? ownAddresses(address) : [address]));
  return [false, true]
    .filter((isTcp) => (isTcp ? hasTcp : hasUdp))
    .flatMap((isTcp) => [...new Set(named)].map((address) => ({ address, port, isTcp })));
}

/** Of one family. On a machine without a network, and only there, loopback. */
function ownAddresses(of: string): readonly string[] {
  const family = isIPv6(of) ? 'IPv6' : 'IPv4';
  const all = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    // Addresses of a link mean something only there.
    .filter((entry) => entry.family === family && !entry.address.startsWith('fe80:'));
  const outside = all.filter(({ internal }) => !internal);
  return (outside.length > 0 ? outside : all).map(({ address }) => address);
}
