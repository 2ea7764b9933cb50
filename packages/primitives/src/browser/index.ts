/** The provider for browsers: libsodium, and Web Crypto where it has Ed25519 and ML-KEM-768. */
import { createProvider } from '../createProvider.ts';
import type { Provider } from '../provider.ts';
import { createSodiumEd25519 } from '../sodium/ed25519.ts';
import { loadSodium } from '../sodium/loadSodium.ts';
import { createSodiumMlKem768 } from '../sodium/mlKem768.ts';
import { createSodiumX25519 } from '../sodium/x25519.ts';
import { webAes128Gcm } from './aes128Gcm.ts';
import { createWebEd25519, hasWebEd25519 } from './ed25519.ts';
import { createWebMlKem768, hasWebMlKem768 } from './mlKem768.ts';

export interface BrowserProviderOptions {
  /**
   * `detect` (the default) takes Ed25519 and ML-KEM-768 from Web Crypto where it has them, and each from
   * libsodium where it has not. `avoid` takes them from libsodium in any case.
   */
  readonly webCrypto?: 'detect' | 'avoid';
}

/**
 * For pages and workers in a secure context; AES-128-GCM always is Web Crypto's, the one thing that libsodium
 * lacks. What comes from Web Crypto answers with promises.
 */
export async function loadBrowserProvider(options: BrowserProviderOptions = {}): Promise<Provider> {
  const sodium = await loadSodium();
  const { module, scratch } = sodium;
  const ed25519 = createSodiumEd25519(module, scratch);
  const mlKem768 = createSodiumMlKem768(module, scratch);
  const detect = options.webCrypto !== 'avoid';
  const webEd25519 = detect && (await hasWebEd25519(ed25519));
  const webMlKem768 = detect && (await hasWebMlKem768(mlKem768));
  return createProvider({
    ...sodium,
    name: `browser (Ed25519: ${sourceName(webEd25519)}, ML-KEM-768: ${sourceName(webMlKem768)})`,
    aes128Gcm: webAes128Gcm,
    ed25519: webEd25519 ? createWebEd25519(ed25519) : ed25519,
    x25519: createSodiumX25519(module, scratch),
    mlKem768: webMlKem768 ? createWebMlKem768(mlKem768) : mlKem768,
  });
}

function sourceName(web: boolean): string {
  return web ? 'Web Crypto' : 'libsodium';
}
