/** The cipher suites of RFC 9605 §4.5, by name and number. */

/** Numbers of the suites (RFC 9605 §8.1). The name ends with the tag's size in bits. */
export const suiteIds = {
  aes128CtrHmacSha256x80: 0x0001,
  aes128CtrHmacSha256x64: 0x0002,
  aes128CtrHmacSha256x32: 0x0003,
  aes128GcmSha256x128: 0x0004,
  aes256GcmSha512x128: 0x0005,
} as const;

export type SuiteId = (typeof suiteIds)[keyof typeof suiteIds];

/** What differs between suites. All sizes are in bytes. */
export interface SuiteParameters {
  readonly id: SuiteId;
  readonly aead: 'gcm' | 'ctrHmac';
  readonly hash: 'SHA-256' | 'SHA-512';
  /** Nk: of `sframe_key`. With `ctrHmac` its first `aesKeySize` bytes encrypt and the others authenticate. */
  readonly keySize: number;
  readonly aesKeySize: number;
  readonly tagSize: number;
}

/** Nn of every suite. */
export const nonceSize = 12;

/** AES-128 in counter mode with HMAC-SHA256 cut to `tagSize` (§4.5.1). */
function ctrHmac(id: SuiteId, tagSize: number): SuiteParameters {
  return { id, aead: 'ctrHmac', hash: 'SHA-256', keySize: 48, aesKeySize: 16, tagSize };
}

function gcm(id: SuiteId, hash: 'SHA-256' | 'SHA-512', keySize: number): SuiteParameters {
  return { id, aead: 'gcm', hash, keySize, aesKeySize: keySize, tagSize: 16 };
}

const suites: Readonly<Record<SuiteId, SuiteParameters>> = {
  [suiteIds.aes128CtrHmacSha256x80]: ctrHmac(suiteIds.aes128CtrHmacSha256x80, 10),
  [suiteIds.aes128CtrHmacSha256x64]: ctrHmac(suiteIds.aes128CtrHmacSha256x64, 8),
  [suiteIds.aes128CtrHmacSha256x32]: ctrHmac(suiteIds.aes128CtrHmacSha256x32, 4),
  [suiteIds.aes128GcmSha256x128]: gcm(suiteIds.aes128GcmSha256x128, 'SHA-256', 16),
  [suiteIds.aes256GcmSha512x128]: gcm(suiteIds.aes256GcmSha512x128, 'SHA-512', 32),
};

export function suiteParameters(id: SuiteId): SuiteParameters {
  return suites[id];
}
