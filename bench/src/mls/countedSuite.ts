import type { Signer } from '@sotto/mls';
import type { CipherSuite } from '@sotto/primitives';

/** How often an operation has called each of the costly primitives. */
export interface KeyOperations {
  seal: number;
  open: number;
  deriveKeyPair: number;
  generateKeyPair: number;
  sign: number;
  verify: number;
}

export interface CountedSuite {
  readonly suite: CipherSuite;
  readonly counts: KeyOperations;
  readonly counted: (signer: Signer) => Signer;
}

export function countedSuite(suite: CipherSuite): CountedSuite {
  const counts = { seal: 0, open: 0, deriveKeyPair: 0, generateKeyPair: 0, sign: 0, verify: 0 };
  const { hpke, signature } = suite;
  return {
    counts,
    suite: {
      ...suite,
      hpke: {
        ...hpke,
        seal: (...args) => {
          counts.seal++;
          return hpke.seal(...args);
        },
        open: (...args) => {
          counts.open++;
          return hpke.open(...args);
        },
        deriveKeyPair: (...args) => {
          counts.deriveKeyPair++;
          return hpke.deriveKeyPair(...args);
        },
        generateKeyPair: () => {
          counts.generateKeyPair++;
          return hpke.generateKeyPair();
        },
      },
      signature: {
        ...signature,
        verify: (...args) => {
          counts.verify++;
          return signature.verify(...args);
        },
      },
    },
    counted: (signer) => ({
      publicKey: signer.publicKey,
      sign: (message) => {
        counts.sign++;
        return signer.sign(message);
      },
    }),
  };
}

/**
 * The same key operations bare, with the hashes of a path of `steps` nodes: a tree hash of each node and of the leaf,
 * and a parent hash for each (RFC 9420 §7.8, §7.9).
 */
export async function createOperationFloor(
  suite: CipherSuite,
  signer: Signer,
  counts: KeyOperations,
  steps: number,
): Promise<() => Promise<void>> {
  const pair = await suite.hpke.generateKeyPair();
  const info = suite.randomBytes(300);
  const none = new Uint8Array(0);
  const secret = suite.randomBytes(suite.kdf.size);
  const sealed = await suite.hpke.seal(pair.publicKey, info, none, secret);
  const toSign = suite.randomBytes(400);
  const signature = await signer.sign(toSign);
  const hashed = suite.randomBytes(200);
  return async () => {
    for (let i = 0; i < counts.deriveKeyPair; i++) await suite.hpke.deriveKeyPair(secret);
    for (let i = 0; i < counts.generateKeyPair; i++) await suite.hpke.generateKeyPair();
    for (let i = 0; i < counts.seal; i++) await suite.hpke.seal(pair.publicKey, info, none, secret);
    for (let i = 0; i < counts.open; i++) {
      await suite.hpke.open(pair.privateKey, sealed.enc, info, none, sealed.ciphertext);
    }
    for (let i = 0; i < counts.sign; i++) await signer.sign(toSign);
    for (let i = 0; i < counts.verify; i++) await suite.signature.verify(signer.publicKey, toSign, signature);
    for (let i = 0; i < 2 * steps + 1; i++) suite.hash.digest(hashed);
  };
}
