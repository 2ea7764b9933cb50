import { expect, it } from 'vitest';
import { createSodiumEd25519 } from './ed25519.ts';
import { loadSodium } from './loadSodium.ts';
import { createSodiumMlKem768 } from './mlKem768.ts';
import { Scratch } from './scratch.ts';
import { loadSodiumModule } from './sodiumModule.ts';
import { createSodiumX25519 } from './x25519.ts';

const ordinarySizeBytes = 131_072;

it('holds nothing but zeros between calls', async () => {
  const sodium = await loadSodium();
  const { module, scratch } = sodium;
  const key = new Uint8Array(32).fill(0xaa);
  const data = new Uint8Array(1000).fill(0xbb);
  const seed = new Uint8Array(64).fill(0xcc);
  const ed25519 = createSodiumEd25519(module, scratch);
  const mlKem768 = createSodiumMlKem768(module, scratch);
  const x25519 = createSodiumX25519(module, scratch);
  const signingKey = await ed25519.importKey(key);
  const signature = await signingKey.sign(data);
  const calls: Record<string, () => unknown> = {
    sha256: () => sodium.sha256.digest(data),
    'HMAC with a short key': () => sodium.sha256.hmac(key, data),
    'HMAC with a long key': () => sodium.sha512.hmac(data, data),
    HKDF: () => sodium.hkdfSha256.expand(key, data, 1000),
    SHA3: () => sodium.sha3_256(data),
    SHAKE: () => sodium.shake256(data, 500),
    seal: () => sodium.chacha20Poly1305.seal(key, key.subarray(0, 12), data, data),
    'failed open': () => sodium.xchacha20Poly1305.open(key, key.subarray(0, 24), data, data),
    sign: () => signingKey.sign(data),
    verify: () => ed25519.verify(signingKey.publicKey, data, signature),
    'X25519 public key': () => x25519.publicKey(key),
    'X25519 agreement': () => x25519.agreeFresh(x25519.publicKey(key)),
    'ML-KEM': () => mlKem768.decapsulate(seed, mlKem768.encapsulate(mlKem768.publicKey(seed))!.ciphertext),
  };
  for (const [name, call] of Object.entries(calls)) {
    await call();
    const base = scratch.begin(0);
    expect(
      scratch.take(base, ordinarySizeBytes).every((byte) => byte === 0),
      name,
    ).toBe(true);
    scratch.end();
  }
});

it('grows for a large input, keeps its contents right, and shrinks again', async () => {
  const module = await loadSodiumModule();
  const scratch = new Scratch(module);
  const large = new Uint8Array(20_000_000).fill(1);
  const base = scratch.begin(large.length);
  scratch.put(base, large);
  expect(scratch.take(base + large.length - 3, 3)).toEqual(new Uint8Array([1, 1, 1]));
  scratch.end();
  const small = scratch.begin(16);
  expect(scratch.take(small, 16)).toEqual(new Uint8Array(16));
  scratch.end();
});

it('sees the memory that another user of the module made grow', async () => {
  const { module, sha256 } = await loadSodium();
  const before = module.HEAPU8.length;
  const pointer = module._malloc(before);
  expect(module.HEAPU8.length).toBeGreaterThan(before);
  expect(sha256.digest(new Uint8Array(0)).subarray(0, 4).toHex()).toBe('e3b0c442');
  module._free(pointer);
});
