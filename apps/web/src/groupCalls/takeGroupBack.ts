import type { ConversationId, SottoApi } from '../sotto.ts';

/** A group that was made for a call that came to nothing: it is gone again, and in no list. False where it could not be taken back. */
export async function takeGroupBack(sotto: SottoApi, conversationId: ConversationId): Promise<boolean> {
  const isDeleted = await sotto.deleteGroup(conversationId).then(
    ({ kind }) => kind === 'ok',
    () => false,
  );
  if (isDeleted) await sotto.forgetConversation(conversationId).catch(() => undefined);
  return isDeleted;
}
