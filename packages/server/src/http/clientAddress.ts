import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/** Where a request came from, for rate limits. Behind a trusted proxy: the address that the proxy saw. */
export function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  const address = last === undefined || last === '' ? (request.socket.remoteAddress ?? '') : last;
  return subscriberOf(address);
}

/**
 * The part of an address that one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 one, whose other
 * half everybody chooses freely.
 */
export function subscriberOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [plain = ''] = address.toLowerCase().split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  const [before = '', after] = plain.split('::');
  const groups = before === '' ? [] : before.split(':');
  if (after !== undefined) {
    const tail = after === '' ? [] : after.split(':');
    // A dotted end stands for two groups.
    const tailLength = tail.length + (tail.at(-1)?.includes('.') === true ? 1 : 0);
    while (groups.length + tailLength < 8) groups.push('0');
    groups.push(...tail);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
