import { describe, expect, it } from 'vitest';
import type { AccountId, GroupRole, MemberView } from '../sotto.ts';
import { mayChangeRight, mayRemoveMember, successorOf } from './mayInGroup.ts';

const member = (id: string, role: GroupRole, isSelf = false): MemberView => ({
  account: { accountId: id.padStart(32, '0') as AccountId, username: id },
  isSelf,
  deviceCount: 1,
  role,
});

describe('what a role lets an account do', () => {
  it('leaves what is the owner’s to the owner', () => {
    expect(mayChangeRight('owner', 'owner', 'everyone')).toBe(true);
    expect(mayChangeRight('admin', 'admins', 'everyone')).toBe(true);
    expect(mayChangeRight('admin', 'owner', 'admins')).toBe(false);
    expect(mayChangeRight('admin', 'admins', 'owner')).toBe(false);
    expect(mayChangeRight('member', 'everyone', 'admins')).toBe(false);
  });

  it('protects owner and admins from admins', () => {
    expect(mayRemoveMember('admin', member('a', 'member'), true)).toBe(true);
    expect(mayRemoveMember('admin', member('a', 'admin'), true)).toBe(false);
    expect(mayRemoveMember('owner', member('a', 'admin'), true)).toBe(true);
    expect(mayRemoveMember('admin', member('a', 'owner'), true)).toBe(false);
    expect(mayRemoveMember('owner', member('a', 'member'), false)).toBe(false);
    expect(mayRemoveMember('owner', member('a', 'owner', true), true)).toBe(false);
  });

  it('hands over to the first admin by id, else to the first member', () => {
    const own = member('0', 'owner', true);
    expect(successorOf([own, member('3', 'member'), member('9', 'admin')])?.username).toBe('9');
    expect(successorOf([own, member('3', 'member'), member('2', 'member')])?.username).toBe('2');
    expect(successorOf([own])).toBe(null);
  });
});
