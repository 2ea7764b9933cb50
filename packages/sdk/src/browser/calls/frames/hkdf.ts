/** The pieces of HKDF (RFC 5869) with SHA-256 that a frame worker needs, on Web Crypto. */

type Bytes = Uint8Array<ArrayBuffer>;

const hmac = { name: 'HMAC', hash: 'SHA-256' };

/** HMAC; with an absent salt for a key, a key of zeros as HMAC pads it, it is HKDF-Extract. */
export async function authenticate(key: Bytes, data: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey('raw', key, hmac, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data));
}

/** HKDF-Expand to one block, 32 bytes. */
export function expandBlock(secret: Bytes, ...info: readonly Uint8Array[]): Promise<Bytes> {
  return authenticate(secret, join(...info, Uint8Array.of(1)));
}

export function join(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export const text = (words: string): Bytes => new TextEncoder().encode(words);
