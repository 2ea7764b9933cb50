/** For tests: accounts and conversations made as the client makes them, without a password or a server. */
export { directoryOf, flipBit, nowMs, provider, TestAccount } from './account.ts';
export {
  accepted,
  context,
  createConversation,
  deviceOf,
  joinByWelcome,
  keyPackageOf,
  newTransaction,
  type TestConversation,
  type TestDevice,
} from './conversation.ts';
export { LargeConversation } from './largeConversation.ts';
