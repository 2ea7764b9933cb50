/**
 * A certificate for DTLS (RFC 8827 §6.5): signed by itself, naming nobody, and known by its fingerprint alone. Node reads
 * X.509 but writes none, and a certificate of always the same form is a few nested lists.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

export interface DtlsIdentity {
  /** DER. */
  readonly certificate: Buffer;
  /** ECDSA over P-256. */
  readonly privateKey: KeyObject;
  /** SHA-256 over the certificate. */
  readonly fingerprint: Buffer;
}

/** Nobody looks at it: what is trusted is the fingerprint, and it lives as long as its process. */
const lifetimeMs = 365 * 24 * 3_600_000;
const tags = { integer: 0x02, bitString: 0x03, object: 0x06, utf8: 0x0c, time: 0x18, list: 0x30, set: 0x31 };
/** Object identifiers, in DER. */
const ecdsaWithSha256 = Buffer.from('2a8648ce3d040302', 'hex');
const commonName = Buffer.from('550403', 'hex');

export function createDtlsIdentity(nowMs: number): DtlsIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(tags.list, der(tags.object, ecdsaWithSha256));
  const attribute = der(tags.list, der(tags.object, commonName), der(tags.utf8, Buffer.from('WebRTC')));
  const name = der(tags.list, der(tags.set, attribute));
  const serial = randomBytes(9);
  // Positive, and not shortened.
  serial[0] = 1;
  const content = der(
    tags.list,
    der(tags.integer, serial),
    algorithm,
    name,
    der(tags.list, timeOf(nowMs - lifetimeMs), timeOf(nowMs + lifetimeMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', content, privateKey);
  const certificate = der(tags.list, content, algorithm, der(tags.bitString, Buffer.of(0), signature));
  return { certificate, privateKey, fingerprint: fingerprintOf(certificate) };
}

/** 32 bytes. */
export function fingerprintOf(certificate: Uint8Array): Buffer {
  return createHash('sha256').update(certificate).digest();
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

/** GeneralizedTime, which is for all years. */
function timeOf(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return der(tags.time, Buffer.from(`${text}Z`));
}
