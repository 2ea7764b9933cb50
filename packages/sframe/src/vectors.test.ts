import { loadVectors } from '@sotto/testkit/vectors';
import { describe, expect, it } from 'vitest';
import { authenticated, initialCounter } from './ctrHmac.ts';
import { decodeHeader, encodeHeader } from './header.ts';
import { frameAad, frameNonce, keyLabel, saltLabel } from './labels.ts';
import { deriveNodeKey } from './node/nodeCiphers.ts';
import { type SuiteId, suiteParameters } from './suites.ts';
import { fromHex, type SframeVectors, vectorCases, vectorsPath } from './testing/vectorFile.ts';
import { deriveWebKey } from './webCiphers.ts';

const vectors = loadVectors<SframeVectors>(vectorsPath, vectorCases);

describe.skipIf(vectors === null)('vectors of RFC 9605', () => {
  const { header, aes_ctr_hmac, sframe } = vectors ?? { header: [], aes_ctr_hmac: [], sframe: [] };

  it('headers', () => {
    expect(header.length).toBe(289);
    for (const { kid, ctr, encoded } of header) {
      const decoded = decodeHeader(fromHex(encoded));
      expect(decoded?.size).toBe(encoded.length / 2);
      expect(Number(decoded?.kid)).toBe(kid);
      expect(Number(decoded?.counter)).toBe(ctr);
      expect(encodeHeader(decoded!.kid, decoded!.counter).toHex()).toBe(encoded);
    }
  });

  it.each(sframe)('suite $cipher_suite, in Node and with Web Crypto', async (vector) => {
    const suite = vector.cipher_suite as SuiteId;
    const kid = BigInt(vector.kid);
    const counter = BigInt(vector.ctr);
    const [baseKey, metadata, plaintext] = [vector.base_key, vector.metadata, vector.pt].map(fromHex) as [
      Uint8Array,
      Uint8Array<ArrayBuffer>,
      Uint8Array,
    ];
    expect(keyLabel(suite, kid).toHex()).toBe(vector.sframe_key_label);
    expect(saltLabel(suite, kid).toHex()).toBe(vector.sframe_salt_label);
    const header = encodeHeader(kid, counter);
    const aad = frameAad(header, metadata);
    expect(aad.toHex()).toBe(vector.aad);
    for (const { salt, cipher } of [
      deriveNodeKey(suite, kid, baseKey),
      await deriveWebKey(suite, kid, baseKey),
    ]) {
      expect(salt.toHex()).toBe(vector.sframe_salt);
      const nonce = frameNonce(salt, counter);
      expect(nonce.toHex()).toBe(vector.nonce);
      const sealed = await cipher.seal(nonce, aad, plaintext);
      expect(header.toHex() + sealed.toHex()).toBe(vector.ct);
      expect((await cipher.open(nonce, aad, sealed))?.toHex()).toBe(vector.pt);
    }
  });

  it.each(aes_ctr_hmac)('AES-CTR with HMAC of suite $cipher_suite', async (vector) => {
    const { aesKeySize, tagSize } = suiteParameters(vector.cipher_suite as SuiteId);
    const [key, nonce, aad, ct] = [vector.key, vector.nonce, vector.aad, vector.ct].map(fromHex) as [
      Uint8Array<ArrayBuffer>,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const encrypted = ct.subarray(0, ct.length - tagSize);
    const { subtle } = crypto;
    const mac = await subtle.importKey(
      'raw',
      key.slice(aesKeySize),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const tag = await subtle.sign('HMAC', mac, authenticated(tagSize, nonce, aad, encrypted));
    expect(new Uint8Array(tag, 0, tagSize).toHex()).toBe(ct.subarray(encrypted.length).toHex());
    const aes = await subtle.importKey('raw', key.slice(0, aesKeySize), 'AES-CTR', false, ['decrypt']);
    const algorithm = { name: 'AES-CTR', counter: initialCounter(nonce), length: 32 };
    const opened = await subtle.decrypt(algorithm, aes, encrypted.slice());
    expect(new Uint8Array(opened).toHex()).toBe(vector.pt);
  });
});
