import { describe, expect, it } from 'vitest';
import { loadNodeProvider } from '../node/index.ts';
import type { Provider } from '../provider.ts';
import { loadWycheproof } from './loadWycheproof.ts';
import { providerChecks } from './providerChecks.ts';

/** Names of the checks that a provider fails. */
async function failures(provider: Provider): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const check of providerChecks(loadWycheproof())) {
    await check.run(provider).catch(() => failed.push(check.name));
  }
  return failed;
}

describe('the conformance suite finds', () => {
  const defects: Record<string, (good: Provider) => Partial<Provider>> = {
    'a verifier that says yes': (good) => ({ ed25519: { ...good.ed25519, verify: () => true } }),
    'a verifier that takes signatures that are too long': (good) => ({
      ed25519: {
        ...good.ed25519,
        verify: (key, message, signature) => good.ed25519.verify(key, message, signature.subarray(0, 64)),
      },
    }),
    'an X25519 that takes points of low order': (good) => ({
      x25519: {
        ...good.x25519,
        agreeFresh: (peer) =>
          good.x25519.agreeFresh(peer) ?? { publicKey: new Uint8Array(32), secret: new Uint8Array(32) },
      },
    }),
    'an AEAD that forgets the aad': (good) => ({
      aes128Gcm: {
        ...good.aes128Gcm,
        seal: (key, nonce, _aad, plaintext) => good.aes128Gcm.seal(key, nonce, new Uint8Array(0), plaintext),
      },
      chacha20Poly1305: {
        ...good.chacha20Poly1305,
        open: (key, nonce, _aad, text) => good.chacha20Poly1305.open(key, nonce, new Uint8Array(0), text),
      },
    }),
    'an HKDF without limit': (good) => ({
      hkdf: {
        ...good.hkdf,
        expand: (key, info, length) => good.hkdf.expand(key, info, Math.max(0, Math.min(length, 8160)) | 0),
      },
    }),
    'an HKDF that mixes up its keys': (good) => ({
      hkdf: {
        ...good.hkdf,
        expandEach: (key, infos, lengths) => good.hkdf.expandEach(key, infos.toReversed(), lengths),
      },
    }),
    'a KEM that derives as older drafts did': (good) => {
      const suite = good.suite(0xf0fe);
      const deriveKeyPair: typeof suite.hpke.deriveKeyPair = (inputKey) =>
        suite.hpke.deriveKeyPair(good.shake256(inputKey, 32));
      return {
        suite: (id) =>
          id === suite.id ? { ...suite, hpke: { ...suite.hpke, deriveKeyPair } } : good.suite(id),
      };
    },
    'random bytes that are not': () => ({ randomBytes: (lengthBytes) => new Uint8Array(lengthBytes) }),
  };

  it.each(Object.entries(defects))('%s', async (_name, breakIt) => {
    const good = await loadNodeProvider();
    expect(await failures({ ...good, ...breakIt(good) })).not.toEqual([]);
  });

  it('nothing in a good provider', async () => {
    expect(await failures(await loadNodeProvider())).toEqual([]);
  });
});
