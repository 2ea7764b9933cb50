/**
 * What an open thread of a device would show: a page read once, and after that only the changes that the engine
 * tells. The checkers compare it with what is stored (spec/simulator.md §Checkers).
 */
import type { MessageView, SottoApi } from '@sotto/client';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import type { ShownMessage } from '../checkers/observation.ts';

export interface ThreadMirror {
  /** Opens the thread, unless it is open, and reads it as far back as it can be had now. */
  follow(conversationId: ConversationId): void;
  /** Scrolls to the beginning: reads on from where it could not be read further before. */
  complete(conversationId: ConversationId): Promise<void>;
  /** Whether it shows the text. */
  shows(conversationId: ConversationId, messageId: TransactionId): boolean;
  /** In the order shown. */
  shown(conversationId: ConversationId): readonly ShownMessage[];
}

interface Thread {
  readonly conversationId: ConversationId;
  readonly messages: Map<TransactionId, MessageView>;
  readonly removed: Set<TransactionId>;
  /** Of the oldest message that a page brought. */
  oldestOrder: number | null;
}

/** Pages are small, so that paging is part of what is checked. */
const pageSize = 7;

/** `isAlive`: the process whose engine `api` is still runs. */
export function createThreadMirror(api: SottoApi, isAlive: () => boolean): ThreadMirror {
  const threads = new Map<ConversationId, Thread>();

  async function load(thread: Thread): Promise<void> {
    const { conversationId, messages, removed } = thread;
    for await (const page of readPages(api, conversationId, thread.oldestOrder)) {
      thread.oldestOrder = page[0]?.order ?? thread.oldestOrder;
      for (const message of page) {
        if (!messages.has(message.messageId) && !removed.has(message.messageId))
          messages.set(message.messageId, message);
      }
    }
  }

  return {
    follow(conversationId) {
      if (threads.has(conversationId)) return;
      const thread: Thread = {
        conversationId,
        messages: new Map(),
        removed: new Set(),
        oldestOrder: null,
      };
      threads.set(conversationId, thread);
      api.watch({ kind: 'messages', conversationId }, (changes) => {
        if (!isAlive()) return;
        for (const message of changes.changed) thread.messages.set(message.messageId, message);
        for (const id of changes.removed) {
          thread.messages.delete(id);
          thread.removed.add(id);
        }
      });
      load(thread).catch(() => {
        // The engine has stopped; so has this mirror.
      });
    },
    async complete(conversationId) {
      const thread = threads.get(conversationId);
      if (thread !== undefined) await load(thread);
    },
    shows: (conversationId, messageId) =>
      threads.get(conversationId)?.messages.get(messageId)?.body.kind === 'text',
    shown(conversationId) {
      const messages = threads.get(conversationId)?.messages.values() ?? [];
      return [...messages].sort((a, b) => a.order - b.order).map(showMessage);
    },
  };
}

/** All messages of a thread, oldest first, page by page from the end. */
export async function readThread(api: SottoApi, conversationId: ConversationId): Promise<MessageView[]> {
  const messages: MessageView[] = [];
  for await (const page of readPages(api, conversationId, null)) messages.unshift(...page);
  return messages;
}

/** Pages from before `beforeOrder` (null: from the end) back, until there is no older one to be had. */
async function* readPages(
  api: SottoApi,
  conversationId: ConversationId,
  beforeOrder: number | null,
): AsyncGenerator<readonly MessageView[]> {
  let before = beforeOrder;
  for (;;) {
    const page = await api.readMessages({
      conversationId,
      ...(before === null ? {} : { beforeOrder: before }),
      limit: pageSize,
    });
    yield page.messages;
    before = page.messages[0]?.order ?? before;
    if (!page.hasOlder || page.messages.length === 0) return;
  }
}

function shownBody(body: MessageView['body']): ShownMessage['body'] {
  switch (body.kind) {
    case 'text':
      return { kind: 'text', text: body.text, answers: answersOf(body.replyTo) };
    case 'notice':
      return { kind: 'notice', notice: body.notice.kind };
    case 'call':
      return { kind: 'call', outcome: body.call.outcome };
    case 'groupCall':
      return { kind: 'call', outcome: body.call.isOpen ? 'ongoing' : 'answered' };
    case 'deleted':
      return { kind: 'deleted' };
    case 'unreadable':
      return { kind: 'unreadable', reason: body.reason };
  }
}

/** What is answered may be here, deleted, or not be for this device. */
function answersOf(reply: Extract<MessageView['body'], { kind: 'text' }>['replyTo']): string | null {
  return reply === null ? null : 'something';
}

export function showMessage(view: MessageView): ShownMessage {
  return {
    messageId: view.messageId,
    order: view.order,
    senderAccount: view.sender.accountId,
    mine: view.mine,
    state: view.state,
    isEdited: view.editedAtMs !== null,
    isPinned: view.pinned,
    reactions: view.reactions
      .flatMap(({ emoji, accounts }) => accounts.map(({ accountId }) => `${emoji} ${accountId}`))
      .sort(),
    body: shownBody(view.body),
  };
}
