import type { AccountId, ConversationId } from '@sotto/protocol';
import type { AccountView, MessageBodyView, MessageView } from '../api.ts';
import type { MessageRow } from '../messages/messageTable.ts';
import { noticeKind } from '../messages/notice.ts';

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

function bodyView(row: MessageRow, sender: AccountView): MessageBodyView {
  switch (row.bodyKind) {
    case 'text':
      return { kind: 'text', text: row.detail };
    case 'unreadable':
      return { kind: 'unreadable', reason: row.detail };
    case 'notice': {
      const kind = noticeKind(row.detail);
      if (kind === null) return { kind: 'unreadable', reason: 'unsupported' };
      if (kind === 'deviceJoined' || kind === 'deviceLeft') {
        return { kind: 'notice', notice: { kind, account: sender } };
      }
      return { kind: 'notice', notice: { kind } };
    }
  }
}
