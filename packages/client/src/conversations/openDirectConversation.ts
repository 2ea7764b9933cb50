import type { AccountId, ConversationId } from '@sotto/protocol';
import type { AccountView, FindProblem, Outcome } from '../api.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { type AccountLookup, isPinned } from '../directory/directory.ts';
import { defaultTimer } from '../disappearing/setTimer.ts';
import { parseInvite } from '../invites/inviteText.ts';
import { findDirectConversation, insertConversation, updateConversation } from './conversationTable.ts';

/**
 * The direct conversation with an account: the one there is, or a new one that waits. An account met before needs
 * no server for that; its id in views never changes, whatever log the server settles on. `invite`: the one that led
 * to the account, whose keys must be those that it names.
 */
export async function openDirectConversation(
  device: DeviceContext,
  accountId: AccountId,
  invite?: string,
): Promise<Outcome<ConversationId, FindProblem>> {
  const keysInvalid = { kind: 'problem', problem: { kind: 'keysInvalid' } } as const;
  const led = invite === undefined ? undefined : parseInvite(invite);
  if (led === null) return keysInvalid;
  const pin = led?.pin ?? null;
  if (device.directory.account(accountId) === null) {
    const problem = lookupProblem(await device.directory.fetch(accountId, pin));
    if (problem !== null) return { kind: 'problem', problem };
  }
  if (pin !== null) {
    const chain = await device.directory.chain(accountId);
    if (chain === null || !isPinned(device.provider, chain, pin)) return keysInvalid;
  }
  return device.steps.run(async (step): Promise<Outcome<ConversationId, FindProblem>> => {
    const present = step.read((sql) => findDirectConversation(sql, accountId));
    if (present !== null) {
      if (present.isHidden) {
        await step.commit((sql, changes) => {
          updateConversation(sql, present.key, { isHidden: false });
          changes.conversation(present.conversationId);
        });
      }
      return { kind: 'ok', value: present.conversationId };
    }
    const row = await step.commit((sql, changes) => {
      const conversationId = randomId<ConversationId>(device.provider);
      changes.conversation(conversationId);
      return insertConversation(sql, {
        conversationId,
        logId: null,
        peerId: accountId,
        state: 'waiting',
        lastActivityMs: device.clock.now(),
        timerSeconds: defaultTimer(sql),
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
  return { kind: 'problem', problem: lookupProblem(found) ?? { kind: 'offline' } };
}

/** What the user is told of an account that could not be had; null where it could. */
export function lookupProblem(lookup: AccountLookup): FindProblem | null {
  switch (lookup.kind) {
    case 'replacing':
      return { kind: 'newIdentity', account: lookup.account };
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
