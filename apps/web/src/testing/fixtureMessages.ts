/** What people do with messages, in the fixture: each command changes the message at once, as the engine's view would. */
import type {
  AttachmentView,
  ChangeProblem,
  ConversationId,
  MessageBodyView,
  MessagesApi,
  MessageVersion,
  MessageView,
  NewAttachment,
  NewMessage,
  Outcome,
  ReactionView,
  ReplyView,
  SendProblem,
  TransactionId,
} from '../sotto.ts';
import { plainText, untouched, waitingOrderBase } from '../sotto.ts';
import { type FixtureConversation, fixtureId, messageAt, pageOf, self } from './fixtureConversation.ts';
import { sentSticker } from './fixtureMedia.ts';

/** How long after it was sent a message was edited that the scene has as edited. */
const editedAfterMs = 120_000;

/** What the fixture lends to its parts. */
export interface FixtureMeans {
  readonly nowMs: number;
  readonly calls: string[];
  readonly conversations: readonly FixtureConversation[];
  byId(conversationId: ConversationId): FixtureConversation | undefined;
  nextId(): number;
  /** Adds or replaces a message, and tells. */
  put(conversation: FixtureConversation, message: MessageView): void;
  remove(conversation: FixtureConversation, messageId: TransactionId): void;
  /** The server takes it soon, where there is a connection. */
  acceptSoon(conversation: FixtureConversation, message: MessageView): void;
  changed(): void;
  /** Keeps the files of a new message, and tells what its view shows of them. */
  takeIn(messageId: TransactionId, attachments: readonly NewAttachment[]): readonly AttachmentView[];
}

type FixtureMessages = Omit<
  MessagesApi,
  'retryMessage' | 'discardMessage' | 'markRead' | 'saveDraft' | 'readDraft' | 'setReadReceipts'
>;

const ok = { kind: 'ok', value: null } as const;
const unknownMessage: Outcome<null, ChangeProblem> = { kind: 'problem', problem: { kind: 'unknownMessage' } };

export function createFixtureMessages(means: FixtureMeans): FixtureMessages {
  const { calls, nowMs, byId, put, remove } = means;
  const versions = new Map<TransactionId, MessageVersion[]>();

  /** Changes a message, whether it is held or made when it is read. */
  const change = (
    conversationId: ConversationId,
    messageId: TransactionId,
    by: (message: MessageView) => MessageView,
  ): Outcome<null, ChangeProblem> => {
    const conversation = byId(conversationId);
    const message = conversation === undefined ? undefined : messageAt(conversation, messageId, nowMs);
    if (conversation === undefined || message === undefined) return unknownMessage;
    const next = by(message);
    put(conversation, next);
    // What answers it shows it as it is now.
    for (const other of conversation.messages) {
      const { body } = other;
      if (body.kind !== 'text' || body.replyTo?.kind !== 'message' || body.replyTo.messageId !== messageId)
        continue;
      put(conversation, { ...other, body: { ...body, replyTo: replyTo(next) } });
    }
    return ok;
  };
  const repin = (conversation: FixtureConversation): void => {
    const pinned = conversation.messages.filter((message) => message.pinned);
    conversation.view = {
      ...conversation.view,
      pinnedMessage: pinned.at(-1) ?? null,
      pinnedCount: pinned.length,
    };
    means.changed();
  };

  const send = (
    conversationId: ConversationId,
    message: NewMessage,
    forwarded: boolean,
  ): Outcome<TransactionId, SendProblem> => {
    calls.push(`sendText ${message.text.length}`);
    calls.push(
      `sendMessage ${JSON.stringify({ ...message, preview: message.preview?.url, attachments: message.attachments?.length })}`,
    );
    const conversation = byId(conversationId);
    if (conversation === undefined) return { kind: 'problem', problem: { kind: 'unknownConversation' } };
    const id = means.nextId();
    const target =
      message.replyTo === undefined ? undefined : messageAt(conversation, message.replyTo, nowMs);
    const body: MessageBodyView = {
      kind: 'text',
      ...plainText,
      text: message.text,
      mentions: message.mentions ?? [],
      attachments: means.takeIn(fixtureId<TransactionId>(id), message.attachments ?? []),
      sticker: message.sticker === undefined ? null : sentSticker(message.sticker),
      preview: message.preview ?? null,
      silent: message.silent ?? false,
      replyTo: message.replyTo === undefined ? null : replyTo(target),
      forwarded,
    };
    const { timer } = conversation.view;
    const seconds = timer.problem === null ? (timer.wanted ?? timer.seconds) : timer.seconds;
    const sent: MessageView = {
      messageId: fixtureId<TransactionId>(id),
      conversationId,
      order: waitingOrderBase + id,
      sender: self,
      mine: true,
      sentAtMs: nowMs,
      state: 'waiting',
      body,
      ...untouched,
      sendAtMs: message.sendAtMs ?? null,
      timer: seconds === 0 ? null : { seconds, expiresAtMs: null },
    };
    put(conversation, sent);
    if (sent.sendAtMs === null) means.acceptSoon(conversation, sent);
    return { kind: 'ok', value: sent.messageId };
  };

  return {
    sendMessage: async (conversationId, message) => send(conversationId, message, false),
    rescheduleMessage: async (conversationId, messageId, sendAtMs) => {
      calls.push(`reschedule ${sendAtMs === null ? 'now' : 'later'}`);
      const conversation = byId(conversationId);
      const message = conversation?.messages.find((other) => other.messageId === messageId);
      if (conversation === undefined || message === undefined) return;
      const next = { ...message, sendAtMs };
      put(conversation, next);
      if (sendAtMs === null) means.acceptSoon(conversation, next);
    },
    editMessage: async (conversationId, messageId, text, mentions) => {
      calls.push(`edit ${text}`);
      return change(conversationId, messageId, (message) => {
        if (message.body.kind !== 'text') return message;
        const before = versions.get(messageId) ?? [
          { text: message.body.text, mentions: message.body.mentions, atMs: message.sentAtMs },
        ];
        versions.set(messageId, [...before, { text, mentions, atMs: nowMs }]);
        return { ...message, editedAtMs: nowMs, body: { ...message.body, text, mentions } };
      });
    },
    readVersions: async (conversationId, messageId) => {
      const known = versions.get(messageId);
      if (known !== undefined) return known;
      const conversation = byId(conversationId);
      const message = conversation === undefined ? undefined : messageAt(conversation, messageId, nowMs);
      if (message?.body.kind !== 'text') return [];
      const { text, mentions } = message.body;
      const { sentAtMs, editedAtMs } = message;
      if (editedAtMs === null) return [{ text, mentions, atMs: sentAtMs }];
      const before = { text: text.slice(0, text.length / 2), mentions: [], atMs: sentAtMs };
      return [before, { text, mentions, atMs: sentAtMs + editedAfterMs }];
    },
    deleteMessages: async (conversationId, messageIds, forEveryone) => {
      calls.push(`delete ${messageIds.length} ${forEveryone ? 'everyone' : 'me'}`);
      const conversation = byId(conversationId);
      if (conversation === undefined) return unknownMessage;
      for (const messageId of messageIds) {
        if (!forEveryone) remove(conversation, messageId);
        else
          change(conversationId, messageId, (message) => ({
            ...message,
            ...untouched,
            body: { kind: 'deleted', by: self },
          }));
      }
      repin(conversation);
      return ok;
    },
    react: async (conversationId, messageId, emoji) => {
      calls.push(`react ${emoji}`);
      return change(conversationId, messageId, (message) => ({
        ...message,
        reactions: reacted(message.reactions, emoji),
      }));
    },
    forwardMessages: async (conversationId, messageIds, to) => {
      calls.push(`forward ${messageIds.length} to ${to.length}`);
      const from = byId(conversationId);
      for (const target of to) {
        for (const messageId of messageIds) {
          const message = from === undefined ? undefined : messageAt(from, messageId, nowMs);
          if (message?.body.kind === 'text') send(target, { text: message.body.text }, true);
        }
      }
      return ok;
    },
    pinMessage: async (conversationId, messageId, pinned) => {
      calls.push(`pinMessage ${pinned}`);
      const outcome = change(conversationId, messageId, (message) => ({ ...message, pinned }));
      const conversation = byId(conversationId);
      if (conversation !== undefined) repin(conversation);
      return outcome;
    },
    readPinned: async (conversationId) =>
      (byId(conversationId)?.messages ?? []).filter(({ pinned }) => pinned).reverse(),
    starMessage: async (conversationId, messageId, starred) => {
      calls.push(`star ${starred}`);
      change(conversationId, messageId, (message) => ({ ...message, starred }));
    },
    readStarred: async (conversationId) =>
      means.conversations
        .filter(({ view }) => conversationId === undefined || view.conversationId === conversationId)
        .flatMap(({ messages }) => messages.filter(({ starred }) => starred))
        .sort((a, b) => b.sentAtMs - a.sentAtMs),
    readReceipts: async (conversationId, messageId) => {
      const conversation = byId(conversationId);
      const message = conversation === undefined ? undefined : messageAt(conversation, messageId, nowMs);
      if (conversation === undefined || message === undefined) return [];
      const members = conversation.group?.members.filter(({ isSelf }) => !isSelf);
      const others = members?.map(({ account }) => account) ?? [conversation.view.peer ?? self];
      return others.map((account, index) => {
        const isDelivered = index < others.length - 1 || index === 0;
        const isRead = index % 2 === 0 && message.order <= conversation.view.readOrder;
        return {
          account,
          isDelivered,
          isRead,
          deliveredAtMs: isDelivered ? message.sentAtMs + 60_000 : null,
          readAtMs: isRead ? message.sentAtMs + 300_000 : null,
        };
      });
    },
    findByDate: async (conversationId, timeMs) => {
      const conversation = byId(conversationId);
      if (conversation === undefined) return null;
      const held = conversation.messages.find((message) => message.sentAtMs >= timeMs);
      let low = 1;
      let high = conversation.virtualCount;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        const [message] = pageOf(
          conversation,
          { conversationId, afterOrder: middle - 1, limit: 1 },
          nowMs,
        ).messages;
        if (message !== undefined && message.sentAtMs < timeMs) low = middle + 1;
        else high = middle;
      }
      return low < conversation.virtualCount ? low : (held?.order ?? null);
    },
    readMentions: async (conversationId) => {
      const conversation = byId(conversationId);
      if (conversation === undefined || conversation.view.unreadMentions === 0) return [];
      return conversation.messages
        .filter(
          ({ order, body }) =>
            order > conversation.view.ownReadOrder &&
            body.kind === 'text' &&
            body.mentions.some(({ account }) => account === null || account.accountId === self.accountId),
        )
        .map(({ order }) => order);
    },
    markUnread: async (conversationId) => {
      const conversation = byId(conversationId);
      if (conversation === undefined) return;
      conversation.view = { ...conversation.view, markedUnread: true };
      means.changed();
    },
  };
}

/** A message as what answers it shows it. */
function replyTo(message: MessageView | undefined): ReplyView {
  if (message === undefined) return { kind: 'missing' };
  const { body, messageId, order, sender } = message;
  if (body.kind === 'deleted') return { kind: 'deleted' };
  if (body.kind !== 'text') return { kind: 'missing' };
  const attachment = body.attachments[0] ?? null;
  return { kind: 'message', messageId, order, sender, text: body.text.slice(0, 200), attachment };
}

function reacted(reactions: readonly ReactionView[], emoji: string | null): readonly ReactionView[] {
  const others = reactions
    .map((reaction) =>
      reaction.mine
        ? {
            ...reaction,
            mine: false,
            accounts: reaction.accounts.filter(({ accountId }) => accountId !== self.accountId),
          }
        : reaction,
    )
    .filter(({ accounts }) => accounts.length > 0);
  if (emoji === null) return others;
  const known = others.some((reaction) => reaction.emoji === emoji);
  return known
    ? others.map((reaction) =>
        reaction.emoji === emoji
          ? { ...reaction, mine: true, accounts: [...reaction.accounts, self] }
          : reaction,
      )
    : [...others, { emoji, mine: true, accounts: [self] }];
}
