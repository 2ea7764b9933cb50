import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410 §4). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Whether `signature` over label ‖ parts was made with `publicKey` (32 bytes). False for anything malformed. */
export function verifyEd25519(
  publicKey: Uint8Array,
  label: string,
  parts: readonly Uint8Array[],
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' });
  } catch {
    return false;
  }
  return verify(null, Buffer.concat([Buffer.from(label), ...parts]), key, signature);
}
