import {
  type ConversationGroup,
  decodePendingCommit,
  type GroupRefusal,
  type PendingCommit,
  type Provider,
} from '@sotto/crypto';
import type { PendingRow } from './groupTable.ts';

/**
 * The commit of a row that was just read; its bytes are overwritten, and it is to be erased itself where it does not
 * come into force. One made inside a group is stored as what it changes of that group: it is refused without it, and
 * where the group has moved on, which is the end of such a commit anyway.
 */
export function openPending(
  provider: Provider,
  row: PendingRow,
  group: ConversationGroup | null,
): PendingCommit | GroupRefusal {
  const commit = decodePendingCommit(provider, row.pending, group);
  row.pending.fill(0);
  return commit;
}
