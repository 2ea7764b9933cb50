import { bytes, type Check, requireEqual, requireRangeError, requireTrue, text } from './check.ts';
import { ed25519EdgeCases } from './ed25519EdgeCases.ts';

const empty = new Uint8Array(0);

interface HkdfVector {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly prk: string;
  readonly okm: string;
}

/** RFC 5869 A.1 to A.3. */
const hkdfVectors: readonly HkdfVector[] = [
  {
    ikm: '0b'.repeat(22),
    salt: '000102030405060708090a0b0c',
    info: 'f0f1f2f3f4f5f6f7f8f9',
    prk: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    okm: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    ikm: consecutive(0x00, 80),
    salt: consecutive(0x60, 80),
    info: consecutive(0xb0, 80),
    prk: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    okm: [
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c',
      '59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71',
      'cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ].join(''),
  },
  {
    ikm: '0b'.repeat(22),
    salt: '',
    info: '',
    prk: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    okm: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
];

function consecutive(first: number, count: number): string {
  return Uint8Array.from({ length: count }, (_, i) => first + i).toHex();
}

export const primitiveChecks: readonly Check[] = [
  {
    name: 'hashes (FIPS 180-4 and 202 examples)',
    async run({ sha256, beginSha256, sha512, sha3_256, shake256 }) {
      const running = beginSha256();
      const other = beginSha256();
      for (const letter of 'abc') {
        running.update(text(letter));
        other.update(new Uint8Array(200_000));
      }
      requireEqual(running.digest(), sha256(text('abc')).toHex(), 'SHA-256 piece by piece');
      requireEqual(other.digest(), sha256(new Uint8Array(600_000)).toHex(), 'SHA-256 of large pieces');
      requireEqual(beginSha256().digest(), sha256(empty).toHex(), 'SHA-256 of no piece');
      requireEqual(
        sha256(text('abc')),
        'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        'SHA-256',
      );
      requireEqual(sha512(empty).subarray(0, 16), 'cf83e1357eefb8bdf1542850d66d8007', 'SHA-512 of nothing');
      requireEqual(
        sha3_256(text('abc')),
        '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
        'SHA3-256',
      );
      requireEqual(shake256(empty, 16), '46b9dd2b0ba88d13233b3feb743eeb24', 'SHAKE256 of nothing');
    },
  },
  {
    name: 'HKDF-SHA256 (RFC 5869 A.1 to A.3)',
    async run({ hkdf }) {
      for (const { ikm, salt, info, prk, okm } of hkdfVectors) {
        requireEqual(hkdf.extract(bytes(salt), bytes(ikm)), prk, 'PRK');
        requireEqual(hkdf.expand(bytes(prk), bytes(info), okm.length / 2), okm, 'OKM');
      }
    },
  },
  {
    name: 'HKDF gives 0 to 255 blocks, each a prefix of the longer',
    async run({ hkdf, hkdfSha512 }) {
      for (const kdf of [hkdf, hkdfSha512]) {
        const key = new Uint8Array(kdf.size).fill(1);
        const longest = kdf.expand(key, text('info'), 255 * kdf.size);
        for (const length of [0, 1, kdf.size - 1, kdf.size, kdf.size + 1, 254 * kdf.size]) {
          requireEqual(kdf.expand(key, text('info'), length), longest.subarray(0, length), `${length} bytes`);
        }
        for (const length of [-1, 0.5, Number.NaN, 255 * kdf.size + 1]) {
          await requireRangeError(() => kdf.expand(key, empty, length), `${length} bytes`);
        }
      }
    },
  },
  {
    name: 'HKDF gives several outputs of one key as it gives each',
    async run({ hkdf, hkdfSha512 }) {
      for (const kdf of [hkdf, hkdfSha512]) {
        for (const keyLength of [0, 32, kdf.size, 200]) {
          const key = new Uint8Array(keyLength).fill(7);
          const infos = [empty, text('one'), new Uint8Array(300).fill(9), text('one')];
          const lengths = [kdf.size, 1, 12, 0];
          const outputs = kdf.expandEach(key, infos, lengths);
          requireTrue(outputs.length === infos.length, 'one output each');
          for (const [i, output] of outputs.entries()) {
            requireEqual(output, kdf.expand(key, infos[i]!, lengths[i]!), `output ${i}`);
          }
        }
        const key = new Uint8Array(kdf.size);
        for (const lengths of [[kdf.size + 1], [-1], [0.5], []]) {
          await requireRangeError(() => kdf.expandEach(key, [empty], lengths), `lengths ${lengths}`);
        }
      }
    },
  },
  {
    name: 'AEADs refuse keys and nonces of a wrong size, and ciphertexts shorter than a tag',
    async run({ chacha20Poly1305, xchacha20Poly1305, aes128Gcm }) {
      for (const aead of [chacha20Poly1305, xchacha20Poly1305, aes128Gcm]) {
        const key = new Uint8Array(aead.keySize);
        const nonce = new Uint8Array(aead.nonceSize);
        await requireRangeError(() => aead.seal(key.subarray(1), nonce, empty, empty), 'short key');
        await requireRangeError(() => aead.seal(key, nonce.subarray(1), empty, empty), 'short nonce');
        await requireRangeError(() => aead.open(new Uint8Array(64), nonce, empty, empty), 'long key');
        await requireRangeError(() => aead.open(key, new Uint8Array(64), empty, empty), 'long nonce');
        const sealed = await aead.seal(key, nonce, empty, empty);
        requireTrue(sealed.length === aead.tagSize, 'size of an empty message');
        requireEqual(await aead.open(key, nonce, empty, sealed), empty, 'empty message');
        requireTrue((await aead.open(key, nonce, empty, sealed.subarray(1))) === null, 'short tag opened');
        requireTrue((await aead.open(key, nonce, empty, empty)) === null, 'nothing opened');
      }
    },
  },
  {
    name: 'large inputs, and small ones after them',
    async run({ sha256, chacha20Poly1305 }) {
      const large = new Uint8Array(5_000_000);
      requireEqual(
        sha256(large),
        'b39781589c4403fb82174c9647a010464cff38bad976547d339899b00053a545',
        'SHA-256 of zeros',
      );
      const key = new Uint8Array(32).fill(3);
      const nonce = new Uint8Array(12);
      const sealed = chacha20Poly1305.seal(key, nonce, empty, large);
      requireEqual(chacha20Poly1305.open(key, nonce, empty, sealed), large, 'opened');
      requireEqual(sha256(empty).subarray(0, 8), 'e3b0c44298fc1c14', 'SHA-256 of nothing');
    },
  },
  {
    name: 'inputs are not changed, and outputs are not shared',
    async run({ sha256, hkdf, chacha20Poly1305, ed25519 }) {
      const key = new Uint8Array(32).fill(5);
      const data = new Uint8Array(40).fill(6);
      const first = hkdf.expand(key, data, 32);
      const kept = first.slice();
      sha256(data);
      const sealed = chacha20Poly1305.seal(key, data.subarray(0, 12), data, data);
      chacha20Poly1305.open(key, data.subarray(0, 12), data, sealed);
      const signingKey = await ed25519.importKey(key);
      await signingKey.sign(data);
      requireEqual(first, kept, 'an earlier output');
      requireEqual(key, new Uint8Array(32).fill(5), 'the key');
      requireEqual(data, new Uint8Array(40).fill(6), 'the data');
    },
  },
  {
    name: 'Ed25519 signs as RFC 8032 §7.1 test 1, and keys outlive their seed',
    async run({ ed25519 }) {
      const seed = bytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
      const key = await ed25519.importKey(seed);
      seed.fill(0);
      requireEqual(
        key.publicKey,
        'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
        'public key',
      );
      const signature = [
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155',
        '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      ].join('');
      requireEqual(await key.sign(empty), signature, 'signature');
      await requireRangeError(() => ed25519.importKey(empty), 'an empty seed');
    },
  },
  {
    name: 'Ed25519 answers as every other provider where libraries differ',
    async run({ ed25519 }) {
      for (const { name, publicKey, signature, valid } of ed25519EdgeCases) {
        const verified = await ed25519.verify(bytes(publicKey), text('hello'), bytes(signature));
        requireTrue(verified === valid, `${name}: ${verified}`);
      }
    },
  },
  {
    name: 'Ed25519 denies keys and signatures of a wrong size',
    async run({ ed25519 }) {
      const key = await ed25519.importKey(ed25519.generateSeed());
      const signature = await key.sign(empty);
      requireTrue(await ed25519.verify(key.publicKey, empty, signature), 'own signature');
      for (const size of [0, 31, 33, 64]) {
        requireTrue(!(await ed25519.verify(new Uint8Array(size), empty, signature)), `key of ${size}`);
      }
      for (const size of [0, 32, 63, 65]) {
        const other = new Uint8Array(size);
        other.set(signature.subarray(0, size));
        requireTrue(!(await ed25519.verify(key.publicKey, empty, other)), `signature of ${size}`);
      }
    },
  },
  {
    name: 'X25519 agrees with itself and refuses wrong sizes',
    async run({ x25519, randomBytes }) {
      const privateKey = randomBytes(32);
      const sent = x25519.agreeFresh(x25519.publicKey(privateKey));
      requireTrue(sent !== null, 'no agreement');
      const received = x25519.agree(privateKey, sent!.publicKey);
      requireEqual(received?.secret ?? null, sent!.secret, 'secret');
      requireEqual(received?.publicKey ?? null, x25519.publicKey(privateKey), 'own public key');
      await requireRangeError(() => x25519.publicKey(empty), 'no private key');
      await requireRangeError(() => x25519.agree(privateKey, empty), 'no public key');
      requireTrue(x25519.agreeFresh(new Uint8Array(32)) === null, 'agreed with zeros');
    },
  },
  {
    name: 'ML-KEM-768 agrees with itself, rejects implicitly and refuses wrong sizes',
    async run({ mlKem768, randomBytes, equalBytes }) {
      const seed = randomBytes(64);
      const publicKey = await mlKem768.publicKey(seed);
      const encapsulation = await mlKem768.encapsulate(publicKey);
      requireTrue(encapsulation !== null, 'not encapsulated');
      const { ciphertext, sharedSecret } = encapsulation!;
      requireEqual(await mlKem768.decapsulate(seed, ciphertext), sharedSecret, 'shared secret');
      ciphertext[0]! ^= 1;
      const other = await mlKem768.decapsulate(seed, ciphertext);
      requireTrue(other !== null && !equalBytes(other, sharedSecret), 'implicit rejection');
      requireTrue((await mlKem768.decapsulate(seed, empty)) === null, 'decapsulated nothing');
      requireTrue((await mlKem768.encapsulate(empty)) === null, 'encapsulated to nothing');
      await requireRangeError(() => mlKem768.decapsulate(empty, ciphertext), 'no seed');
    },
  },
  {
    name: 'random bytes: the number asked for, and others each time',
    async run({ randomBytes, equalBytes }) {
      for (const size of [0, 1, 32, 65_536, 200_001]) {
        requireTrue(randomBytes(size).length === size, `${size} bytes`);
      }
      const large = randomBytes(200_000);
      requireTrue(
        large.subarray(-64).some((byte) => byte !== 0),
        'the end is zeros',
      );
      requireTrue(!equalBytes(randomBytes(32), randomBytes(32)), 'twice the same');
    },
  },
  {
    name: 'suites: those it says, and no other',
    async run(provider) {
      requireTrue(provider.suites.length === 3, 'not three suites');
      for (const id of provider.suites) {
        requireTrue(provider.supports(id) && provider.suite(id).id === id, `suite ${id}`);
      }
      requireTrue(!provider.supports(2), 'supports P-256');
    },
  },
];
