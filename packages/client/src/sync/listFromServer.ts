import {
  type AccountId,
  type ConversationId,
  idFromBytes,
  limits,
  Connection as Methods,
} from '@sotto/protocol';
import {
  type ConversationKey,
  findConversationByLog,
  listConversations,
  updateConversation,
} from '../conversations/conversationTable.ts';
import { forgottenLogs, forgottenThrough, rememberLog } from '../conversations/forgottenTable.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { newHeads, setToldHead } from '../history/fetchTable.ts';
import { setFirstSeq } from '../history/firstSeq.ts';
import { noteReplaced } from '../identity/replacedAccounts.ts';
import { leastHead, raiseShortened } from '../integrity/leastHead.ts';
import { seqOf } from './entry.ts';
import { conversationForLog } from './readInbox.ts';

interface Listed {
  readonly logId: ConversationId;
  /** Null for a group. */
  readonly peerId: AccountId | null;
  readonly epoch: number;
  readonly isMember: boolean;
  readonly headSeq: number;
  /** The first entry that the account may read. */
  readonly firstSeq: number;
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
    listConversations(sql).map(({ key, logId, kind, state }) => ({
      key,
      logId,
      // A group's log says whether the account was taken out (`Sync`); other conversations are never over.
      isLasting: state === 'ready' && kind === 'direct',
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
    const other = accounts.find((id) => id !== device.self.accountId) ?? device.self.accountId;
    const peerId = summary.group ? null : other;
    listed.push({
      logId,
      peerId,
      epoch: Number(summary.epoch),
      isMember: summary.deviceIsMember,
      headSeq: seqOf(summary.headSeq) ?? 0,
      firstSeq: seqOf(summary.firstSeq) ?? 1,
    });
  }
  const heads = new Map(listed.map(({ logId, headSeq }) => [logId, headSeq]));
  for (const { key, logId, isLasting, leastSeq } of known) {
    if (logId === null) continue;
    const headSeq = heads.get(logId) ?? (isLasting ? 0 : null);
    if (headSeq !== null && headSeq < leastSeq) await raiseShortened(device, key, headSeq);
  }
  // Before anybody is asked for: of two with one name, this says who had it first.
  const peers = new Set(listed.flatMap(({ peerId }) => peerId ?? []));
  await noteReplaced(device, result.value.replaced, peers);
  // Who the others are is needed for titles; a conversation whose account cannot be had waits for the next time.
  const isKnown = (peerId: AccountId | null) => peerId === null || device.directory.account(peerId) !== null;
  const strangers = [...peers].filter((peerId) => !isKnown(peerId));
  if (strangers.length > 0) await device.directory.refresh(strangers);

  const fresh = await device.steps.run(async (step): Promise<ConversationKey[]> => {
    const higher = step.read((sql) => newHeads(sql, listed));
    const unknown = step.read((sql) =>
      listed.filter((one) => {
        if (!isKnown(one.peerId)) return false;
        // Left and deleted here, and at the server not over yet.
        if (one.firstSeq <= (forgottenThrough(sql, one.logId) ?? 0)) return false;
        const row = findConversationByLog(sql, one.logId);
        if (row === null) return true;
        // Taken out meanwhile, and back: what was said between is not for this account. A Welcome may bring this device in.
        const isBack = row.state === 'ready' && one.firstSeq > row.cursor;
        return isBack || (!one.isMember && row.state === 'removed');
      }),
    );
    const moved = step.read((sql) =>
      listed.flatMap(({ logId, firstSeq }) => {
        const row = findConversationByLog(sql, logId);
        return row === null || row.firstSeq === firstSeq ? [] : [{ key: row.key, firstSeq }];
      }),
    );
    const over = step.read((sql) => forgottenLogs(sql).filter((logId) => !heads.has(logId)));
    if (unknown.length + higher.length + moved.length + over.length === 0) return [];
    return step.commit((sql, changes) => {
      for (const logId of over) rememberLog(sql, logId);
      for (const { logId, headSeq } of higher) setToldHead(sql, logId, headSeq);
      for (const { key, firstSeq } of moved) setFirstSeq(sql, key, firstSeq);
      return unknown.map((one) => {
        const lastActivityMs = device.clock.now();
        const conversation = conversationForLog(sql, { ...one, lastActivityMs });
        updateConversation(sql, conversation.key, { state: 'joining' });
        setToldHead(sql, one.logId, one.headSeq);
        setFirstSeq(sql, conversation.key, one.firstSeq);
        changes.conversation(conversation.conversationId);
        return conversation.key;
      });
    });
  });
  return { memberOf: new Set(listed.filter((one) => one.isMember).map((one) => one.logId)), fresh, heads };
}
