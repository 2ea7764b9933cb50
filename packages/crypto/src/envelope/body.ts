/**
 * The body of a message (spec/envelope.md, "Body"): commitment ‖ ChaCha20-Poly1305 of the padded text. The key `k`
 * is random for each message and makes one ciphertext, so the nonce is zero.
 */
import { concatBytes, equalBytes, type Provider, wipe } from '@sotto/primitives';
import { limits } from '@sotto/protocol';
import { commitmentSizeBytes, deriveCommittedKey } from '../committedKey.ts';
import { pad, padmeSize, unpad } from './padding.ts';

export const messageKeySizeBytes = 32;
const tagSizeBytes = 16;
const minBodySizeBytes = commitmentSizeBytes + padmeSize(0) + tagSizeBytes;
const zeroNonce = new Uint8Array(12);
const none = new Uint8Array(0);

export type OpenedBody =
  | { readonly kind: 'opened'; readonly text: Uint8Array }
  | {
      readonly kind: 'refused';
      readonly reason: 'malformed' | 'too_large' | 'wrong_key' | 'body_not_decryptable';
    };

/** Seals `text` under `k` (32 bytes, used for nothing else). */
export function sealBody(provider: Provider, k: Uint8Array, text: Uint8Array): Uint8Array {
  const { key, commitment } = deriveBodyKey(provider, k);
  const padded = pad(text);
  const body = concatBytes(commitment, provider.chacha20Poly1305.seal(key, zeroNonce, none, padded));
  wipe(key, padded);
  return body;
}

/** Opens a body: the commitment is compared first, so no body opens under two keys. */
export function openBody(provider: Provider, k: Uint8Array, body: Uint8Array): OpenedBody {
  const size = checkBodySize(body);
  if (size !== null) return { kind: 'refused', reason: size };
  const { key, commitment } = deriveBodyKey(provider, k);
  if (!equalBytes(commitment, body.subarray(0, commitmentSizeBytes))) {
    wipe(key);
    return { kind: 'refused', reason: 'wrong_key' };
  }
  const padded = provider.chacha20Poly1305.open(key, zeroNonce, none, body.subarray(commitmentSizeBytes));
  wipe(key);
  if (padded === null) return { kind: 'refused', reason: 'body_not_decryptable' };
  const text = unpad(padded);
  return text === null ? { kind: 'refused', reason: 'malformed' } : { kind: 'opened', text };
}

/** Null where the size can be that of a body. */
export function checkBodySize(body: Uint8Array): 'malformed' | 'too_large' | null {
  if (body.length > limits.messageBodySizeBytes) return 'too_large';
  return body.length < minBodySizeBytes ? 'malformed' : null;
}

function deriveBodyKey(provider: Provider, k: Uint8Array) {
  return deriveCommittedKey(provider, k, 'bodyKey', 'bodyCommitment', none);
}
