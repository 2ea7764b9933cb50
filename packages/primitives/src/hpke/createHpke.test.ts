import { expect, it } from 'vitest';
import { suiteIds } from '../cipherSuite.ts';
import { bytes } from '../conformance/check.ts';
import { hpkeVectors } from '../conformance/hpkeVectors.ts';
import { loadNodeProvider } from '../node/index.ts';
import { createHpke } from './createHpke.ts';
import { createDhkemX25519 } from './dhkemX25519.ts';

const hkdfSha256Id = 1;
const aeadIds = { x25519Aes128: 1, x25519ChaCha20: 3, hybridChaCha20: 3 } as const;

/** RFC 9180 gives the sender's ephemeral key too: with it the sender's side is determined. */
for (const vector of hpkeVectors.filter(({ ikmE }) => ikmE !== '')) {
  it(`seals and exports as ${vector.source}`, async () => {
    const { x25519, hkdf, ...node } = await loadNodeProvider();
    const suite = node.suite(suiteIds[vector.suite]);
    const ephemeral = await suite.hpke.deriveKeyPair(bytes(vector.ikmE));
    const hpke = createHpke({
      kem: createDhkemX25519(
        { ...x25519, agreeFresh: (peer) => x25519.agree(ephemeral.privateKey, peer) },
        hkdf,
      ),
      kdf: hkdf,
      kdfId: hkdfSha256Id,
      aead: suite.aead,
      aeadId: aeadIds[vector.suite],
    });
    const publicKey = bytes(vector.pkRm);
    const info = bytes(vector.info);

    const sealed = await hpke.seal(publicKey, info, bytes(vector.aad), bytes(vector.pt));
    expect(sealed.enc.toHex()).toBe(vector.enc);
    expect(sealed.ciphertext.toHex()).toBe(vector.ct);
    for (const { context, lengthBytes, value } of vector.exports) {
      const exported = await hpke.sealExport(publicKey, info, bytes(context), lengthBytes);
      expect(exported.enc.toHex()).toBe(vector.enc);
      expect(exported.secret.toHex()).toBe(value);
    }
  });
}
