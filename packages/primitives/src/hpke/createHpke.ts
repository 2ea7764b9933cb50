/**
 * HPKE (RFC 9180) in base mode: single-shot seal and open (§6.1) and the single-shot export (§6.2), written
 * once over a KEM, a KDF and an AEAD. Every context is used for one message, so the sequence number is 0 and
 * the nonce is the base nonce.
 */

import { chain } from '../chain.ts';
import type { Aead, Hpke, Kdf } from '../cipherSuite.ts';
import { concatBytes } from '../concatBytes.ts';
import { wipe } from '../wipe.ts';
import type { Encapsulation, Kem } from './kem.ts';
import { createLabeledKdf, encodeSuiteId } from './labeledKdf.ts';

const empty = new Uint8Array(0);
const modeBase = new Uint8Array([0]);

export interface HpkeParts {
  readonly kem: Kem;
  readonly kdf: Kdf;
  /** The number in the HPKE KDF registry. */
  readonly kdfId: number;
  readonly aead: Aead;
  /** The number in the HPKE AEAD registry. */
  readonly aeadId: number;
}

export function createHpke({ kem, kdf, kdfId, aead, aeadId }: HpkeParts): Hpke {
  const labeled = createLabeledKdf(kdf, encodeSuiteId('HPKE', kem.id, kdfId, aeadId));
  const pskIdHash = labeled.extract(empty, 'psk_id_hash', empty);

  /** KeySchedule (§5.1) up to the context's secret; consumes the shared secret. */
  function schedule(sharedSecret: Uint8Array, info: Uint8Array): { secret: Uint8Array; context: Uint8Array } {
    const context = concatBytes(modeBase, pskIdHash, labeled.extract(empty, 'info_hash', info));
    const secret = labeled.extract(sharedSecret, 'secret', empty);
    wipe(sharedSecret);
    return { secret, context };
  }

  function keyAndNonce(sharedSecret: Uint8Array, info: Uint8Array): { key: Uint8Array; nonce: Uint8Array } {
    const { secret, context } = schedule(sharedSecret, info);
    const key = labeled.expand(secret, 'key', context, aead.keySize);
    const nonce = labeled.expand(secret, 'base_nonce', context, aead.nonceSize);
    wipe(secret);
    return { key, nonce };
  }

  function exported(
    sharedSecret: Uint8Array,
    info: Uint8Array,
    exporterContext: Uint8Array,
    lengthBytes: number,
  ): Uint8Array {
    const { secret, context } = schedule(sharedSecret, info);
    const exporterSecret = labeled.expand(secret, 'exp', context, kdf.size);
    const output = labeled.expand(exporterSecret, 'sec', exporterContext, lengthBytes);
    wipe(secret, exporterSecret);
    return output;
  }

  function requireEncapsulation(encapsulation: Encapsulation | null): Encapsulation {
    if (encapsulation === null) throw new RangeError('Not an HPKE public key');
    return encapsulation;
  }

  return {
    publicKeySize: kem.publicKeySize,
    privateKeySize: kem.privateKeySize,
    encapsulationSize: kem.encapsulationSize,
    deriveKeyPair: kem.deriveKeyPair,
    generateKeyPair: kem.generateKeyPair,
    isPublicKey: kem.isPublicKey,
    seal: (publicKey, info, aad, plaintext) =>
      chain(kem.encapsulate(publicKey), (encapsulation) => {
        const { enc, sharedSecret } = requireEncapsulation(encapsulation);
        const { key, nonce } = keyAndNonce(sharedSecret, info);
        return chain(aead.seal(key, nonce, aad, plaintext), (ciphertext) => {
          wipe(key, nonce);
          return { enc, ciphertext };
        });
      }),
    open: (privateKey, enc, info, aad, ciphertext) =>
      chain(kem.decapsulate(privateKey, enc), (sharedSecret) => {
        if (sharedSecret === null) return null;
        const { key, nonce } = keyAndNonce(sharedSecret, info);
        return chain(aead.open(key, nonce, aad, ciphertext), (plaintext) => {
          wipe(key, nonce);
          return plaintext;
        });
      }),
    sealExport: (publicKey, info, exporterContext, lengthBytes) =>
      chain(kem.encapsulate(publicKey), (encapsulation) => {
        const { enc, sharedSecret } = requireEncapsulation(encapsulation);
        return { enc, secret: exported(sharedSecret, info, exporterContext, lengthBytes) };
      }),
    openExport: (privateKey, enc, info, exporterContext, lengthBytes) =>
      chain(kem.decapsulate(privateKey, enc), (sharedSecret) =>
        sharedSecret === null ? null : exported(sharedSecret, info, exporterContext, lengthBytes),
      ),
  };
}
