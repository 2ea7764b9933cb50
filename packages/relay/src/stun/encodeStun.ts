/** Writing STUN messages (RFC 8489 §5 and §14). */
import { attributes, headerSizeBytes, integritySizeBytes, magicCookie, type StunClass } from './constants.ts';
import { fingerprintOf, integrityOf } from './stunMessage.ts';

export interface StunParts {
  readonly method: number;
  readonly class: StunClass;
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  readonly attributes: readonly (readonly [type: number, value: Uint8Array])[];
  /** Adds MESSAGE-INTEGRITY made with it. */
  readonly key?: Uint8Array | undefined;
  readonly hasFingerprint?: boolean;
}

export function encodeStun(parts: StunParts): Buffer {
  const { key, hasFingerprint = false } = parts;
  const bodyEnd = parts.attributes.reduce(
    (end, [, value]) => end + 4 + padded(value.length),
    headerSizeBytes,
  );
  const integrityEnd = bodyEnd + (key === undefined ? 0 : 4 + integritySizeBytes);
  const bytes = Buffer.alloc(integrityEnd + (hasFingerprint ? 8 : 0));
  bytes.writeUInt16BE(messageType(parts.method, parts.class), 0);
  bytes.writeUInt16BE(bytes.length - headerSizeBytes, 2);
  bytes.writeUInt32BE(magicCookie, 4);
  bytes.set(parts.transactionId, 8);
  let at = headerSizeBytes;
  for (const [type, value] of parts.attributes) {
    bytes.writeUInt16BE(type, at);
    bytes.writeUInt16BE(value.length, at + 2);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  if (key !== undefined) {
    bytes.writeUInt16BE(attributes.messageIntegrity, bodyEnd);
    bytes.writeUInt16BE(integritySizeBytes, bodyEnd + 2);
    bytes.set(integrityOf(bytes, bodyEnd, key), bodyEnd + 4);
  }
  if (hasFingerprint) {
    bytes.writeUInt16BE(attributes.fingerprint, integrityEnd);
    bytes.writeUInt16BE(4, integrityEnd + 2);
    bytes.writeUInt32BE(fingerprintOf(bytes, integrityEnd), integrityEnd + 4);
  }
  return bytes;
}

/** Method and class interleaved (RFC 8489 §5). */
function messageType(method: number, messageClass: StunClass): number {
  return (method & 0x00f) | ((method & 0x070) << 1) | ((method & 0xf80) << 2) | messageClass;
}

function padded(sizeBytes: number): number {
  return ((sizeBytes + 3) >> 2) << 2;
}
