import { encodeRatchetTree } from '../tree/ratchetTreeCodec.ts';
import type { PendingCommit } from './types.ts';

/** A pending commit that encodes its tree when it is first asked for: it is as large as the group. */
export function pendingCommitOf(fields: Omit<PendingCommit, 'ratchetTree'>): PendingCommit {
  let encoded: Uint8Array | null = null;
  return {
    ...fields,
    get ratchetTree() {
      encoded ??= encodeRatchetTree(fields.nextState.tree);
      return encoded;
    },
  };
}
