import { equalBytes } from '@sotto/primitives';
import { encryptionKeys, filledLeaves, type RatchetTree } from './ratchetTree.ts';

/** Key bytes are public, so the comparison may end at the first difference. */
function isSameKey(left: Uint8Array, right: Uint8Array): boolean {
  return left[0] === right[0] && left[1] === right[1] && left[2] === right[2] && equalBytes(left, right);
}

/** RFC 9420 §7.3: true where the key stands at exactly one node. */
export function isEncryptionKeyUnique(tree: RatchetTree, key: Uint8Array): boolean {
  let count = 0;
  for (const [, other] of encryptionKeys(tree)) if (isSameKey(key, other)) count++;
  return count === 1;
}

/** RFC 9420 §7.3: true where the key stands at exactly one leaf. */
export function isSignatureKeyUnique(tree: RatchetTree, key: Uint8Array): boolean {
  let count = 0;
  for (const [, leaf] of filledLeaves(tree)) if (isSameKey(key, leaf.signatureKey)) count++;
  return count === 1;
}
