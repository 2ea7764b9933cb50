/**
 * Which addresses a call may send to (spec/callMedia.md, "Candidates"): the other side names them, and a browser would probe
 * whatever it is given. This machine itself, its link and groups of machines are never among them.
 */

type Octets = readonly [number, number, number, number];

/** The four bytes of an IPv4 address in its one usual form, else null. */
function parseIpv4(text: string): Octets | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const octets = match.slice(1).map(Number);
  // Leading zeros are octal to some and decimal to others.
  return octets.every((octet, at) => octet <= 255 && String(octet) === match[at + 1])
    ? (octets as unknown as Octets)
    : null;
}

/** The eight 16-bit words of an IPv6 address, else null. */
function parseIpv6(text: string): number[] | null {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text) || !text.includes(':')) return null;
  let rest = text;
  const tail: number[] = [];
  const lastColon = text.lastIndexOf(':');
  if (text.includes('.')) {
    const octets = parseIpv4(text.slice(lastColon + 1));
    if (octets === null) return null;
    tail.push(octets[0] * 256 + octets[1], octets[2] * 256 + octets[3]);
    rest = text.slice(0, lastColon);
    if (rest.endsWith(':')) rest += ':';
  }
  const halves = rest.split('::');
  if (halves.length > 2) return null;
  const [head, middle] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const words = [...(head ?? []), ...(middle ?? [])];
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return null;
  const missing = 8 - tail.length - words.length;
  if (middle === undefined ? missing !== 0 : missing < 1) return null;
  const numbers = (part: readonly string[]): number[] => part.map((word) => Number.parseInt(word, 16));
  return [...numbers(head ?? []), ...new Array<number>(missing).fill(0), ...numbers(middle ?? []), ...tail];
}

function isAllowedIpv4([first, second]: Octets): boolean {
  if (first === 0 || first === 127) return false;
  if (first === 169 && second === 254) return false;
  // Multicast, reserved and broadcast.
  return first < 224;
}

function isAllowedIpv6(words: readonly number[]): boolean {
  const [first = 0, second = 0] = words;
  const isZeroUpTo = (end: number): boolean => words.slice(0, end).every((word) => word === 0);
  const embedded = (at: number): boolean => {
    const [high = 0, low = 0] = words.slice(at);
    return isAllowedIpv4([high >> 8, high & 255, low >> 8, low & 255]);
  };
  // Unspecified, loopback and IPv4-compatible addresses begin with 96 zero bits.
  if (isZeroUpTo(6)) return false;
  if (isZeroUpTo(5) && words[5] === 0xffff) return embedded(6);
  // NAT64 (RFC 6052) and 6to4 (RFC 3056) carry an IPv4 address.
  if (first === 0x64 && second === 0xff9b) return embedded(6);
  if (first === 0x2002) return embedded(1);
  if ((first & 0xffc0) === 0xfe80) return false;
  return (first & 0xff00) !== 0xff00;
}

/** Whether `text` is an IP address, whichever. */
export function isAddress(text: string): boolean {
  return parseIpv4(text) !== null || parseIpv6(text) !== null;
}

/** Whether `text` is an IP address that may be sent to. */
export function isAllowedAddress(text: string): boolean {
  const octets = parseIpv4(text);
  if (octets !== null) return isAllowedIpv4(octets);
  const words = parseIpv6(text);
  return words !== null && isAllowedIpv6(words);
}

/** A name that a browser made up so that its address is not told (draft-ietf-mmusic-mdns-ice-candidates). */
export function isMulticastDnsName(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.local$/i.test(text);
}

/** Ports of services that somebody could be led to are left out; 443 is where relays are. */
export function isAllowedPort(port: number): boolean {
  return port === 443 || (port >= 1024 && port <= 65_535);
}
