/** Who may do what in a group (spec/groups.md, "Roles and rights"). */
import { type AccountId, limits } from '@sotto/protocol';
import type { EpochRoles, GroupPolicy, Policy, Right, Rights, Role } from './policyTypes.ts';

/** What a new group has where nothing else is asked for. */
export const defaultRights: Rights = {
  addMembers: 'admins',
  removeMembers: 'admins',
  editDetails: 'admins',
  call: 'everyone',
  setTimer: 'admins',
  pin: 'admins',
  deleteMessages: 'admins',
  send: 'everyone',
};

/** Null for who is no member. */
export function roleOf(policy: GroupPolicy, accountId: AccountId): Role | null {
  if (!isMember(policy, accountId)) return null;
  if (policy.leavingIds.includes(accountId)) return 'leaving';
  return roleAmong(policy, accountId);
}

/** Whether this account may now: in direct conversations both may do everything. */
export function mayDo(policy: Policy, accountId: AccountId, right: keyof Rights): boolean {
  if (policy.kind === 'direct') return isMember(policy, accountId);
  const role = roleOf(policy, accountId);
  return role !== null && role !== 'leaving' && holds(role, policy.rights[right]);
}

/** The same of an epoch in the past, for a member of then. Who was leaving is not told apart there. */
export function mightDo(roles: EpochRoles, accountId: AccountId, right: keyof Rights): boolean {
  return holds(roleAmong(roles, accountId), roles.rights[right]);
}

/** Whether a member names all members at once: in large groups that is for owner and admins. */
export function mightNameEveryone(roles: EpochRoles, accountId: AccountId): boolean {
  return !roles.isLarge || roleAmong(roles, accountId) !== 'member';
}

export function rolesOf({ ownerId, adminIds, rights, accountIds }: GroupPolicy): EpochRoles {
  return { ownerId, adminIds, rights, isLarge: isLargeGroup(accountIds.length) };
}

export function isLargeGroup(accountCount: number): boolean {
  return accountCount > limits.accountsNamedAtOnce;
}

export function isSameRoles(one: EpochRoles, other: EpochRoles): boolean {
  return (
    one.ownerId === other.ownerId &&
    one.isLarge === other.isLarge &&
    one.adminIds.join() === other.adminIds.join() &&
    isSameRights(one.rights, other.rights)
  );
}

export const rightNames = Object.keys(defaultRights) as readonly (keyof Rights)[];

export function isSameRights(one: Rights, other: Rights): boolean {
  return rightNames.every((name) => one[name] === other[name]);
}

export function holds(role: Exclude<Role, 'leaving'>, right: Right): boolean {
  switch (right) {
    case 'everyone':
      return true;
    case 'admins':
      return role !== 'member';
    case 'owner':
      return role === 'owner';
  }
}

const memberSets = new WeakMap<Policy, ReadonlySet<AccountId>>();

/** Whether the policy names the account: groups have up to a thousand, and each leaf is asked for. */
export function isMember(policy: Policy, accountId: AccountId): boolean {
  let members = memberSets.get(policy);
  if (members === undefined) {
    members = new Set(policy.accountIds);
    memberSets.set(policy, members);
  }
  return members.has(accountId);
}

function roleAmong({ ownerId, adminIds }: Pick<EpochRoles, 'ownerId' | 'adminIds'>, accountId: AccountId) {
  if (accountId === ownerId) return 'owner';
  return adminIds.includes(accountId) ? 'admin' : 'member';
}
