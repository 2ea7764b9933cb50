import { BoundedCache } from '../boundedCache.ts';
import type { Signature } from '../cipherSuite.ts';
import { concatBytes } from '../concatBytes.ts';
import { hasEd25519Form } from '../ed25519Form.ts';
import type { SodiumEd25519 } from '../sodium/ed25519.ts';
import { wipe } from '../wipe.ts';
import { bufferSource } from './bufferSource.ts';

const algorithm = 'Ed25519';
const cachedPublicKeys = 4096;
/** PrivateKeyInfo (RFC 8410) up to the seed: Web Crypto imports a private key in no shorter form. */
const pkcs8Prefix = Uint8Array.fromHex('302e020100300506032b657004220420');

async function importSeed(seed: Uint8Array): Promise<CryptoKey> {
  const encoded = concatBytes(pkcs8Prefix, seed);
  try {
    return await crypto.subtle.importKey('pkcs8', bufferSource(encoded), algorithm, false, ['sign']);
  } finally {
    wipe(encoded);
  }
}

/** Ed25519 with Web Crypto; a signing key is a non-extractable handle. Public keys are made by libsodium. */
export function createWebEd25519(sodium: SodiumEd25519): Signature {
  const publicKeys = new BoundedCache(
    cachedPublicKeys,
    (key): Promise<CryptoKey | null> =>
      crypto.subtle.importKey('raw', bufferSource(key), algorithm, false, ['verify']).catch(() => null),
  );
  return {
    publicKeySize: sodium.publicKeySize,
    signatureSize: sodium.signatureSize,
    generateSeed: sodium.generateSeed,
    async importKey(seed) {
      const publicKey = sodium.publicKey(seed);
      const key = await importSeed(seed);
      return {
        publicKey,
        sign: async (message) =>
          new Uint8Array(await crypto.subtle.sign(algorithm, key, bufferSource(message))),
      };
    },
    async verify(publicKey, message, signature) {
      if (!hasEd25519Form(publicKey, signature)) return false;
      const key = await publicKeys.get(publicKey);
      if (key === null) return false;
      return crypto.subtle.verify(algorithm, key, bufferSource(signature), bufferSource(message));
    },
  };
}

/** True where this browser's Web Crypto signs with Ed25519 as libsodium does. */
export async function hasWebEd25519(sodium: SodiumEd25519): Promise<boolean> {
  const message = new Uint8Array([1]);
  try {
    const web = createWebEd25519(sodium);
    const key = await web.importKey(sodium.generateSeed());
    return await sodium.verify(key.publicKey, message, await key.sign(message));
  } catch {
    return false;
  }
}
