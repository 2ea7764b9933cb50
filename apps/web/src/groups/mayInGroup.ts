/** What the role of an account lets it do, beside the rights of its group (spec/groups.md, "Roles and rights"). */
import type { AccountView, GroupRight, GroupRole, MemberView } from '../sotto.ts';

/** Whether `own` may change a right from `present` to `next`: what is the owner's alone, only the owner changes. */
export function mayChangeRight(own: GroupRole, present: GroupRight, next: GroupRight): boolean {
  return own === 'owner' || (own === 'admin' && present !== 'owner' && next !== 'owner');
}

export function mayChangeSharing(own: GroupRole): boolean {
  return own !== 'member';
}

/** `mayRemove`: the right to remove members. */
export function mayRemoveMember(own: GroupRole, member: MemberView, mayRemove: boolean): boolean {
  if (!mayRemove || member.isSelf || member.role === 'owner') return false;
  return own === 'owner' || member.role !== 'admin';
}

/** Who becomes the owner when the owner leaves: the first admin by id, else the first member; null where nobody is left. */
export function successorOf(members: readonly MemberView[]): AccountView | null {
  const others = members.filter(({ isSelf }) => !isSelf);
  const admins = others.filter(({ role }) => role === 'admin');
  const [first] = (admins.length > 0 ? admins : others).toSorted((a, b) =>
    a.account.accountId < b.account.accountId ? -1 : 1,
  );
  return first?.account ?? null;
}
