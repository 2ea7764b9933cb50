import { BoundedCache } from '../boundedCache.ts';
import { equalBytes } from '../equalBytes.ts';
import type { MlKem768 } from '../keyAgreement.ts';
import { isMlKem768PublicKey, mlKem768Sizes } from '../mlKem768PublicKey.ts';
import { randomBytes } from '../randomBytes.ts';
import { requireSize } from '../requireSize.ts';
import type { SyncMlKem768 } from '../sodium/mlKem768.ts';
import { bufferSource } from './bufferSource.ts';

const algorithm = 'ML-KEM-768';
const cachedPublicKeys = 256;

/** Modern Algorithms in the Web Cryptography API (WICG): not in TypeScript's declarations yet. */
interface SubtleWithMlKem {
  importKey(
    format: 'raw-seed' | 'raw-public',
    key: BufferSource,
    algorithm: string,
    extractable: boolean,
    usages: readonly ('encapsulateBits' | 'decapsulateBits')[],
  ): Promise<CryptoKey>;
  encapsulateBits(
    algorithm: string,
    key: CryptoKey,
  ): Promise<{ readonly sharedKey: ArrayBuffer; readonly ciphertext: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: CryptoKey, ciphertext: BufferSource): Promise<ArrayBuffer>;
}

function subtleWithMlKem(): SubtleWithMlKem {
  return crypto.subtle as unknown as SubtleWithMlKem;
}

/** ML-KEM-768 with Web Crypto; public keys are made by libsodium. Throws where the browser has none. */
export function createWebMlKem768(sodium: SyncMlKem768): MlKem768 {
  const subtle = subtleWithMlKem();
  const publicKeys = new BoundedCache(
    cachedPublicKeys,
    (key): Promise<CryptoKey | null> =>
      subtle
        .importKey('raw-public', bufferSource(key), algorithm, false, ['encapsulateBits'])
        .catch(() => null),
  );
  return {
    publicKey: sodium.publicKey,
    async encapsulate(publicKey) {
      if (!isMlKem768PublicKey(publicKey)) return null;
      const key = await publicKeys.get(publicKey);
      if (key === null) return null;
      const { ciphertext, sharedKey } = await subtle.encapsulateBits(algorithm, key);
      return { ciphertext: new Uint8Array(ciphertext), sharedSecret: new Uint8Array(sharedKey) };
    },
    async decapsulate(seed, ciphertext) {
      requireSize('ML-KEM-768 seed', seed, mlKem768Sizes.seedSize);
      if (ciphertext.length !== mlKem768Sizes.ciphertextSize) return null;
      const key = await subtle.importKey('raw-seed', bufferSource(seed), algorithm, false, [
        'decapsulateBits',
      ]);
      return new Uint8Array(await subtle.decapsulateBits(algorithm, key, bufferSource(ciphertext)));
    },
  };
}

/** True where this browser's Web Crypto encapsulates and decapsulates as libsodium does. */
export async function hasWebMlKem768(sodium: SyncMlKem768): Promise<boolean> {
  try {
    const web = createWebMlKem768(sodium);
    const seed = randomBytes(mlKem768Sizes.seedSize);
    const encapsulation = await web.encapsulate(sodium.publicKey(seed));
    if (encapsulation === null) return false;
    const { ciphertext, sharedSecret } = encapsulation;
    return [sodium.decapsulate(seed, ciphertext), await web.decapsulate(seed, ciphertext)].every(
      (secret) => secret !== null && equalBytes(secret, sharedSecret),
    );
  } catch {
    return false;
  }
}
