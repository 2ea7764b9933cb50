import { suiteIds } from '../cipherSuite.ts';
import { bytes, type Check, requireEqual, requireRangeError, requireTrue, text } from './check.ts';
import { hpkeVectors } from './hpkeVectors.ts';

const empty = new Uint8Array(0);

/** HPKE against the published vectors, as the receiver. */
const vectorChecks: readonly Check[] = hpkeVectors.map((vector) => ({
  name: `HPKE: ${vector.source}`,
  async run(provider) {
    const { hpke } = provider.suite(suiteIds[vector.suite]);
    const privateKey = bytes(vector.skRm);
    const enc = bytes(vector.enc);
    const info = bytes(vector.info);
    const pair = await hpke.deriveKeyPair(bytes(vector.ikmR));
    requireEqual(pair.privateKey, vector.skRm, 'derived private key');
    requireEqual(pair.publicKey, vector.pkRm, 'derived public key');
    const opened = await hpke.open(privateKey, enc, info, bytes(vector.aad), bytes(vector.ct));
    requireEqual(opened, vector.pt, 'plaintext');
    for (const { context, lengthBytes, value } of vector.exports) {
      requireEqual(
        await hpke.openExport(privateKey, enc, info, bytes(context), lengthBytes),
        value,
        'export',
      );
    }
  },
}));

/** The same for each suite: what a sender makes a receiver opens, and nothing else opens. */
const suiteChecks: readonly Check[] = Object.entries(suiteIds).flatMap(([suiteName, id]): Check[] => [
  {
    name: `HPKE ${suiteName}: seals and opens`,
    async run(provider) {
      const { hpke } = provider.suite(id);
      const { privateKey, publicKey } = await hpke.generateKeyPair();
      requireTrue(privateKey.length === hpke.privateKeySize, 'private key size');
      requireTrue(publicKey.length === hpke.publicKeySize, 'public key size');
      requireTrue(await hpke.isPublicKey(publicKey), 'own public key is not one');
      const info = text('info');
      const aad = text('aad');
      for (const plaintext of [empty, text('Sotto'), new Uint8Array(300_000).fill(7)]) {
        const { enc, ciphertext } = await hpke.seal(publicKey, info, aad, plaintext);
        requireTrue(enc.length === hpke.encapsulationSize, 'encapsulation size');
        requireEqual(await hpke.open(privateKey, enc, info, aad, ciphertext), plaintext, 'opened');
      }
    },
  },
  {
    name: `HPKE ${suiteName}: exports the same secret on both sides`,
    async run(provider) {
      const { hpke } = provider.suite(id);
      const { privateKey, publicKey } = await hpke.generateKeyPair();
      const { enc, secret } = await hpke.sealExport(publicKey, text('info'), text('context'), 100);
      requireTrue(secret.length === 100, 'secret size');
      const opened = await hpke.openExport(privateKey, enc, text('info'), text('context'), 100);
      requireEqual(opened, secret, 'exported secret');
      const other = await hpke.openExport(privateKey, enc, text('info'), text('other'), 100);
      requireTrue(other !== null && !provider.equalBytes(other, secret), 'context does not matter');
    },
  },
  {
    name: `HPKE ${suiteName}: opens nothing that was changed`,
    async run(provider) {
      const { hpke } = provider.suite(id);
      const { privateKey, publicKey } = await hpke.generateKeyPair();
      const stranger = await hpke.generateKeyPair();
      const info = text('info');
      const aad = text('aad');
      const { enc, ciphertext } = await hpke.seal(publicKey, info, aad, text('plaintext'));
      const attempts: Record<string, Parameters<typeof hpke.open>> = {
        'another key': [stranger.privateKey, enc, info, aad, ciphertext],
        'another encapsulation': [privateKey, flipped(enc, 3), info, aad, ciphertext],
        'another ephemeral key': [privateKey, flipped(enc, enc.length - 2), info, aad, ciphertext],
        'another info': [privateKey, enc, text('Info'), aad, ciphertext],
        'another aad': [privateKey, enc, info, empty, ciphertext],
        'another ciphertext': [privateKey, enc, info, aad, flipped(ciphertext, 0)],
        'another tag': [privateKey, enc, info, aad, flipped(ciphertext, ciphertext.length - 1)],
        'a short ciphertext': [privateKey, enc, info, aad, ciphertext.subarray(0, 15)],
        'no ciphertext': [privateKey, enc, info, aad, empty],
        'a short encapsulation': [privateKey, enc.subarray(1), info, aad, ciphertext],
        'a long encapsulation': [privateKey, new Uint8Array(enc.length + 1), info, aad, ciphertext],
        'an encapsulation of zeros': [privateKey, new Uint8Array(enc.length), info, aad, ciphertext],
        'no encapsulation': [privateKey, empty, info, aad, ciphertext],
      };
      for (const [what, attempt] of Object.entries(attempts)) {
        requireTrue((await hpke.open(...attempt)) === null, `opened with ${what}`);
      }
      const zeros = new Uint8Array(enc.length);
      const exported = await hpke.openExport(privateKey, zeros, info, empty, 32);
      requireTrue(exported === null, 'exported with an encapsulation of zeros');
    },
  },
  {
    name: `HPKE ${suiteName}: refuses what is no public key`,
    async run(provider) {
      const { hpke } = provider.suite(id);
      const { publicKey } = await hpke.generateKeyPair();
      const lowOrder = publicKey.slice();
      lowOrder.fill(0, -32);
      const wrong: Record<string, Uint8Array> = {
        nothing: empty,
        'a short key': publicKey.subarray(1),
        'a long key': new Uint8Array(publicKey.length + 1).fill(9),
        'a point of low order': lowOrder,
      };
      if (id === suiteIds.hybridChaCha20) {
        const overflow = publicKey.slice();
        overflow.fill(0xff, 0, 2);
        wrong['a coefficient above the modulus'] = overflow;
      }
      for (const [what, key] of Object.entries(wrong)) {
        requireTrue(!(await hpke.isPublicKey(key)), `takes ${what} for a public key`);
        await requireRangeError(() => hpke.seal(key, empty, empty, empty), `seal to ${what}`);
        await requireRangeError(() => hpke.sealExport(key, empty, empty, 32), `export to ${what}`);
      }
    },
  },
]);

function flipped(original: Uint8Array, index: number): Uint8Array {
  const copy = original.slice();
  copy[index]! ^= 1;
  return copy;
}

export const hpkeChecks: readonly Check[] = [...vectorChecks, ...suiteChecks];
