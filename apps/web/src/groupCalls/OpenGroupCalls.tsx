import { createContext, useContext } from 'react';
import type { ConversationId, GroupCallView } from '../sotto.ts';

/** The calls that are open in groups of this account, below the shell. */
export const OpenGroupCalls = createContext<readonly GroupCallView[]>([]);

export function useOpenGroupCall(conversationId: ConversationId | null): GroupCallView | null {
  return useContext(OpenGroupCalls).find((call) => call.conversationId === conversationId) ?? null;
}
