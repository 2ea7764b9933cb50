import { findProblemSentence, inviteProblemSentence } from '../entry/problemSentences.ts';
import type { ConversationId, SottoApi } from '../sotto.ts';
import { words } from '../words.ts';

/** The conversation with whoever made `invite`, or a sentence about why there is none. */
export async function openFromInvite(
  sotto: SottoApi,
  invite: string,
): Promise<{ conversationId: ConversationId } | { problem: string }> {
  const resolved = await sotto.resolveInvite(invite);
  if (resolved.kind === 'problem') return { problem: inviteProblemSentence(resolved.problem) };
  const { account } = resolved.value;
  if (account === null) return { problem: words.newConversation.serverInvite };
  const opened = await sotto.openDirectConversation(account.accountId, invite);
  if (opened.kind === 'problem') return { problem: findProblemSentence(opened.problem, account.username) };
  return { conversationId: opened.value };
}
