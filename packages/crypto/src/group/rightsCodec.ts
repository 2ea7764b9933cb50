/** Rights and roles as they are written into policies, notes and deposits. */
import { create } from '@bufbuild/protobuf';
import {
  type AccountId,
  EpochRolesSchema,
  GroupRight as GroupRightNumber,
  type GroupRights,
  GroupRightsSchema,
  idFromBytes,
  idToBytes,
  limits,
  type EpochRoles as RolesMessage,
} from '@sotto/protocol';
import type { EpochRoles, Right, Rights } from './policyTypes.ts';

const numbers: Readonly<Record<Right, GroupRightNumber>> = {
  everyone: GroupRightNumber.EVERYONE,
  admins: GroupRightNumber.ADMINS,
  owner: GroupRightNumber.OWNER,
};

export function rightsMessage(rights: Rights): GroupRights {
  return create(GroupRightsSchema, {
    addMembers: numbers[rights.addMembers],
    removeMembers: numbers[rights.removeMembers],
    editDetails: numbers[rights.editDetails],
    call: numbers[rights.call],
    setTimer: numbers[rights.setTimer],
    pin: numbers[rights.pin],
    deleteMessages: numbers[rights.deleteMessages],
    send: numbers[rights.send],
  });
}

/** Null where one is missing or unknown, or anybody could remove members or others' messages. */
export function rightsFrom(message: GroupRights | undefined): Rights | null {
  if (message === undefined) return null;
  const rights = {
    addMembers: rightFrom(message.addMembers),
    removeMembers: rightFrom(message.removeMembers),
    editDetails: rightFrom(message.editDetails),
    call: rightFrom(message.call),
    setTimer: rightFrom(message.setTimer),
    pin: rightFrom(message.pin),
    deleteMessages: rightFrom(message.deleteMessages),
    send: rightFrom(message.send),
  };
  if (Object.values(rights).includes(null)) return null;
  return areRightsSafe(rights as Rights) ? (rights as Rights) : null;
}

export function areRightsSafe({ removeMembers, deleteMessages }: Rights): boolean {
  return removeMembers !== 'everyone' && deleteMessages !== 'everyone';
}

export function rolesMessage({ ownerId, adminIds, rights, isLarge }: EpochRoles): RolesMessage {
  return create(EpochRolesSchema, {
    ownerId: idToBytes(ownerId),
    adminIds: adminIds.map(idToBytes),
    rights: rightsMessage(rights),
    isLarge,
  });
}

/** Null where they are none that a policy has. */
export function rolesFrom(message: RolesMessage): EpochRoles | null {
  const ownerId = idFromBytes<AccountId>(message.ownerId);
  const adminIds = sortedIds<AccountId>(message.adminIds, limits.adminsPerGroup);
  const rights = rightsFrom(message.rights);
  if (ownerId === null || adminIds === null || rights === null || adminIds.includes(ownerId)) return null;
  return { ownerId, adminIds, rights, isLarge: message.isLarge };
}

/** The ids, where there are at most `max`, ascending, none twice. */
export function sortedIds<Id extends AccountId>(ids: readonly Uint8Array[], max: number): Id[] | null {
  if (ids.length > max) return null;
  const read = ids.map((id) => idFromBytes<Id>(id));
  return read.every((id, at) => id !== null && (at === 0 || read[at - 1]! < id)) ? (read as Id[]) : null;
}

function rightFrom(number: GroupRightNumber): Right | null {
  switch (number) {
    case GroupRightNumber.EVERYONE:
      return 'everyone';
    case GroupRightNumber.ADMINS:
      return 'admins';
    case GroupRightNumber.OWNER:
      return 'owner';
    default:
      return null;
  }
}
