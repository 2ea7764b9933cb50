/**
 * Reading STUN messages (RFC 8489 §5 and §14) where they lie: nothing is copied, and what is not a well-formed message
 * as a whole is none.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  attributes,
  classes,
  fingerprintMask,
  firstOptionalAttribute,
  headerSizeBytes,
  integritySizeBytes,
  magicCookie,
  type StunClass,
} from './constants.ts';

/** More attributes than this have no use in any message that the relay takes. */
const maxAttributes = 32;

interface Attribute {
  readonly type: number;
  /** Where the value is in the message. */
  readonly start: number;
  readonly end: number;
}

export class StunMessage {
  readonly bytes: Buffer;
  readonly method: number;
  readonly class: StunClass;
  /** Up to MESSAGE-INTEGRITY, which protects what comes before it. */
  readonly #attributes: readonly Attribute[];
  /** Where the attribute MESSAGE-INTEGRITY begins; -1: there is none. */
  readonly #integrityAt: number;
  readonly hasFingerprint: boolean;

  private constructor(
    bytes: Buffer,
    found: { list: readonly Attribute[]; integrityAt: number; hasFingerprint: boolean },
  ) {
    this.bytes = bytes;
    const type = bytes.readUInt16BE(0);
    this.class = (type & 0x110) as StunClass;
    this.method = (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
    this.#attributes = found.list;
    this.#integrityAt = found.integrityAt;
    this.hasFingerprint = found.hasFingerprint;
  }

  /** Null where `bytes` are not one whole STUN message, or its FINGERPRINT is wrong. */
  static decode(bytes: Buffer): StunMessage | null {
    if (bytes.length < headerSizeBytes || bytes[0]! > 0x3f || bytes.length % 4 !== 0) return null;
    if (bytes.readUInt16BE(2) !== bytes.length - headerSizeBytes) return null;
    if (bytes.readUInt32BE(4) !== magicCookie) return null;
    const found = findAttributes(bytes);
    return found === null ? null : new StunMessage(bytes, found);
  }

  /** 12 bytes. */
  get transactionId(): Buffer {
    return this.bytes.subarray(8, headerSizeBytes);
  }

  get isRequest(): boolean {
    return this.class === classes.request;
  }

  get hasIntegrity(): boolean {
    return this.#integrityAt >= 0;
  }

  /** The value of the first attribute of this type; null: there is none. */
  find(type: number): Buffer | null {
    const found = this.#attributes.find((attribute) => attribute.type === type);
    return found === undefined ? null : this.bytes.subarray(found.start, found.end);
  }

  /** The values of all attributes of this type. */
  findAll(type: number): readonly Buffer[] {
    return this.#attributes
      .filter((attribute) => attribute.type === type)
      .map(({ start, end }) => this.bytes.subarray(start, end));
  }

  /** Attributes that must be understood and are not among `known`. */
  unknownAttributes(known: ReadonlySet<number>): readonly number[] {
    return this.#attributes
      .map(({ type }) => type)
      .filter((type) => type < firstOptionalAttribute && !known.has(type));
  }

  /** Whether MESSAGE-INTEGRITY is there and made with `key` (RFC 8489 §14.5). */
  isProtectedBy(key: Uint8Array): boolean {
    if (!this.hasIntegrity) return false;
    const start = this.#integrityAt + 4;
    const given = this.bytes.subarray(start, start + integritySizeBytes);
    return timingSafeEqual(integrityOf(this.bytes, this.#integrityAt, key), given);
  }
}

/** HMAC-SHA1 over the message before `integrityAt`, as if it ended with the attribute that begins there. */
export function integrityOf(bytes: Buffer, integrityAt: number, key: Uint8Array): Buffer {
  const header = Buffer.from(bytes.subarray(0, 4));
  header.writeUInt16BE(integrityAt - headerSizeBytes + 4 + integritySizeBytes, 2);
  return createHmac('sha1', key).update(header).update(bytes.subarray(4, integrityAt)).digest();
}

/** FINGERPRINT over what comes before `end` (RFC 8489 §14.7); the header's length must count it already. */
export function fingerprintOf(bytes: Buffer, end: number): number {
  return (crc32(bytes.subarray(0, end)) ^ fingerprintMask) >>> 0;
}

function findAttributes(
  bytes: Buffer,
): { list: Attribute[]; integrityAt: number; hasFingerprint: boolean } | null {
  const list: Attribute[] = [];
  let integrityAt = -1;
  let count = 0;
  for (let at = headerSizeBytes; at < bytes.length; ) {
    count += 1;
    const type = bytes.readUInt16BE(at);
    const start = at + 4;
    const end = start + bytes.readUInt16BE(at + 2);
    const next = start + (((end - start + 3) >> 2) << 2);
    if (next > bytes.length || count > maxAttributes) return null;
    if (type === attributes.fingerprint) {
      const isLast = next === bytes.length && end - start === 4;
      return isLast && bytes.readUInt32BE(start) === fingerprintOf(bytes, at)
        ? { list, integrityAt, hasFingerprint: true }
        : null;
    }
    if (integrityAt < 0) {
      if (type !== attributes.messageIntegrity) list.push({ type, start, end });
      else if (end - start !== integritySizeBytes) return null;
      else integrityAt = at;
    }
    at = next;
  }
  return { list, integrityAt, hasFingerprint: false };
}
