import type { PendingCommit } from '@sotto/crypto';
import type { GivenKeys } from '../history/deposits.ts';
import { earlierEpochKeys } from '../history/epochKeyTable.ts';
import type { Sql } from '../ports.ts';

/** Where the group shows what was said before, whoever comes is given the keys of it in the commit that lets them in. */
export function givenKeys(sql: Sql, { next, epoch, groupEvents }: PendingCommit): GivenKeys | null {
  const { policy, conversationId } = next;
  if (policy.kind !== 'group' || !policy.sharesHistory) return null;
  if (groupEvents.some(({ kind }) => kind === 'created')) return null;
  const accountIds = groupEvents.flatMap((event) =>
    event.kind === 'added' || event.kind === 'joinedByLink' ? event.accountIds : [],
  );
  if (accountIds.length === 0) return null;
  return { accountIds, keys: earlierEpochKeys(sql, conversationId, epoch + 1n) };
}
