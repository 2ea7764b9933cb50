import type { ConversationId, MemberView, SottoApi } from '../sotto.ts';
import { words } from '../words.ts';
import type { Question } from './ConfirmDialog.tsx';
import type { MemberAction } from './MemberMenu.tsx';

/** What is asked before something is done with a member. */
export function memberQuestion(
  sotto: SottoApi,
  conversationId: ConversationId,
  action: Exclude<MemberAction, 'message'>,
  { account }: MemberView,
): Question {
  const { confirm: text, details } = words.groups;
  const { accountId, username } = account;
  switch (action) {
    case 'promote':
      return {
        title: text.promoteTitle(username),
        text: text.promoteText,
        confirm: details.makeAdmin,
        isDanger: false,
        act: () => sotto.setRole(conversationId, accountId, 'admin'),
      };
    case 'demote':
      return {
        title: text.demoteTitle(username),
        text: text.demoteText,
        confirm: details.removeAdmin,
        isDanger: true,
        act: () => sotto.setRole(conversationId, accountId, 'member'),
      };
    case 'handOver':
      return {
        title: text.handOverTitle(username),
        text: text.handOverText,
        confirm: details.handOver,
        isDanger: true,
        act: () => sotto.setRole(conversationId, accountId, 'owner'),
      };
    case 'remove':
      return {
        title: text.removeTitle(username),
        text: text.removeText,
        confirm: details.remove,
        isDanger: true,
        act: () => sotto.removeMember(conversationId, accountId),
      };
  }
}
