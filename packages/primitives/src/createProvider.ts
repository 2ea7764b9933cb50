import { type Aead, type CipherSuite, type SuiteId, suiteIds } from './cipherSuite.ts';
import { equalBytes } from './equalBytes.ts';
import { createHpke } from './hpke/createHpke.ts';
import { createDhkemX25519 } from './hpke/dhkemX25519.ts';
import { createHybridKem } from './hpke/hybridKem.ts';
import type { Kem } from './hpke/kem.ts';
import type { Provider, ProviderParts } from './provider.ts';
import { randomBytes } from './randomBytes.ts';

/** Numbers in the HPKE registries (RFC 9180 §7.2 and §7.3). */
const hkdfSha256Id = 0x0001;
const aes128GcmId = 0x0001;
const chacha20Poly1305Id = 0x0003;

/** A provider out of a platform's primitives: HPKE and the cipher suites are put together here, once. */
export function createProvider(parts: ProviderParts): Provider {
  const { sha256, hkdfSha256 } = parts;
  const dhkem = createDhkemX25519(parts.x25519, hkdfSha256);
  const hybridKem = createHybridKem(parts);

  function createSuite(id: SuiteId, name: string, kem: Kem, aead: Aead, aeadId: number): CipherSuite {
    return {
      id,
      name,
      hash: sha256,
      kdf: hkdfSha256,
      aead,
      signature: parts.ed25519,
      hpke: createHpke({ kem, kdf: hkdfSha256, kdfId: hkdfSha256Id, aead, aeadId }),
      randomBytes,
    };
  }

  const hybridSuite = createSuite(
    suiteIds.hybridChaCha20,
    'MLS_128_MLKEM768X25519_CHACHA20POLY1305_SHA256_Ed25519',
    hybridKem,
    parts.chacha20Poly1305,
    chacha20Poly1305Id,
  );
  const suites = new Map<number, CipherSuite>(
    [
      createSuite(
        suiteIds.x25519Aes128,
        'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
        dhkem,
        parts.aes128Gcm,
        aes128GcmId,
      ),
      createSuite(
        suiteIds.x25519ChaCha20,
        'MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519',
        dhkem,
        parts.chacha20Poly1305,
        chacha20Poly1305Id,
      ),
      hybridSuite,
    ].map((suite) => [suite.id, suite]),
  );

  return {
    name: parts.name,
    suites: [...suites.values()].map((suite) => suite.id),
    supports: (id): id is SuiteId => suites.has(id),
    suite(id) {
      const suite = suites.get(id);
      if (suite === undefined) throw new RangeError('Unknown cipher suite');
      return suite;
    },
    sha256: sha256.digest,
    beginSha256: parts.beginSha256,
    sha512: parts.sha512.digest,
    sha3_256: parts.sha3_256,
    shake256: parts.shake256,
    hmacSha256: sha256.hmac,
    hmacSha512: parts.sha512.hmac,
    hkdf: hkdfSha256,
    hkdfSha512: parts.hkdfSha512,
    chacha20Poly1305: parts.chacha20Poly1305,
    xchacha20Poly1305: parts.xchacha20Poly1305,
    aes128Gcm: parts.aes128Gcm,
    ed25519: parts.ed25519,
    x25519: parts.x25519,
    mlKem768: parts.mlKem768,
    hpke: hybridSuite.hpke,
    randomBytes,
    equalBytes,
  };
}
