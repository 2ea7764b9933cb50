import { type AccountId, type ConversationId, idToBytes } from '@sotto/protocol';
import type { Server } from '../server.ts';
import type { MemberDeviceId } from '../store/store.ts';

/**
 * Tells devices of `accountIds` that the committer did not add: ones that came to be, or published their first KeyPackages,
 * while it was at work. Those that are offline learn of the conversation when they list theirs.
 */
export function tellThoseLeftOut(
  { online }: Server,
  conversationId: ConversationId,
  accountIds: readonly AccountId[],
  present: readonly MemberDeviceId[],
): void {
  const value = { conversationId: idToBytes(conversationId) };
  const members = new Set(present.map((member) => member.deviceId));
  for (const accountId of new Set(accountIds)) {
    for (const { deviceId, connection } of online.ofAccount(accountId)) {
      if (!members.has(deviceId)) connection.push({ kind: { case: 'conversationCreated', value } });
    }
  }
}
