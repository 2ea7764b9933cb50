import type { AccountId, ConversationId } from '@sotto/protocol';
import type { AccountView, MessageBodyView, MessageView, Notice } from '../api.ts';
import type { MessageRow } from '../messages/messageTable.ts';
import { type NoticeKind, noticeKind } from '../messages/notice.ts';

export interface ViewNames {
  readonly self: AccountId;
  account(id: AccountId): AccountView;
}

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
    body: bodyView(row, sender),
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

function bodyView(row: MessageRow, sender: AccountView): MessageBodyView {
  switch (row.bodyKind) {
    case 'text':
      return { kind: 'text', text: row.detail };
    case 'unreadable':
      return { kind: 'unreadable', reason: row.detail };
    case 'notice': {
      const kind = noticeKind(row.detail);
      if (kind === null) return { kind: 'unreadable', reason: 'unsupported' };
      return { kind: 'notice', notice: noticeOf(kind, sender) };
    }
  }
}
