import type { AccountId, DeviceId, TransactionId } from '@sotto/protocol';
import type { ConversationKey, ConversationRow } from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import {
  deleteMessage,
  findMessage,
  findMessageAt,
  insertMessage,
  type NewMessageRow,
} from '../messages/messageTable.ts';
import type { NoticeKind } from '../messages/notice.ts';
import type { Sql } from '../ports.ts';
import type { DecodedEntry } from './entry.ts';
import { deleteUnreadable } from './unreadableTable.ts';

export type ConversationDraft = { -readonly [Field in keyof ConversationRow]: ConversationRow[Field] };
export type NewLine = Pick<NewMessageRow, 'bodyKind' | 'detail'> & Partial<NewMessageRow>;

/** One entry of a conversation's log in the step that stores what it does. */
export class EntryScene {
  readonly device: DeviceContext;
  readonly sql: Sql;
  readonly changes: Changes;
  /** Of the conversation; what is changed here is stored when all entries of the step were applied. */
  readonly draft: ConversationDraft;
  readonly entry: DecodedEntry;

  constructor(
    device: DeviceContext,
    sql: Sql,
    changes: Changes,
    draft: ConversationDraft,
    entry: DecodedEntry,
  ) {
    this.device = device;
    this.sql = sql;
    this.changes = changes;
    this.draft = draft;
    this.entry = entry;
  }

  /**
   * Makes the entry's one line of the thread. Null: history was read up to here before the group was joined, and shows
   * the entry already.
   */
  add(message: NewLine): TransactionId | null {
    const { sql, draft, entry } = this;
    const shown = findMessageAt(sql, draft.key, entry.seq);
    if (shown !== null) {
      if (shown.bodyKind !== 'unreadable' || message.bodyKind === 'unreadable') return null;
      // The group opens what the history keys did not.
      deleteMessage(sql, draft.key, shown.messageId);
      deleteUnreadable(sql, draft.key, entry.seq);
      this.changes.removedMessage(draft.conversationId, shown.messageId);
    }
    const row: NewMessageRow = {
      order: entry.seq,
      messageId: freeMessageId(this.device, sql, draft.key, entry.transactionId),
      senderId: entry.sender.accountId,
      senderDevice: entry.sender.deviceId,
      sentAtMs: entry.acceptedAtMs,
      state: 'received',
      wireId: entry.transactionId,
      ...message,
    };
    insertMessage(sql, draft.key, row);
    this.changes.message(draft.conversationId, row.messageId);
    return row.messageId;
  }

  notice(kind: NoticeKind, account: AccountId, deviceId: DeviceId): TransactionId | null {
    return this.add({ bodyKind: 'notice', detail: kind, senderId: account, senderDevice: deviceId });
  }
}

/**
 * The entry's transaction id, or a fresh id where it is taken: ids are chosen by senders, and one sender must
 * not be able to replace what another one wrote.
 */
function freeMessageId(
  device: DeviceContext,
  sql: Sql,
  key: ConversationKey,
  wanted: TransactionId,
): TransactionId {
  return findMessage(sql, key, wanted) === null ? wanted : randomId<TransactionId>(device.provider);
}
