/** The provider for Node: libsodium for symmetric work, OpenSSL (node:crypto) for keys and AES. */
import { createHash } from 'node:crypto';
import type { RunningHash } from '../cipherSuite.ts';
import { createProvider } from '../createProvider.ts';
import type { Provider } from '../provider.ts';
import { loadSodium } from '../sodium/loadSodium.ts';
import { createSodiumMlKem768 } from '../sodium/mlKem768.ts';
import { nodeAes128Gcm } from './aes128Gcm.ts';
import { createNodeEd25519 } from './ed25519.ts';
import { createNodeMlKem768 } from './mlKem768.ts';
import { loadNativeEd25519, type SodiumNative } from './nativeEd25519.ts';
import { createNodeX25519 } from './x25519.ts';

export type { SodiumNative } from './nativeEd25519.ts';

export interface NodeProviderOptions {
  /**
   * `detect` (the default) takes Ed25519 from the optional dependency sodium-native where it is installed and has a
   * build for the platform; the module itself may be given where it is installed elsewhere.
   */
  readonly sodiumNative?: 'detect' | 'avoid' | SodiumNative;
}

/** Every function of this provider returns plain values, never promises. */
export async function loadNodeProvider(options: NodeProviderOptions = {}): Promise<Provider> {
  const sodium = await loadSodium();
  const { sodiumNative = 'detect' } = options;
  const given = typeof sodiumNative === 'object' ? sodiumNative : undefined;
  const nativeEd25519 = sodiumNative === 'avoid' ? null : await loadNativeEd25519(given);
  return createProvider({
    ...sodium,
    name: `node (Ed25519: ${nativeEd25519 === null ? 'OpenSSL' : 'sodium-native'})`,
    beginSha256: beginNodeSha256,
    aes128Gcm: nodeAes128Gcm,
    ed25519: nativeEd25519 ?? createNodeEd25519(),
    x25519: createNodeX25519(),
    mlKem768: createNodeMlKem768(createSodiumMlKem768(sodium.module, sodium.scratch)),
  });
}

/** OpenSSL's: seven times as fast as in WASM, which files of gigabytes feel. */
function beginNodeSha256(): RunningHash {
  const hash = createHash('sha256');
  return {
    update: (data) => void hash.update(data),
    digest: () => new Uint8Array(hash.digest()),
  };
}
