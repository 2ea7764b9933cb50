/** What comes of the server's word that somebody started over (spec/accounts.md, "Starting over"). */
import { type AccountId, type AccountReplacedPush, idFromBytes, limits } from '@sotto/protocol';
import type { AccountView, FindProblem, Outcome } from '../api.ts';
import { conversationsWithPeer } from '../conversations/conversationTable.ts';
import { lookupProblem } from '../conversations/openDirectConversation.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { readAccount } from '../directory/chainTable.ts';
import { acceptSuccessor, declineSuccessor, noteReplacement, replacedBy } from './replacedTable.ts';

/**
 * Notes who is said to have been replaced by whom: shown in their conversations, in which nothing is sent any more. Of
 * accounts that are neither known here nor among `listed` (with whom there are conversations), nothing is noted.
 */
export async function noteReplaced(
  device: DeviceContext,
  claims: readonly Pick<AccountReplacedPush, 'accountId' | 'successorId'>[],
  listed: ReadonlySet<AccountId> = new Set(),
): Promise<void> {
  const nowMs = device.clock.now();
  const pairs = claims.slice(0, limits.conversationsPerAccount).flatMap((claim) => {
    const accountId = idFromBytes<AccountId>(claim.accountId);
    const successorId = idFromBytes<AccountId>(claim.successorId);
    return accountId === null || successorId === null || accountId === device.self.accountId
      ? []
      : [{ accountId, successorId }];
  });
  if (pairs.length === 0) return;
  const keys = await device.steps.run((step) =>
    step.commit((sql, changes) =>
      pairs.flatMap(({ accountId, successorId }) => {
        if (!listed.has(accountId) && readAccount(sql, accountId) === null) return [];
        // Nobody who is known here already comes to stand for somebody else.
        if (accountId === successorId || readAccount(sql, successorId) !== null) return [];
        if (!noteReplacement(sql, accountId, successorId, nowMs)) return [];
        const rows = conversationsWithPeer(sql, accountId);
        for (const { conversationId } of rows) changes.conversation(conversationId);
        return rows.map(({ key }) => key);
      }),
    ),
  );
  for (const key of keys) device.wake(key);
}

/** The user says that the new account is the same person: from now on it has the name here too. */
export async function acceptNewIdentity(
  device: DeviceContext,
  accountId: AccountId,
): Promise<Outcome<AccountView, FindProblem>> {
  const accepted = await device.directory.accept(accountId);
  if (accepted.kind !== 'known') {
    return { kind: 'problem', problem: lookupProblem(accepted) ?? { kind: 'offline' } };
  }
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      acceptSuccessor(sql, accountId);
      const rows = replacedBy(sql, accountId).flatMap((id) => conversationsWithPeer(sql, id));
      for (const { conversationId } of rows) changes.conversation(conversationId);
    }),
  );
  // What the new account has begun meanwhile can be joined now.
  await device.sync.relist();
  return { kind: 'ok', value: accepted.account };
}

/** The user says that the new account is somebody else, whatever the server claims: the conversation goes on as it was. */
export async function declineNewIdentity(device: DeviceContext, accountId: AccountId): Promise<void> {
  const keys = await device.steps.run((step) =>
    step.commit((sql, changes) => {
      declineSuccessor(sql, accountId);
      const rows = replacedBy(sql, accountId).flatMap((id) => conversationsWithPeer(sql, id));
      for (const { conversationId } of rows) changes.conversation(conversationId);
      return rows.map(({ key }) => key);
    }),
  );
  for (const key of keys) device.wake(key);
}
