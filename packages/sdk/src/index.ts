/** The public types of Sotto's SDK. What runs it is in `@sotto/sdk/browser` and `@sotto/sdk/node`. See spec/sdk.md. */
export type * from '@sotto/client/api';
export { alwaysMuted, plainText, stickerIndex, tickOf, untouched, waitingOrderBase } from '@sotto/client/api';
export type {
  AccountId,
  CallId,
  ConversationId,
  DeviceId,
  ErrorCode,
  PasskeyId,
  TransactionId,
} from '@sotto/protocol';
export { idFromText, limits, normalizeUsername } from '@sotto/protocol';
export { ExportInterrupted, type ExportOptions, exportEverything } from './exportEverything.ts';
export { CommandProblem, resultOf } from './resultOf.ts';
export { until } from './until.ts';
