/** The certificate that a description binds its sender to (RFC 8122 §5). */

const line = /^a=fingerprint:(\S+)[ \t]+(\S+)\s*$/gim;
const sha256 = /^[0-9a-f]{2}(?::[0-9a-f]{2}){31}$/i;

/** In hexadecimal; null where there is none, another than SHA-256, or more than one certificate. */
export function fingerprintOf(sdp: string): string | null {
  const found = new Set<string>();
  for (const [, algorithm, value] of sdp.matchAll(line)) {
    if (algorithm?.toLowerCase() !== 'sha-256' || value === undefined || !sha256.test(value)) return null;
    found.add(value.replaceAll(':', '').toLowerCase());
  }
  const [fingerprint] = found;
  return found.size === 1 ? (fingerprint ?? null) : null;
}
