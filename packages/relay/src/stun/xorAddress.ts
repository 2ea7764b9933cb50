/** XOR-MAPPED-ADDRESS and its like (RFC 8489 §14.2): addresses that no gateway on the way recognises and rewrites. */
import { isIPv4, isIPv6 } from 'node:net';
import { addressFamilies, magicCookie } from './constants.ts';

export interface TransportAddress {
  readonly address: string;
  readonly port: number;
}

const cookie = Buffer.alloc(4);
cookie.writeUInt32BE(magicCookie);

/** The attribute's value. `address` is one that a socket told. */
export function encodeXorAddress({ address, port }: TransportAddress, transactionId: Uint8Array): Buffer {
  const octets = addressOctets(address);
  const value = Buffer.alloc(4 + octets.length);
  value[1] = octets.length === 4 ? addressFamilies.ipv4 : addressFamilies.ipv6;
  value.writeUInt16BE(port ^ (magicCookie >>> 16), 2);
  const mask = Buffer.concat([cookie, transactionId]);
  for (let i = 0; i < octets.length; i++) value[4 + i] = octets[i]! ^ mask[i]!;
  return value;
}

export type XorAddress =
  | { readonly kind: 'ipv4'; readonly address: number; readonly port: number }
  | { readonly kind: 'otherFamily' }
  | { readonly kind: 'malformed' };

/** Reads the attribute's value; of IPv4 the address as one number. */
export function decodeXorAddress(value: Buffer): XorAddress {
  const family = value[1];
  if (family === addressFamilies.ipv6 && value.length === 20) return { kind: 'otherFamily' };
  if (family !== addressFamilies.ipv4 || value.length !== 8) return { kind: 'malformed' };
  return {
    kind: 'ipv4',
    port: value.readUInt16BE(2) ^ (magicCookie >>> 16),
    address: (value.readUInt32BE(4) ^ magicCookie) >>> 0,
  };
}

/** 4 or 16 octets. What is no address gives those of `::`. */
export function addressOctets(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number);
  const octets = new Uint8Array(16);
  const bare = address.replace(/%.*$/, '');
  if (!isIPv6(bare)) return octets;
  // An embedded IPv4 address as two groups.
  const text = bare.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const groups = [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)];
    return groups.map((group) => group.toString(16)).join(':');
  });
  const [head = [], tail = []] = text.split('::').map((part) => part.split(':').filter((g) => g !== ''));
  const groups = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  for (const [i, group] of groups.entries()) {
    const number = Number.parseInt(group, 16);
    octets[2 * i] = number >> 8;
    octets[2 * i + 1] = number & 0xff;
  }
  return octets;
}
