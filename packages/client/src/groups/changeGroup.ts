/** Commands about groups: what is asked is stored, and made when its turn comes (applyGroupChange.ts). */
import { encodeDetails, isGroupName, isGroupPhoto, type Rights } from '@sotto/crypto';
import { type AccountId, type ConversationId, limits } from '@sotto/protocol';
import type { GroupDetailsView, GroupProblem, GroupRole, NewGroup, Outcome } from '../api.ts';
import {
  type ConversationRow,
  findConversation,
  insertConversation,
} from '../conversations/conversationTable.ts';
import { isMember, storeMembers } from '../conversations/members.ts';
import { type DeviceContext, randomId } from '../device/deviceContext.ts';
import { defaultTimer } from '../disappearing/setTimer.ts';
import type { Sql } from '../ports.ts';
import {
  deleteGroupChange,
  insertGroupChange,
  resumeGroupChange,
  type WantedChange,
} from './groupChangeTable.ts';
import { type GroupRules, mayInGroup, readGroupEnd, readGroupRules } from './groupInfoTable.ts';

type Asked<Value> = Promise<Outcome<Value, GroupProblem>>;

const problem = (found: GroupProblem) => ({ kind: 'problem', problem: found }) as const;
const done = { kind: 'ok', value: null } as const;

/** A group that waits until it can be made, with this account as its owner. */
export async function createGroup(device: DeviceContext, wanted: NewGroup): Asked<ConversationId> {
  const { accountId } = device.self;
  const wrong = wrongDetails(wanted);
  if (wrong !== null) return problem(wrong);
  const accountIds = [...new Set(wanted.memberIds)].filter((id) => id !== accountId);
  const limit = limits.accountsPerConversation;
  if (accountIds.length + 1 > limit) return problem({ kind: 'tooManyMembers', limit });
  const { name, photo, description } = wanted;
  const details = encodeDetails(device.provider, { name, photo, description }).encoded.toHex();
  const row = await device.steps.run((step) =>
    step.commit((sql, changes) => {
      const conversationId = randomId<ConversationId>(device.provider);
      const inserted = insertConversation(sql, {
        conversationId,
        logId: null,
        peerId: null,
        state: 'waiting',
        lastActivityMs: device.clock.now(),
        timerSeconds: defaultTimer(sql),
      });
      storeMembers(sql, inserted.key, [accountId, ...accountIds]);
      const { sharesHistory } = wanted;
      insertGroupChange(sql, inserted.key, newId(device), {
        kind: 'create',
        accountIds,
        details,
        sharesHistory,
      });
      changes.conversation(conversationId);
      return inserted;
    }),
  );
  device.wake(row.key);
  return { kind: 'ok', value: row.conversationId };
}

export function addMembers(
  device: DeviceContext,
  conversationId: ConversationId,
  accountIds: readonly AccountId[],
): Asked<null> {
  return ask(device, conversationId, 'addMembers', (sql, row) => {
    const fresh = [...new Set(accountIds)].filter((id) => !isMember(sql, device.self.accountId, row, id));
    if (fresh.length === 0) return { kind: 'alreadyMember' };
    return chunks(fresh, limits.accountsPerClaim).map((ids) => ({ kind: 'add', accountIds: ids }));
  });
}

export function removeMember(
  device: DeviceContext,
  conversationId: ConversationId,
  accountId: AccountId,
): Asked<null> {
  return ask(device, conversationId, 'removeMembers', (sql, row, rules) => {
    if (!isMember(sql, device.self.accountId, row, accountId)) return { kind: 'notMember' };
    const isOwner = rules?.ownerId === device.self.accountId;
    const isProtected = accountId === rules?.ownerId || (!isOwner && rules?.adminIds.includes(accountId));
    if (isProtected || accountId === device.self.accountId) return { kind: 'notAllowed' };
    return [{ kind: 'remove', accountId }];
  });
}

export function setRole(
  device: DeviceContext,
  conversationId: ConversationId,
  accountId: AccountId,
  role: GroupRole,
): Asked<null> {
  return ask(device, conversationId, null, (sql, row, rules) => {
    if (rules !== null && rules.ownerId !== device.self.accountId) return { kind: 'notAllowed' };
    if (!isMember(sql, device.self.accountId, row, accountId)) return { kind: 'notMember' };
    // The owner gives its role to another one, and does not just lay it down.
    if (accountId === device.self.accountId) return { kind: 'notAllowed' };
    return [{ kind: 'role', accountId, role }];
  });
}

export async function editGroup(
  device: DeviceContext,
  conversationId: ConversationId,
  details: Partial<GroupDetailsView>,
): Asked<null> {
  const wrong = wrongDetails({ name: 'name', photo: new Uint8Array(0), description: '', ...details });
  if (wrong !== null) return problem(wrong);
  const { name, photo, description } = details;
  return ask(device, conversationId, 'editDetails', () => [
    {
      kind: 'details',
      ...(name === undefined ? {} : { name }),
      ...(photo === undefined ? {} : { photo: photo.toHex() }),
      ...(description === undefined ? {} : { description }),
    },
  ]);
}

export function setGroupRights(
  device: DeviceContext,
  conversationId: ConversationId,
  rights: Partial<Rights>,
): Asked<null> {
  return ask(device, conversationId, null, (_, __, rules) => {
    if (rules !== null && rules.ownerId !== device.self.accountId) return { kind: 'notAllowed' };
    // What nobody takes back is for admins at least.
    if (rights.removeMembers === 'everyone' || rights.deleteMessages === 'everyone')
      return { kind: 'notAllowed' };
    return [{ kind: 'rights', rights }];
  });
}

export function setHistorySharing(
  device: DeviceContext,
  conversationId: ConversationId,
  shares: boolean,
): Asked<null> {
  return ask(device, conversationId, null, (_, __, rules) =>
    isStaff(rules, device.self.accountId) ? [{ kind: 'sharesHistory', shares }] : { kind: 'notAllowed' },
  );
}

export function deleteGroup(device: DeviceContext, conversationId: ConversationId): Asked<null> {
  return ask(device, conversationId, null, (_, __, rules) =>
    rules === null || rules.ownerId === device.self.accountId ? [{ kind: 'delete' }] : { kind: 'notAllowed' },
  );
}

/** A change that waits or failed is given up. */
export async function discardGroupChange(
  device: DeviceContext,
  conversationId: ConversationId,
  changeId: string,
): Promise<void> {
  await device.steps.run((step) =>
    step.commit((sql, changes) => {
      deleteGroupChange(sql, changeId);
      changes.conversation(conversationId);
    }),
  );
}

/** A change that failed is tried once more. */
export async function retryGroupChange(
  device: DeviceContext,
  conversationId: ConversationId,
  changeId: string,
): Promise<void> {
  await device.steps.run(async (step) => {
    const row = step.read((sql) => findConversation(sql, conversationId));
    if (row === null) return;
    await step.commit((sql, changes) => {
      resumeGroupChange(sql, changeId);
      changes.conversation(conversationId);
    });
    device.wake(row.key);
  });
}

/** Stores what is asked, where it is allowed by what is known here. `right`: null where `want` judges by itself. */
export async function ask(
  device: DeviceContext,
  conversationId: ConversationId,
  right: keyof Rights | null,
  want: (sql: Sql, row: ConversationRow, rules: GroupRules | null) => GroupProblem | readonly WantedChange[],
): Asked<null> {
  return device.steps.run(async (step) => {
    const found = step.read((sql) => {
      const row = findConversation(sql, conversationId);
      if (row?.kind !== 'group') return { problem: { kind: 'unknownConversation' } as const };
      if (readGroupEnd(sql, device.self.accountId, row.key) !== null)
        return { problem: { kind: 'ended' } as const };
      const rules = readGroupRules(sql, row.key);
      const mayNot = right !== null && rules !== null && !mayInGroup(rules, device.self.accountId, right);
      if (mayNot) return { problem: { kind: 'notAllowed' } as const };
      const wanted = want(sql, row, rules);
      return 'kind' in wanted ? { problem: wanted } : { row, wanted };
    });
    if ('problem' in found) return problem(found.problem);
    const { row, wanted } = found;
    await step.commit((sql, changes) => {
      for (const change of wanted) insertGroupChange(sql, row.key, newId(device), change);
      changes.conversation(conversationId);
    });
    device.wake(row.key);
    return done;
  });
}

function isStaff(rules: GroupRules | null, self: AccountId): boolean {
  return rules === null || rules.ownerId === self || rules.adminIds.includes(self);
}

function newId(device: DeviceContext): string {
  return randomId<ConversationId>(device.provider);
}

function wrongDetails({ name, photo, description }: GroupDetailsView): GroupProblem | null {
  if (name.trim() === '') return { kind: 'emptyName' };
  if (name.length > limits.groupNameLength) return { kind: 'tooLong', limit: limits.groupNameLength };
  if (!isGroupName(name)) return { kind: 'emptyName' };
  if (description.length > limits.groupDescriptionLength) {
    return { kind: 'tooLong', limit: limits.groupDescriptionLength };
  }
  return isGroupPhoto(photo) ? null : { kind: 'malformedPhoto' };
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}
