import type { ConversationId, GroupRole, MemberView, SottoApi } from '../sotto.ts';
import { words } from '../words.ts';
import type { Question } from './ConfirmDialog.tsx';
import { successorOf } from './mayInGroup.ts';

export type LeaveAction = 'leave' | 'leaveDelete' | 'forget' | 'deleteAll';

/** What is asked before a group is left, deleted here, or deleted for all. */
export function leaveQuestion(
  sotto: SottoApi,
  conversationId: ConversationId,
  action: LeaveAction,
  role: GroupRole,
  members: readonly MemberView[],
): Question {
  const { confirm: text } = words.groups;
  const successor = successorOf(members);
  const more =
    role !== 'owner' ? null : successor === null ? text.leaveAlone : text.leaveOwner(successor.username);
  switch (action) {
    case 'leave':
      return {
        title: text.leaveTitle,
        text: text.leaveText,
        more,
        confirm: text.leaveConfirm,
        isDanger: true,
        act: () => sotto.leaveGroup(conversationId, false),
      };
    case 'leaveDelete':
      return {
        title: text.leaveDeleteTitle,
        text: text.leaveDeleteText,
        more,
        confirm: text.leaveDeleteConfirm,
        isDanger: true,
        act: () => sotto.leaveGroup(conversationId, true),
      };
    case 'forget':
      return {
        title: text.forgetTitle,
        text: text.forgetText,
        confirm: text.forgetConfirm,
        isDanger: true,
        act: async () => {
          await sotto.forgetConversation(conversationId);
          return { kind: 'ok', value: null };
        },
      };
    case 'deleteAll':
      return {
        title: text.deleteTitle,
        text: text.deleteText,
        confirm: text.deleteConfirm,
        isDanger: true,
        act: () => sotto.deleteGroup(conversationId),
      };
  }
}
