/**
 * Relayed addresses that exist only inside the relay: random ones of 198.18.0.0/15, which is set aside for benchmarks
 * (RFC 2544) and routed nowhere. Inside, an address with its port is one number.
 */

const networkAddress = 0xc6120000;
const hostBits = 17;
const portSpan = 0x10000;
const firstPort = 1024;

export const virtualAddressCount = 2 ** hostBits * (portSpan - firstPort);

/** Whether the IPv4 address, as one number, is one of those that the relay gives. */
export function isVirtual(address: number): boolean {
  return address >>> hostBits === networkAddress >>> hostBits;
}

/** One number for both; below 2^33. */
export function virtualKey(address: number, port: number): number {
  return (address & (2 ** hostBits - 1)) * portSpan + port;
}

/** The `index`-th of `virtualAddressCount`. */
export function virtualKeyAt(index: number): number {
  const ports = portSpan - firstPort;
  return Math.floor(index / ports) * portSpan + firstPort + (index % ports);
}

/** The address alone: what permissions are for. */
export function hostOf(key: number): number {
  return Math.floor(key / portSpan);
}

export function addressOf(key: number): { readonly address: string; readonly port: number } {
  const address = (networkAddress | hostOf(key)) >>> 0;
  const octets = [address >>> 24, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff];
  return { address: octets.join('.'), port: key % portSpan };
}
