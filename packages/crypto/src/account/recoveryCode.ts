/**
 * The recovery code (spec/accounts.md, "Recovery code"): 160 random bits in Crockford's base 32 with a checksum of
 * 20 bits, so that a slip of the pen is told apart from a code of another account.
 */
import { equalBytes, type Provider } from '@sotto/primitives';
import { labelled } from '../labels.ts';

const secretSizeBytes = 20;
const checksumDigits = 4;
const groupDigits = 4;
const totalDigits = (secretSizeBytes * 8) / 5 + checksumDigits;
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const maxTextLength = 200;

/** A new code: its 20 bytes (secret) and the text to keep, nine groups of four. */
export function generateRecoveryCode(provider: Provider): { secret: Uint8Array; text: string } {
  const secret = provider.randomBytes(secretSizeBytes);
  return { secret, text: formatRecoveryCode(provider, secret) };
}

/** The text of a code. */
export function formatRecoveryCode(provider: Provider, secret: Uint8Array): string {
  const digits = [...toDigits(secret), ...checksum(provider, secret)].map((digit) => alphabet[digit]);
  const groups: string[] = [];
  for (let i = 0; i < digits.length; i += groupDigits) groups.push(digits.slice(i, i + groupDigits).join(''));
  return groups.join('-');
}

/** The 20 bytes, or null. Case, spaces and hyphens do not matter; O is 0, I and L are 1. */
export function parseRecoveryCode(provider: Provider, text: string): Uint8Array | null {
  if (text.length > maxTextLength) return null;
  const plain = text
    .toUpperCase()
    .replace(/[\s\u2010-\u2015-]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  if (plain.length !== totalDigits) return null;
  const digits = Array.from(plain, (character) => alphabet.indexOf(character));
  if (digits.includes(-1)) return null;
  const secret = fromDigits(digits.slice(0, -checksumDigits));
  const given = Uint8Array.from(digits.slice(-checksumDigits));
  return equalBytes(given, Uint8Array.from(checksum(provider, secret))) ? secret : null;
}

function checksum(provider: Provider, secret: Uint8Array): number[] {
  return toDigits(provider.sha256(labelled('recoveryChecksum', secret))).slice(0, checksumDigits);
}

/** 5 bits a digit, most significant first; bits that do not fill a digit are left out. */
function toDigits(bytes: Uint8Array): number[] {
  const digits: number[] = [];
  for (let bit = 0; bit + 5 <= bytes.length * 8; bit += 5) {
    const at = bit >> 3;
    const pair = (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
    digits.push((pair >> (11 - (bit & 7))) & 31);
  }
  return digits;
}

function fromDigits(digits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array((digits.length * 5) >> 3);
  let pending = 0;
  let pendingBits = 0;
  let at = 0;
  for (const digit of digits) {
    pending = ((pending << 5) | digit) & 0xfff;
    pendingBits += 5;
    if (pendingBits >= 8) {
      pendingBits -= 8;
      bytes[at++] = (pending >> pendingBits) & 0xff;
    }
  }
  return bytes;
}
