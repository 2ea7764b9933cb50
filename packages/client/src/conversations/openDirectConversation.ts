import type { AccountId, ConversationId } from '@sotto/protocol';
import type { AccountView, FindProblem, Outcome } from '../api.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import type { AccountLookup } from '../directory/directory.ts';
import { findDirectConversation, insertConversation } from './conversationTable.ts';

/**
 * The direct conversation with an account: the one there is, or a new one that waits. An account met before needs
 * no server for that; its id in views never changes, whatever log the server settles on.
 */
export async function openDirectConversation(
  device: DeviceContext,
  accountId: AccountId,
): Promise<Outcome<ConversationId, FindProblem>> {
  if (device.directory.account(accountId) === null) {
    const problem = problemOf(await device.directory.fetch(accountId));
    if (problem !== null) return { kind: 'problem', problem };
  }
  return device.steps.run(async (step): Promise<Outcome<ConversationId, FindProblem>> => {
    const present = step.read((sql) => findDirectConversation(sql, accountId));
    if (present !== null) return { kind: 'ok', value: present.conversationId };
    const row = await step.commit((sql, changes) => {
      const conversationId = randomId<ConversationId>(device.provider);
      changes.conversation(conversationId);
      return insertConversation(sql, {
        conversationId,
        logId: null,
        peerId: accountId,
        state: 'waiting',
        lastActivityMs: device.clock.now(),
      });
    });
    device.wake(row.key);
    return { kind: 'ok', value: row.conversationId };
  });
}

/** An account by name, as the server knows it, its chain verified. `username` is in normalised form. */
export async function findAccount(
  device: DeviceContext,
  username: string,
): Promise<Outcome<AccountView, FindProblem>> {
  const found = await device.directory.find(username);
  if (found.kind === 'known') return { kind: 'ok', value: found.account };
  return { kind: 'problem', problem: problemOf(found) ?? { kind: 'offline' } };
}

function problemOf(lookup: AccountLookup): FindProblem | null {
  switch (lookup.kind) {
    case 'known':
      return null;
    case 'unknown':
      return { kind: 'unknownAccount' };
    case 'invalid':
      return { kind: 'keysInvalid' };
    case 'offline':
      return { kind: 'offline' };
  }
}
