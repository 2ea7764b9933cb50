/** What notes say, as it is written (spec/groups.md, "Notes"). */
import { create } from '@bufbuild/protobuf';
import {
  type AccountId,
  type AccountsChange,
  AccountsChangeSchema,
  DescriptionChangeSchema,
  type GroupChange,
  GroupChangeSchema,
  type InviteId,
  type InviteKey,
  idFromBytes,
  idToBytes,
  limits,
  PhotoChangeSchema,
} from '@sotto/protocol';
import { isGroupName } from './details.ts';
import type { InviteMemberKey, NotedChange } from './policyTypes.ts';
import { rightsFrom, rightsMessage, sortedIds } from './rightsCodec.ts';

const keySizeBytes = 32;

export function changeMessage(change: NotedChange): GroupChange {
  return create(GroupChangeSchema, { kind: kindOf(change) });
}

function kindOf(change: NotedChange): GroupChange['kind'] {
  switch (change.kind) {
    case 'added':
    case 'joinedByLink':
    case 'removed':
    case 'promoted':
    case 'demoted':
      return { case: change.kind, value: accountsMessage(change.accountIds) };
    case 'left':
    case 'handedOver':
      return { case: change.kind, value: accountsMessage([change.accountId]) };
    case 'renamed':
      return { case: 'renamed', value: change.name };
    case 'photo':
      return { case: 'photo', value: create(PhotoChangeSchema) };
    case 'description':
      return { case: 'description', value: create(DescriptionChangeSchema) };
    case 'rights':
      return { case: 'rights', value: rightsMessage(change.rights) };
    case 'sharesHistory':
      return { case: 'sharesHistory', value: change.shares };
    case 'inviteMade':
    case 'inviteRevoked':
      return { case: 'inviteMade', value: change.kind === 'inviteMade' };
    case 'deleted':
    case 'created':
      return { case: change.kind, value: true };
  }
}

/** Null where it says nothing, or what no change says. */
export function changeFrom({ kind }: GroupChange): NotedChange | null {
  switch (kind.case) {
    case 'added':
    case 'joinedByLink':
    case 'removed':
    case 'promoted':
    case 'demoted': {
      const accountIds = accountsFrom(kind.value);
      return accountIds === null ? null : { kind: kind.case, accountIds };
    }
    case 'left':
    case 'handedOver': {
      const accountIds = accountsFrom(kind.value);
      return accountIds?.length === 1 ? { kind: kind.case, accountId: accountIds[0]! } : null;
    }
    case 'renamed':
      return isGroupName(kind.value) ? { kind: 'renamed', name: kind.value } : null;
    case 'photo':
    case 'description':
      return { kind: kind.case };
    case 'rights': {
      const rights = rightsFrom(kind.value);
      return rights === null ? null : { kind: 'rights', rights };
    }
    case 'sharesHistory':
      return { kind: 'sharesHistory', shares: kind.value };
    case 'inviteMade':
      return { kind: kind.value ? 'inviteMade' : 'inviteRevoked' };
    case 'deleted':
    case 'created':
      return kind.value ? { kind: kind.case } : null;
    case undefined:
      return null;
  }
}

export function inviteKeyFrom({ inviteId, key }: InviteKey): InviteMemberKey | null {
  const id = idFromBytes<InviteId>(inviteId);
  return id === null || key.length !== keySizeBytes ? null : { inviteId: id, key: key.slice() };
}

function accountsMessage(accountIds: readonly AccountId[]): AccountsChange {
  return create(AccountsChangeSchema, { accountIds: accountIds.map(idToBytes) });
}

function accountsFrom({ accountIds }: AccountsChange): AccountId[] | null {
  const read = sortedIds<AccountId>(accountIds, limits.accountsPerConversation);
  return read === null || read.length === 0 ? null : read;
}
