import { expect, it } from 'vitest';
import { describeProvider } from '../conformance/describeProvider.ts';
import { loadBrowserProvider } from './index.ts';

// Node's Web Crypto has all that a browser's may have.
describeProvider('browser provider with Web Crypto', loadBrowserProvider);
describeProvider('browser provider with libsodium alone', () => loadBrowserProvider({ webCrypto: 'avoid' }));

it('names where its keys come from', async () => {
  expect((await loadBrowserProvider()).name).toBe('browser (Ed25519: Web Crypto, ML-KEM-768: Web Crypto)');
  expect((await loadBrowserProvider({ webCrypto: 'avoid' })).name).toBe(
    'browser (Ed25519: libsodium, ML-KEM-768: libsodium)',
  );
});
