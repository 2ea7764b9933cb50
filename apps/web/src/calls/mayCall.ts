import type { AccountId, ConversationView } from '../sotto.ts';

/** Whether calling is offered: between two people, where somebody is behind the chat. */
export function mayCall(conversation: ConversationView, own: AccountId | null): boolean {
  const { kind, peer, newIdentity, ended, may } = conversation;
  return (
    kind === 'direct' &&
    peer !== null &&
    peer.accountId !== own &&
    newIdentity === null &&
    ended === null &&
    may.call
  );
}
