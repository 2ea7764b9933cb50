import type { GroupsApi } from '@sotto/client/api';
import {
  isBytesUpTo,
  isCount,
  isFlag,
  isId,
  isListOf,
  isOneOf,
  isOptional,
  isRecord,
  isText,
} from './checks.ts';
import type { CommandRule } from './commands.ts';

const membersLimit = 1000;
const photoLimit = 24 * 1024;

const areAccounts = isListOf(isId, membersLimit);
const isPhoto = isBytesUpTo(photoLimit);
const isRight = isOptional(isOneOf('everyone', 'admins', 'owner'));

export const groupCommands: { readonly [Name in keyof GroupsApi]: CommandRule<Name> } = {
  createGroup: {
    arguments: [
      isRecord({
        name: isText,
        photo: isPhoto,
        description: isText,
        memberIds: areAccounts,
        sharesHistory: isFlag,
      }),
    ],
    interrupted: { answer: { kind: 'problem', problem: { kind: 'offline' } } },
  },
  addMembers: { arguments: [isId, areAccounts], interrupted: 'repeat' },
  removeMember: { arguments: [isId, isId], interrupted: 'repeat' },
  setRole: { arguments: [isId, isId, isOneOf('owner', 'admin', 'member')], interrupted: 'repeat' },
  editGroup: {
    arguments: [
      isId,
      isRecord({ name: isOptional(isText), photo: isOptional(isPhoto), description: isOptional(isText) }),
    ],
    interrupted: 'repeat',
  },
  setGroupRights: {
    arguments: [
      isId,
      isRecord({
        addMembers: isRight,
        removeMembers: isRight,
        editDetails: isRight,
        call: isRight,
        setTimer: isRight,
        pin: isRight,
        deleteMessages: isRight,
        send: isRight,
      }),
    ],
    interrupted: 'repeat',
  },
  setHistorySharing: { arguments: [isId, isFlag], interrupted: 'repeat' },
  leaveGroup: { arguments: [isId, isFlag], interrupted: 'repeat' },
  deleteGroup: { arguments: [isId], interrupted: 'repeat' },
  forgetConversation: { arguments: [isId], interrupted: 'repeat' },
  retryGroupChange: { arguments: [isId, isText], interrupted: 'repeat' },
  discardGroupChange: { arguments: [isId, isText], interrupted: 'repeat' },
  findGroupsByMember: { arguments: [isText], interrupted: 'repeat' },
  createGroupInvite: {
    arguments: [isId, isRecord({ lifetimeMs: isCount, needsApproval: isFlag, singleUse: isFlag })],
    interrupted: { answer: { kind: 'problem', problem: { kind: 'offline' } } },
  },
  revokeGroupInvite: { arguments: [isId, isText], interrupted: 'repeat' },
  resolveGroupInvite: { arguments: [isText], interrupted: 'repeat' },
  requestToJoin: { arguments: [isText], interrupted: 'repeat' },
  answerJoinRequest: { arguments: [isId, isId, isFlag], interrupted: 'repeat' },
};
