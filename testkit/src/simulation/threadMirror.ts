/**
 * What an open thread of a device would show: a page read once, and after that only the changes that the engine
 * tells. The checkers compare it with what is stored (spec/simulator.md §Checkers).
 */
import type { MessageView, SottoApi } from '@sotto/client';
import type { ConversationId, TransactionId } from '@sotto/protocol';
import type { ShownMessage } from '../checkers/observation.ts';

export interface ThreadMirror {
  /** Opens the thread, unless it is open. */
  follow(conversationId: ConversationId): void;
  /** In the order shown. */
  shown(conversationId: ConversationId): readonly ShownMessage[];
}

/** Pages are small, so that paging is part of what is checked. */
const pageSize = 7;

/** `isAlive`: the process whose engine `api` is still runs. */
export function createThreadMirror(api: SottoApi, isAlive: () => boolean): ThreadMirror {
  const threads = new Map<ConversationId, Map<TransactionId, MessageView>>();

  async function load(
    conversationId: ConversationId,
    thread: Map<TransactionId, MessageView>,
    removed: Set<TransactionId>,
  ) {
    for (const message of await readThread(api, conversationId)) {
      if (!thread.has(message.messageId) && !removed.has(message.messageId))
        thread.set(message.messageId, message);
    }
  }

  return {
    follow(conversationId) {
      if (threads.has(conversationId)) return;
      const thread = new Map<TransactionId, MessageView>();
      const removed = new Set<TransactionId>();
      threads.set(conversationId, thread);
      api.watch({ kind: 'messages', conversationId }, (changes) => {
        if (!isAlive()) return;
        for (const message of changes.changed) thread.set(message.messageId, message);
        for (const id of changes.removed) {
          thread.delete(id);
          removed.add(id);
        }
      });
      load(conversationId, thread, removed).catch(() => {
        // The engine has stopped; so has this mirror.
      });
    },
    shown(conversationId) {
      const thread = threads.get(conversationId);
      return [...(thread?.values() ?? [])].sort((a, b) => a.order - b.order).map(showMessage);
    },
  };
}

/** All messages of a thread, oldest first, page by page from the end. */
export async function readThread(api: SottoApi, conversationId: ConversationId): Promise<MessageView[]> {
  const messages: MessageView[] = [];
  for (;;) {
    const first = messages[0];
    const page = await api.readMessages({
      conversationId,
      ...(first === undefined ? {} : { beforeOrder: first.order }),
      limit: pageSize,
    });
    messages.unshift(...page.messages);
    if (!page.hasOlder || page.messages.length === 0) return messages;
  }
}

export function showMessage(view: MessageView): ShownMessage {
  return {
    messageId: view.messageId,
    order: view.order,
    senderAccount: view.sender.accountId,
    mine: view.mine,
    state: view.state,
    body: view.body.kind === 'notice' ? { kind: 'notice', notice: view.body.notice.kind } : view.body,
  };
}
