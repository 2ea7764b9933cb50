/** The official vectors of RFC 9605, as the working group publishes them: all values are hex. */

export const vectorsPath = 'sframe/test-vectors.json';

export interface SframeVectors {
  readonly header: readonly HeaderVector[];
  readonly aes_ctr_hmac: readonly AeadVector[];
  readonly sframe: readonly SframeVector[];
}
interface HeaderVector {
  /** Beyond 2^53 the file's integers lose digits where JSON is parsed: `encoded` has them all. */
  readonly kid: number;
  readonly ctr: number;
  readonly encoded: string;
}
interface AeadVector {
  readonly cipher_suite: number;
  readonly key: string;
  readonly nonce: string;
  readonly aad: string;
  readonly pt: string;
  readonly ct: string;
}
interface SframeVector {
  readonly cipher_suite: number;
  readonly kid: number;
  readonly ctr: number;
  readonly base_key: string;
  readonly sframe_key_label: string;
  readonly sframe_salt_label: string;
  readonly sframe_salt: string;
  readonly nonce: string;
  readonly aad: string;
  readonly metadata: string;
  readonly pt: string;
  readonly ct: string;
}

export const vectorCases = 289 + 3 + 5;
export const fromHex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.fromHex(text);
