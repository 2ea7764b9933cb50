import type { Signature } from '../cipherSuite.ts';
import { ed25519Sizes, hasEd25519Form } from '../ed25519Form.ts';
import { randomBytes } from '../randomBytes.ts';
import { requireSize } from '../requireSize.ts';

/** The part of sodium-native (libsodium as a native add-on) that is used here. */
export interface SodiumNative {
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** libsodium's form of a private key: seed ‖ public key. */
const secretKeySize = 64;

/**
 * Ed25519 (RFC 8032) with sodium-native, in less than half of OpenSSL's time. Null where the package is not installed
 * (it is an optional dependency), has no build for this platform, or verifies otherwise than the other libraries.
 */
export async function loadNativeEd25519(given?: SodiumNative): Promise<Signature | null> {
  const native = given ?? (await importSodiumNative());
  if (native === null) return null;
  const ed25519 = createNativeEd25519(native);
  return verifiesWithoutCofactor(ed25519) ? ed25519 : null;
}

async function importSodiumNative(): Promise<SodiumNative | null> {
  // A variable, so that bundlers do not look for a package that need not be there, nor the compiler for its types.
  const packageName: string = 'sodium-native';
  try {
    const { default: native } = (await import(packageName)) as { default: SodiumNative };
    return typeof native.crypto_sign_verify_detached === 'function' ? native : null;
  } catch {
    return null;
  }
}

interface SyncSignature extends Signature {
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

function createNativeEd25519(native: SodiumNative): SyncSignature {
  return {
    publicKeySize: ed25519Sizes.publicKey,
    signatureSize: ed25519Sizes.signature,
    generateSeed: () => randomBytes(ed25519Sizes.seed),
    importKey(seed) {
      requireSize('Ed25519 seed', seed, ed25519Sizes.seed);
      const publicKey = new Uint8Array(ed25519Sizes.publicKey);
      const secretKey = new Uint8Array(secretKeySize);
      native.crypto_sign_seed_keypair(publicKey, secretKey, seed);
      return {
        publicKey,
        sign(message) {
          const signature = new Uint8Array(ed25519Sizes.signature);
          native.crypto_sign_detached(signature, message, secretKey);
          return signature;
        },
      };
    },
    verify: (publicKey, message, signature) =>
      hasEd25519Form(publicKey, signature) &&
      native.crypto_sign_verify_detached(signature, message, publicKey),
  };
}

/**
 * Some versions of libsodium verify with the cofactor. This signature over "hello", made for this test, is
 * valid with it and invalid without (see `hasEd25519Form` on why all must answer the same).
 */
function verifiesWithoutCofactor(ed25519: SyncSignature): boolean {
  return !ed25519.verify(
    Uint8Array.fromHex('7767a3242dc9b58bbc68488c1265cc6cc5f26c6f3c88a5d55e901b0734dca572'),
    new TextEncoder().encode('hello'),
    Uint8Array.fromHex(
      [
        '6999d5cb5126005c325892f1c6eab824b310708befff12fbaf45dda050cb12f0',
        '81702704a7d9ee5ea4b3f00d2f098185c6165c90f39319c1d36ffe91a83b8f02',
      ].join(''),
    ),
  );
}
