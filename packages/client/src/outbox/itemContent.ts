import type { AccountId } from '@sotto/protocol';
import { isViewLimited } from '../attachments/attachmentTable.ts';
import type { ConversationKey } from '../conversations/conversationTable.ts';
import { decodeContent, encodeText, isChange } from '../messages/content.ts';
import { namesEveryone } from '../messages/mentions.ts';
import type { MessageRules } from '../messages/messageRules.ts';
import { findMessage, messagesByRef } from '../messages/messageTable.ts';
import { wholeText } from '../messages/ownText.ts';
import type { Sql } from '../ports.ts';
import type { OutboxItem, OutboxKind } from './outboxTable.ts';

export interface ItemContent {
  readonly kind: OutboxKind;
  /** Encoded Content. */
  readonly bytes: Uint8Array;
  /**
   * Kept for the members' other and later devices. Receipts and views tell of moments, and nobody looks for them later; what
   * can be looked at so many times is not to be kept.
   */
  readonly isForLater: boolean;
  /** The timer that it goes under; null: its conversation's. */
  readonly timerSeconds: number | null;
  /** Whatever its timer, the server lets go of it: what can be looked at so many times, what is done to that, and calls. */
  readonly isPassing: boolean;
  /** Deletions: whose message it is. */
  readonly ofAccount: AccountId | null;
  /** Texts and edits: whether they mention everyone. */
  readonly namesEveryone: boolean;
}

/** What an item says when it is sealed; null: its message is gone, or what it changes, or a file of it is not at the server. */
export function contentOf(sql: Sql, key: ConversationKey, item: OutboxItem): ItemContent | null {
  const { kind, content: bytes } = item;
  if (kind !== 'text') {
    if (bytes.length === 0) return null;
    const content = decodeContent(bytes);
    if (content.kind === 'call') return contentOfCall(bytes, content.message?.kind === 'end');
    if (content.kind === 'groupCall') {
      const said = content.message?.kind;
      return contentOfCall(bytes, said === 'start' || said === 'end');
    }
    const ofAccount = isChange(content) ? content.message.accountId : null;
    const mentions = content.kind === 'edit' ? content.mentions : [];
    const isForLater = kind !== 'receipt' && kind !== 'viewed';
    // What is done to a message goes with it; of one that is not here any more, as what is said now.
    const target = isChange(content) ? (messagesByRef(sql, key, content.message)[0] ?? null) : null;
    return {
      kind,
      bytes,
      isForLater,
      timerSeconds: isChange(content) ? (target?.timerSeconds ?? null) : 0,
      isPassing: target !== null && isViewLimited(sql, key, target.messageId),
      ofAccount,
      namesEveryone: namesEveryone(mentions),
    };
  }
  const message = findMessage(sql, key, item.transactionId);
  if (message?.bodyKind !== 'text') return null;
  const content = wholeText(sql, key, message);
  const files = content.stickerImage === null ? content.attachments : [content.stickerImage];
  if (files.some(({ blobId }) => blobId === null)) return null;
  const isLimited = files.some(({ views }) => views > 0);
  return {
    kind,
    bytes: encodeText(message.sentAtMs, content),
    isForLater: !isLimited,
    timerSeconds: null,
    isPassing: isLimited,
    ofAccount: null,
    namesEveryone: namesEveryone(content.mentions),
  };
}

/** Whether devices that are not connected are told that there is something (spec/push.md): of what makes a sound there. */
export function wakesOthers(sql: Sql, key: ConversationKey, item: OutboxItem): boolean {
  if (item.kind === 'call') {
    const content = decodeContent(item.content);
    if (content.kind === 'groupCall') return content.message?.kind === 'start' && content.message.rings;
    return content.kind === 'call' && content.message?.kind === 'invite';
  }
  const message = item.kind === 'text' ? findMessage(sql, key, item.transactionId) : null;
  return message?.bodyKind === 'text' && !wholeText(sql, key, message).silent;
}

/** Of calls only how they ended is kept, and in groups that they began; the rest has a short life. */
function contentOfCall(bytes: Uint8Array, isKept: boolean): ItemContent {
  return {
    kind: 'call',
    bytes,
    isForLater: isKept,
    timerSeconds: isKept ? null : 0,
    isPassing: !isKept,
    ofAccount: null,
    namesEveryone: false,
  };
}

/** Whether the others will take it, by the rules of the epoch that it is sealed in. */
export function mayBeSaid(rules: MessageRules, self: AccountId, item: ItemContent): boolean {
  const { kind, ofAccount } = item;
  if (item.namesEveryone && !rules.may(self, 'nameEveryone')) return false;
  switch (kind) {
    case 'text':
      return rules.may(self, 'send');
    case 'pin':
      return rules.may(self, 'pin');
    case 'deletion':
      return ofAccount === self || rules.may(self, 'deleteMessages');
    case 'reaction':
    case 'edit':
    case 'receipt':
    case 'viewed':
    case 'call':
      return true;
  }
}
