export type { AccountId, ConversationId, DeviceId, TransactionId as MessageId } from '@sotto/protocol';
