import type { ConversationId, TransactionId } from '@sotto/protocol';
import type { AccountView, MessageView, Outcome } from './api.ts';
import type { AttachmentView, NewAttachment, SentStickerView, StickerView } from './apiMedia.ts';

/** Commands about messages: part of `SottoApi`. */
export interface MessagesApi {
  /**
   * Stores a message as waiting and returns; it is sent as soon as it can be (or at `sendAtMs`, on this device). A
   * caller that may have to repeat the command chooses `messageId`: a message that is known already is not added again.
   */
  sendMessage(
    conversationId: ConversationId,
    message: NewMessage,
    messageId?: TransactionId,
  ): Promise<Outcome<TransactionId, SendProblem>>;
  /** Tries a failed message again. */
  retryMessage(conversationId: ConversationId, messageId: TransactionId): Promise<void>;
  /** Removes a failed, waiting or scheduled message that has not left. */
  discardMessage(conversationId: ConversationId, messageId: TransactionId): Promise<void>;
  /** A scheduled message: at another time, or (null) now. */
  rescheduleMessage(
    conversationId: ConversationId,
    messageId: TransactionId,
    sendAtMs: number | null,
  ): Promise<void>;
  /** Own messages: the whole new text. */
  editMessage(
    conversationId: ConversationId,
    messageId: TransactionId,
    text: string,
    mentions: readonly MentionView[],
  ): Promise<Outcome<null, ChangeProblem>>;
  /** The texts that a message had, the oldest first, the present one last. */
  readVersions(conversationId: ConversationId, messageId: TransactionId): Promise<readonly MessageVersion[]>;
  /** For everyone: own messages, and others' where the group lets this account. For this account alone: any. */
  deleteMessages(
    conversationId: ConversationId,
    messageIds: readonly TransactionId[],
    forEveryone: boolean,
  ): Promise<Outcome<null, ChangeProblem>>;
  /** This account's one reaction to the message; null takes it away. */
  react(
    conversationId: ConversationId,
    messageId: TransactionId,
    emoji: string | null,
  ): Promise<Outcome<null, ChangeProblem>>;
  /**
   * To other conversations, marked as forwarded. Attachments are not uploaded again. A caller that may have to repeat the
   * command chooses `forwardId`: what was forwarded under it is not forwarded again.
   */
  forwardMessages(
    conversationId: ConversationId,
    messageIds: readonly TransactionId[],
    to: readonly ConversationId[],
    forwardId?: TransactionId,
  ): Promise<Outcome<null, SendProblem>>;
  /** For all members, where the group lets this account. */
  pinMessage(
    conversationId: ConversationId,
    messageId: TransactionId,
    pinned: boolean,
  ): Promise<Outcome<null, ChangeProblem>>;
  /** The pinned messages of a conversation, the latest pin first. */
  readPinned(conversationId: ConversationId): Promise<readonly MessageView[]>;
  /** For this account alone, on all of its devices. */
  starMessage(conversationId: ConversationId, messageId: TransactionId, starred: boolean): Promise<void>;
  /** Starred messages that are here, the latest first; of all conversations where it is left out. */
  readStarred(conversationId?: ConversationId): Promise<readonly MessageView[]>;
  /** Own messages: who of the other members had it and read it, and when; none in conversations too large for receipts. */
  readReceipts(
    conversationId: ConversationId,
    messageId: TransactionId,
  ): Promise<readonly MemberReceiptView[]>;
  /** Where the thread is to be opened for a day: the first message at or after `timeMs`; null where there is none here. */
  findByDate(conversationId: ConversationId, timeMs: number): Promise<number | null>;
  /** Places of unread messages that mention this account, oldest first. */
  readMentions(conversationId: ConversationId): Promise<readonly number[]>;
  /** Shows the conversation as unread until it is opened again. */
  markUnread(conversationId: ConversationId): Promise<void>;
  saveDraft(conversationId: ConversationId, draft: DraftView): Promise<void>;
  readDraft(conversationId: ConversationId): Promise<DraftView>;
  /** Whether this account tells others what it has read; who does not is not told either. */
  setReadReceipts(on: boolean): Promise<void>;
}

export interface NewMessage {
  readonly text: string;
  readonly replyTo?: TransactionId;
  readonly mentions?: readonly MentionView[];
  readonly attachments?: readonly NewAttachment[];
  readonly sticker?: StickerView;
  readonly preview?: LinkPreviewView;
  /** Makes no sound and no notification at the others'. */
  readonly silent?: boolean;
  /** Not before this time, from this device. */
  readonly sendAtMs?: number;
}
export type SendProblem =
  /**
   * `peerReplaced`: nobody is behind this conversation any more (`newIdentity`). `notAllowed`: the group lets only its
   * admins write, or, being large, name everyone. `ended`: the group was left, or deleted.
   */
  | {
      readonly kind:
        | 'empty'
        | 'unknownConversation'
        | 'unknownMessage'
        | 'peerReplaced'
        | 'notAllowed'
        | 'ended';
    }
  | { readonly kind: 'tooLong' | 'tooManyAttachments' | 'fileTooLarge'; readonly limit: number };
export type ChangeProblem =
  | { readonly kind: 'unknownMessage' | 'notAllowed' | 'empty' | 'notAnEmoji' }
  | { readonly kind: 'tooLong' | 'tooManyEdits' | 'tooManyPins'; readonly limit: number };

/** Part of a text in UTF-16 units that names an account; null: everyone in the conversation. */
export interface MentionView {
  readonly start: number;
  readonly end: number;
  readonly account: AccountView | null;
}
export interface LinkPreviewView {
  readonly url: string;
  readonly title: string;
  readonly description: string;
  /** A picture, or empty. */
  readonly thumbnail: Uint8Array;
}
/** What a message answers, as it is now. */
export type ReplyView =
  | {
      readonly kind: 'message';
      readonly messageId: TransactionId;
      readonly order: number;
      readonly sender: AccountView;
      /** Cut short. */
      readonly text: string;
      readonly attachment: Pick<AttachmentView, 'kind' | 'thumbnail'> | null;
    }
  | { readonly kind: 'deleted' }
  /** Not on this device. */
  | { readonly kind: 'missing' };
export interface ReactionView {
  readonly emoji: string;
  /** In the order in which they reacted. */
  readonly accounts: readonly AccountView[];
  readonly mine: boolean;
}
export interface MessageVersion {
  readonly text: string;
  readonly mentions: readonly MentionView[];
  readonly atMs: number;
}
export interface MemberReceiptView {
  readonly account: AccountView;
  /** False: not yet, or not told. */
  readonly isDelivered: boolean;
  readonly isRead: boolean;
  /** Null: not yet, or this device does not know when. */
  readonly deliveredAtMs: number | null;
  readonly readAtMs: number | null;
}
export interface DraftView {
  readonly text: string;
  readonly replyTo: TransactionId | null;
}
/** What an account chose about reading: see `setReadReceipts`. */
export interface ReceiptChoiceView {
  readonly on: boolean;
}
/** Of a text message: everything but the text itself. */
export interface MessageExtras {
  readonly mentions: readonly MentionView[];
  readonly replyTo: ReplyView | null;
  readonly attachments: readonly AttachmentView[];
  readonly sticker: SentStickerView | null;
  readonly preview: LinkPreviewView | null;
  readonly forwarded: boolean;
  readonly silent: boolean;
}

/** A text and nothing else. */
export const plainText: MessageExtras = {
  mentions: [],
  replyTo: null,
  attachments: [],
  sticker: null,
  preview: null,
  forwarded: false,
  silent: false,
};
/** What nobody has done anything to. */
export const untouched = {
  reactions: [],
  editedAtMs: null,
  pinned: false,
  starred: false,
  sendAtMs: null,
  timer: null,
} as const;
