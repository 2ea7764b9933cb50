import { createContext, useContext } from 'react';
import type { AccountId, ConversationView } from '../sotto.ts';
import { words } from '../words.ts';

/** The signed-in account's id, below the shell. */
export const OwnAccount = createContext<AccountId | null>(null);

export function useOwnAccountId(): AccountId | null {
  return useContext(OwnAccount);
}

/** What a conversation is called here: the one with oneself has a name of its own, and a group may have none yet. */
export function conversationTitle(conversation: ConversationView, ownAccountId: AccountId | null): string {
  const { kind, peer, title } = conversation;
  if (kind === 'group') return title === '' ? words.groups.unnamed : title;
  return peer?.accountId === ownAccountId ? words.list.notesToSelf : title;
}
