import type { AccountId, ConversationId } from '@sotto/protocol';
import {
  type AccountView,
  type MentionView,
  type MessageBodyView,
  type MessageTimerView,
  type MessageView,
  type Notice,
  plainText,
  type TransferView,
  untouched,
} from '../api.ts';
import type { StoredAttachment } from '../attachments/attachmentTable.ts';
import { lineView } from '../calls/callLine.ts';
import { timerNoticeView } from '../disappearing/timerNotice.ts';
import { groupLineView } from '../groupCalls/groupCallLine.ts';
import { groupNoticeView } from '../messages/groupNotice.ts';
import { everyone, type Mention } from '../messages/mentions.ts';
import { hasExpired, type MessageRow } from '../messages/messageTable.ts';
import { type NoticeKind, noticeKind } from '../messages/notice.ts';
import { decodeParts, noParts, type TextParts } from '../messages/textContent.ts';
import type { Sql } from '../ports.ts';

export type TextView = MessageBodyView & { readonly kind: 'text' };

export interface ViewNames {
  readonly self: AccountId;
  /** By this device's clock. */
  now(): number;
  /** By the server's. */
  serverNow(): number;
  account(id: AccountId): AccountView;
  /** Of a message's file; left out: none is known. */
  transferOf?(sql: Sql, attachment: StoredAttachment): TransferView;
}

/** Its time is over, whether it was deleted yet or not. */
export function isGone({ serverNow }: ViewNames, message: Pick<MessageRow, 'expiresAtMs'>): boolean {
  return hasExpired(message, serverNow());
}

/** The message without anything that others have done to it, or that it points at: for lists and sentences. */
export function messageView(names: ViewNames, conversationId: ConversationId, row: MessageRow): MessageView {
  const sender = names.account(row.senderId);
  return {
    messageId: row.messageId,
    conversationId,
    order: row.order,
    sender,
    mine: row.senderId === names.self && row.bodyKind !== 'notice',
    sentAtMs: row.sentAtMs,
    state: row.state,
    body: bodyView(names, row, sender),
    ...untouched,
    editedAtMs: row.editedAtMs,
    timer: timerView(names, row),
  };
}

function timerView(
  { now, serverNow }: ViewNames,
  { timerSeconds, expiresAtMs }: MessageRow,
): MessageTimerView | null {
  if (timerSeconds === 0) return null;
  return {
    seconds: timerSeconds,
    expiresAtMs: expiresAtMs === null ? null : expiresAtMs - serverNow() + now(),
  };
}

function noticeOf(kind: NoticeKind, account: AccountView): Notice {
  switch (kind) {
    case 'startedWithoutHistory':
    case 'deviceJoined':
    case 'deviceLeft':
    case 'historyOff':
    case 'historyOn':
    case 'historyStaysOff':
      return { kind, account };
    default:
      return { kind };
  }
}

function bodyView(names: ViewNames, row: MessageRow, sender: AccountView): MessageBodyView {
  switch (row.bodyKind) {
    case 'text':
      return textView(names, row.detail, decodeParts(row.detail, row.extras));
    case 'deleted':
      return { kind: 'deleted', by: names.account(row.detail as AccountId) };
    case 'call':
      return { kind: 'call', call: lineView(row.messageId, row.detail, names.self) };
    case 'groupCall':
      return { kind: 'groupCall', call: groupLineView(row.messageId, row.detail, (id) => names.account(id)) };
    case 'unreadable':
      return { kind: 'unreadable', reason: row.detail };
    case 'notice': {
      const change = groupNoticeView(row.detail, sender, (id) => names.account(id));
      if (change !== null) return { kind: 'notice', notice: change };
      const timer = timerNoticeView(row.detail, sender);
      if (timer !== null) return { kind: 'notice', notice: timer };
      const kind = noticeKind(row.detail);
      if (kind === null) return { kind: 'unreadable', reason: 'unsupported' };
      return { kind: 'notice', notice: noticeOf(kind, sender) };
    }
  }
}

export function textView(names: ViewNames, text: string, parts: TextParts): TextView {
  if (parts === noParts) return { kind: 'text', text, ...plainText };
  const { mentions, sticker, preview, forwarded, silent } = parts;
  return {
    ...plainText,
    kind: 'text',
    text,
    mentions: mentionViews(names, mentions),
    sticker: sticker === null ? null : { ...sticker, picture: null },
    // An edit may have taken its address away.
    preview: preview !== null && text.includes(preview.url) ? preview : null,
    forwarded,
    silent,
  };
}

export function mentionViews(names: ViewNames, mentions: readonly Mention[]): MentionView[] {
  return mentions.map(({ start, length, accountId }) => ({
    start,
    end: start + length,
    account: accountId === everyone ? null : names.account(accountId),
  }));
}
