import { expect, it } from 'vitest';
import { describeProvider } from '../conformance/describeProvider.ts';
import { loadNodeProvider } from './index.ts';
import { loadNativeEd25519 } from './nativeEd25519.ts';

describeProvider('Node provider', () => loadNodeProvider({ sodiumNative: 'avoid' }));

if ((await loadNativeEd25519()) === null) {
  console.warn('sodium-native is not installed: its provider is left out');
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
