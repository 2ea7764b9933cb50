/** Session keys out of master keys (RFC 3711 §4.3, RFC 7714 §11), which do not change in a session. */
import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { type SrtpProfile, srtpKeySizeBytes } from './srtpProfile.ts';

/** Of one direction, from the handshake. */
export interface MasterKey {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** Of one direction, for RTP or for RTCP. */
export interface SessionKey {
  readonly cipherKey: KeyObject;
  /** 12 bytes with GCM, 14 with counter mode. */
  readonly salt: Buffer;
  /** Of HMAC-SHA1; not used with GCM. */
  readonly authKey: KeyObject;
}

export interface SessionKeys {
  readonly rtp: SessionKey;
  readonly rtcp: SessionKey;
}

const authKeySizeBytes = 20;
/** Salts are as long in the derivation, whatever the profile: filled up with zeros. */
const derivationSaltSizeBytes = 14;
/** RFC 3711 §4.3.1 and §4.3.2. */
const labels = { rtp: { cipher: 0, auth: 1, salt: 2 }, rtcp: { cipher: 3, auth: 4, salt: 5 } } as const;

export function deriveSessionKeys(profile: SrtpProfile, master: MasterKey): SessionKeys {
  const keyFor = ({ cipher, auth, salt }: (typeof labels)['rtp' | 'rtcp']): SessionKey => ({
    cipherKey: createSecretKey(derive(master, cipher, srtpKeySizeBytes)),
    salt: derive(master, salt, profile.saltSizeBytes),
    authKey: createSecretKey(derive(master, auth, authKeySizeBytes)),
  });
  return { rtp: keyFor(labels.rtp), rtcp: keyFor(labels.rtcp) };
}

/** AES-CM as a pseudo-random function (RFC 3711 §4.3.3), with a key derivation rate of zero. */
export function derive({ key, salt }: MasterKey, label: number, sizeBytes: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(salt.subarray(0, derivationSaltSizeBytes));
  iv[7]! ^= label;
  return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(sizeBytes));
}
