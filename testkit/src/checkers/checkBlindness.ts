/**
 * Checks that the server is blind: nothing it stores, logs or sends, and nothing sent to it, contains a
 * plaintext or a key (design: "A blindness test"). Searched for as they are, in hexadecimal and in base64.
 */
import type { Violation } from './observation.ts';

/** A value that must not be found. */
export interface Secret {
  readonly name: string;
  /** At least 8 bytes: shorter ones are found by chance. */
  readonly bytes: Uint8Array;
}

/** Bytes that the server has seen. */
export interface Exposed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface BlindnessOptions {
  /** `raw`: only as they are. Default: in hexadecimal and base64 as well. */
  readonly encodings?: 'raw' | 'all';
}

const minSecretSizeBytes = 8;

export function checkBlindness(
  secrets: readonly Secret[],
  exposed: readonly Exposed[],
  options: BlindnessOptions = {},
): Violation[] {
  const violations: Violation[] = [];
  const needles = new Needles();
  for (const secret of secrets) {
    if (secret.bytes.length < minSecretSizeBytes)
      throw new RangeError('The secret is too short to search for');
    const forms = options.encodings === 'raw' ? [secret.bytes] : formsOf(secret.bytes);
    for (const form of forms) needles.add(secret.name, form);
  }
  for (const { name, bytes } of exposed) {
    for (const found of needles.findIn(bytes)) {
      violations.push({ kind: 'leaked', where: name, detail: `${found.name} at byte ${found.at}` });
    }
  }
  return violations;
}

/** As it is, as hexadecimal text, and as base64 at each of the three alignments, of both alphabets. */
function formsOf(bytes: Uint8Array): Uint8Array[] {
  const encoder = new TextEncoder();
  const forms = [bytes, encoder.encode(bytes.toHex()), encoder.encode(bytes.toHex().toUpperCase())];
  for (let shift = 0; shift < 3; shift++) {
    const shifted = new Uint8Array(shift + bytes.length);
    shifted.set(bytes, shift);
    const whole = shifted.toBase64({ omitPadding: true });
    // The first and last characters hold bits of what stands beside.
    const text = whole.slice(shift === 0 ? 0 : shift + 1, Math.floor((shifted.length * 8) / 6));
    forms.push(encoder.encode(text));
    const url = text.replaceAll('+', '-').replaceAll('/', '_');
    if (url !== text) forms.push(encoder.encode(url));
  }
  return forms;
}

/** Looks for many byte strings at once: by their first four bytes, then whole. */
class Needles {
  readonly #byHead = new Map<number, { name: string; bytes: Uint8Array }[]>();
  /** One bit for each value of the first two bytes: most places are passed over by it. */
  readonly #heads = new Uint8Array(65_536);

  add(name: string, bytes: Uint8Array): void {
    const head = headAt(bytes, 0);
    const others = this.#byHead.get(head);
    if (others === undefined) this.#byHead.set(head, [{ name, bytes }]);
    else others.push({ name, bytes });
    this.#heads[bytes[0]! | (bytes[1]! << 8)] = 1;
  }

  findIn(haystack: Uint8Array): { name: string; at: number }[] {
    const found: { name: string; at: number }[] = [];
    const heads = this.#heads;
    for (let at = 0; at + 4 <= haystack.length; at++) {
      if (heads[haystack[at]! | (haystack[at + 1]! << 8)] === 0) continue;
      const candidates = this.#byHead.get(headAt(haystack, at));
      if (candidates === undefined) continue;
      for (const { name, bytes } of candidates) if (standsAt(haystack, at, bytes)) found.push({ name, at });
    }
    return found;
  }
}

function headAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function standsAt(haystack: Uint8Array, at: number, needle: Uint8Array): boolean {
  if (at + needle.length > haystack.length) return false;
  for (let i = 0; i < needle.length; i++) if (haystack[at + i] !== needle[i]) return false;
  return true;
}
