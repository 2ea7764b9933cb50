import { createContext, useContext } from 'react';
import type { AccountId, ConversationView } from '../sotto.ts';
import { words } from '../words.ts';

/** The signed-in account's id, below the shell. */
export const OwnAccount = createContext<AccountId | null>(null);

export function useOwnAccountId(): AccountId | null {
  return useContext(OwnAccount);
}

/** What a conversation is called here: the one with oneself has a name of its own. */
export function conversationTitle(conversation: ConversationView, ownAccountId: AccountId | null): string {
  return conversation.peer.accountId === ownAccountId ? words.list.notesToSelf : conversation.title;
}
