import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeProvider } from '../conformance/describeProvider.ts';
import { loadNodeProvider } from './index.ts';
import { loadNativeEd25519, type SodiumNative } from './nativeEd25519.ts';

describeProvider('Node provider', () => loadNodeProvider({ sodiumNative: 'avoid' }));

if ((await loadNativeEd25519()) === null) {
  console.warn('sodium-native is not installed, or not for this platform: its provider is left out');
} else {
  describeProvider('Node provider with sodium-native', loadNodeProvider);
}

it('returns plain values from every suite', async () => {
  const provider = await loadNodeProvider();
  const empty = new Uint8Array(0);
  for (const id of provider.suites) {
    const { hpke, signature } = provider.suite(id);
    const pair = hpke.generateKeyPair();
    if (pair instanceof Promise) expect.unreachable();
    const sealed = hpke.seal(pair.publicKey, empty, empty, empty);
    if (sealed instanceof Promise) expect.unreachable();
    expect(hpke.open(pair.privateKey, sealed.enc, empty, empty, sealed.ciphertext)).toEqual(empty);
    const key = signature.importKey(signature.generateSeed());
    if (key instanceof Promise) expect.unreachable();
    const signed = key.sign(empty);
    if (signed instanceof Promise) expect.unreachable();
    expect(signature.verify(key.publicKey, empty, signed)).toBe(true);
  }
});

describe('the Node provider does without sodium-native', () => {
  afterEach(() => {
    vi.doUnmock('sodium-native');
  });

  it('where it is not installed, or has no build for the platform', async () => {
    vi.doMock('sodium-native', () => {
      throw new Error('ADDON_NOT_FOUND');
    });
    expect((await loadNodeProvider()).name).toBe('node (Ed25519: OpenSSL)');
  });

  it('where the package is another than expected', async () => {
    vi.doMock('sodium-native', () => ({ default: {} }));
    expect((await loadNodeProvider()).name).toBe('node (Ed25519: OpenSSL)');
  });

  it('where it takes signatures that the other libraries refuse', async () => {
    const lenient: SodiumNative = {
      crypto_sign_seed_keypair: () => undefined,
      crypto_sign_detached: () => undefined,
      crypto_sign_verify_detached: () => true,
    };
    expect((await loadNodeProvider({ sodiumNative: lenient })).name).toBe('node (Ed25519: OpenSSL)');
  });
});
