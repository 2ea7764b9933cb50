/** The two ways of sealing media that the relay takes (RFC 5764 §4.1.2, RFC 7714 §14.2), the better one first. */
export interface SrtpProfile {
  readonly kind: 'aeadAes128Gcm' | 'aes128CmSha1';
  /** In the extension use_srtp. */
  readonly number: number;
  readonly saltSizeBytes: number;
  /** What a packet grows by; RTCP by four bytes more. */
  readonly tagSizeBytes: number;
}

export const aeadAes128Gcm: SrtpProfile = {
  kind: 'aeadAes128Gcm',
  number: 0x0007,
  saltSizeBytes: 12,
  tagSizeBytes: 16,
};
export const aes128CmSha1: SrtpProfile = {
  kind: 'aes128CmSha1',
  number: 0x0001,
  saltSizeBytes: 14,
  tagSizeBytes: 10,
};
export const srtpProfiles: readonly SrtpProfile[] = [aeadAes128Gcm, aes128CmSha1];

/** Of master keys and of session keys, in both. */
export const srtpKeySizeBytes = 16;
