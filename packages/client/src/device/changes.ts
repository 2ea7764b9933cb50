import type { ConversationId, TransactionId } from '@sotto/protocol';

/** What a step changed, told to the views once it is durable. */
export class Changes {
  readonly conversations = new Set<ConversationId>();
  readonly messages = new Map<ConversationId, Set<TransactionId>>();
  readonly removedMessages = new Map<ConversationId, Set<TransactionId>>();
  /** What the account wants of history, or in how many conversations it is not in force. */
  isHistoryChoice = false;

  conversation(id: ConversationId): void {
    this.conversations.add(id);
  }

  message(conversation: ConversationId, message: TransactionId): void {
    this.conversations.add(conversation);
    add(this.messages, conversation, message);
    this.removedMessages.get(conversation)?.delete(message);
  }

  removedMessage(conversation: ConversationId, message: TransactionId): void {
    this.conversations.add(conversation);
    add(this.removedMessages, conversation, message);
    this.messages.get(conversation)?.delete(message);
  }

  historyChoice(): void {
    this.isHistoryChoice = true;
  }

  get isEmpty(): boolean {
    return this.conversations.size === 0 && !this.isHistoryChoice;
  }
}

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}
