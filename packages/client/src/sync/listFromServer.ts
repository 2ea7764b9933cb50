import {
  type AccountId,
  type ConversationId,
  idFromBytes,
  limits,
  Connection as Methods,
} from '@sotto/protocol';
import {
  type ConversationKey,
  type ConversationState,
  findConversationByLog,
  listConversations,
  updateConversation,
} from '../conversations/conversationTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { newHeads, setToldHead } from '../history/fetchTable.ts';
import { noteReplaced } from '../identity/replacedAccounts.ts';
import { leastHead, raiseShortened } from '../integrity/leastHead.ts';
import { seqOf } from './entry.ts';
import { conversationForLog } from './readInbox.ts';

interface Listed {
  readonly logId: ConversationId;
  readonly peerId: AccountId;
  readonly epoch: number;
  readonly isMember: boolean;
  readonly headSeq: number;
}

/**
 * Asks which conversations the account is in: those that this device has not joined become known (`joining`), and
 * are joined by a commit of its own once the inbox has been read, where no Welcome brought them. Null where
 * there was no answer.
 */
export async function listFromServer(device: DeviceContext): Promise<{
  readonly memberOf: ReadonlySet<ConversationId>;
  readonly fresh: readonly ConversationKey[];
  /** The newest entry of each, as the server says. */
  readonly heads: ReadonlyMap<ConversationId, number>;
} | null> {
  const known = device.database.read((sql) =>
    listConversations(sql).map(({ key, logId, state }) => ({
      key,
      logId,
      isReady: state === 'ready',
      leastSeq: leastHead(sql, key),
    })),
  );
  const result = await device.connection.call(Methods.method.listConversations, {});
  if (result.kind !== 'answer') return null;
  const listed: Listed[] = [];
  for (const summary of result.value.conversations.slice(0, limits.conversationsPerAccount)) {
    const logId = idFromBytes<ConversationId>(summary.conversationId);
    const accounts = summary.accountIds.map((bytes) => idFromBytes<AccountId>(bytes));
    if (logId === null || accounts.length > 2 || summary.epoch >= 2n ** 53n) continue;
    const peerId = accounts.find((id) => id !== device.self.accountId) ?? device.self.accountId;
    listed.push({
      logId,
      peerId,
      epoch: Number(summary.epoch),
      isMember: summary.deviceIsMember,
      headSeq: seqOf(summary.headSeq) ?? 0,
    });
  }
  const heads = new Map(listed.map(({ logId, headSeq }) => [logId, headSeq]));
  for (const { key, logId, isReady, leastSeq } of known) {
    if (logId === null) continue;
    const headSeq = heads.get(logId) ?? (isReady ? 0 : null);
    if (headSeq !== null && headSeq < leastSeq) await raiseShortened(device, key, headSeq);
  }
  // Before anybody is asked for: of two with one name, this says who had it first.
  const peers = new Set(listed.map(({ peerId }) => peerId));
  await noteReplaced(device, result.value.replaced, peers);
  // Who the others are is needed for titles; a conversation whose account cannot be had waits for the next time.
  const strangers = new Set(
    listed.map((one) => one.peerId).filter((peerId) => device.directory.account(peerId) === null),
  );
  if (strangers.size > 0) await device.directory.refresh(strangers);

  const fresh = await device.steps.run(async (step): Promise<ConversationKey[]> => {
    const higher = step.read((sql) => newHeads(sql, listed));
    const unknown = step.read((sql) =>
      listed.filter((one) => {
        if (device.directory.account(one.peerId) === null) return false;
        const state: ConversationState | undefined = findConversationByLog(sql, one.logId)?.state;
        return state === undefined || (state === 'removed' && !one.isMember);
      }),
    );
    if (unknown.length === 0 && higher.length === 0) return [];
    return step.commit((sql, changes) => {
      for (const { logId, headSeq } of higher) setToldHead(sql, logId, headSeq);
      return unknown.map((one) => {
        const lastActivityMs = device.clock.now();
        const conversation = conversationForLog(sql, { ...one, lastActivityMs });
        updateConversation(sql, conversation.key, { state: 'joining' });
        setToldHead(sql, one.logId, one.headSeq);
        changes.conversation(conversation.conversationId);
        return conversation.key;
      });
    });
  });
  return { memberOf: new Set(listed.filter((one) => one.isMember).map((one) => one.logId)), fresh, heads };
}
