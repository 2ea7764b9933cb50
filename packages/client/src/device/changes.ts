import type { CallId, ConversationId, TransactionId } from '@sotto/protocol';
import type { ConversationKey } from '../conversations/conversationTable.ts';

/** What a step changed, told to the views once it is durable. */
export class Changes {
  readonly conversations = new Set<ConversationId>();
  readonly messages = new Map<ConversationId, Set<TransactionId>>();
  readonly removedMessages = new Map<ConversationId, Set<TransactionId>>();
  readonly calls = new Set<CallId>();
  readonly groupCalls = new Set<CallId>();
  /** Conversations in which this device has something to say of a call. */
  readonly callsToSend = new Set<ConversationKey>();
  /** What the account wants of history, or in how many conversations it is not in force. */
  isHistoryChoice = false;
  /** Whether the account tells what it has read. */
  isReceiptChoice = false;
  /** Files are named no longer: here and at the server they can go. */
  areFilesDropped = false;
  /** Messages run down that did not before. */
  areDeadlinesNew = false;

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
    this.expiredMessage(conversation, message);
  }

  /** As `removedMessage`; whoever tells it tells the conversation's own view too, once after many. */
  expiredMessage(conversation: ConversationId, message: TransactionId): void {
    add(this.removedMessages, conversation, message);
    this.messages.get(conversation)?.delete(message);
  }

  deadline(): void {
    this.areDeadlinesNew = true;
  }

  call(id: CallId): void {
    this.calls.add(id);
  }

  groupCall(id: CallId): void {
    this.groupCalls.add(id);
  }

  callToSend(key: ConversationKey): void {
    this.callsToSend.add(key);
  }

  files(): void {
    this.areFilesDropped = true;
  }

  receiptChoice(): void {
    this.isReceiptChoice = true;
  }

  historyChoice(): void {
    this.isHistoryChoice = true;
  }

  get isEmpty(): boolean {
    return (
      this.conversations.size === 0 &&
      this.removedMessages.size === 0 &&
      this.calls.size === 0 &&
      this.groupCalls.size === 0 &&
      !this.isHistoryChoice &&
      !this.isReceiptChoice
    );
  }
}

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}
