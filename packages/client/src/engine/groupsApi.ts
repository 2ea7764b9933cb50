import type { GroupsApi } from '../api.ts';
import { forgetConversation } from '../conversations/forgetConversation.ts';
import {
  addMembers,
  createGroup,
  deleteGroup,
  discardGroupChange,
  editGroup,
  removeMember,
  retryGroupChange,
  setGroupRights,
  setHistorySharing,
  setRole,
} from '../groups/changeGroup.ts';
import { findGroupsByMember } from '../groups/findGroupsByMember.ts';
import {
  createGroupInvite,
  requestToJoin,
  resolveGroupInvite,
  revokeGroupInvite,
} from '../groups/groupInvites.ts';
import { answerJoinRequest } from '../groups/joinRequests.ts';
import { leaveGroup } from '../groups/leaveGroup.ts';
import type { Sessions } from './sessions.ts';

/** Commands about groups of people. */
export function createGroupsApi(sessions: Sessions): GroupsApi {
  const context = () => sessions.device().context;
  return {
    createGroup: async (group) => createGroup(context(), group),
    addMembers: async (id, accountIds) => addMembers(context(), id, accountIds),
    removeMember: async (id, accountId) => removeMember(context(), id, accountId),
    setRole: async (id, accountId, role) => setRole(context(), id, accountId, role),
    editGroup: async (id, details) => editGroup(context(), id, details),
    setGroupRights: async (id, rights) => setGroupRights(context(), id, rights),
    setHistorySharing: async (id, shares) => setHistorySharing(context(), id, shares),
    deleteGroup: async (id) => deleteGroup(context(), id),
    retryGroupChange: async (id, changeId) => retryGroupChange(context(), id, changeId),
    discardGroupChange: async (id, changeId) => discardGroupChange(context(), id, changeId),
    leaveGroup: async (id, deleteHere) => leaveGroup(context(), id, deleteHere),
    forgetConversation: async (id) => forgetConversation(context(), id),
    findGroupsByMember: async (text) => findGroupsByMember(context(), text),
    createGroupInvite: async (id, invite) => createGroupInvite(context(), id, invite),
    revokeGroupInvite: async (id, inviteId) => revokeGroupInvite(context(), id, inviteId),
    resolveGroupInvite: async (link) => resolveGroupInvite(context(), link),
    requestToJoin: async (link) => requestToJoin(context(), link),
    answerJoinRequest: async (id, accountId, accepted) =>
      answerJoinRequest(context(), id, accountId, accepted),
  };
}
