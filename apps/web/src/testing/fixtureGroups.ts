/** The groups of the fixture, and what it answers to commands about them. */
import {
  type AccountId,
  type AccountView,
  type ConversationId,
  type ConversationView,
  type GroupChangeView,
  type GroupInvitePreview,
  type GroupRight,
  type GroupRightsView,
  type GroupRole,
  type GroupsApi,
  type GroupView,
  limits,
  type MemberView,
  type PendingGroupChange,
} from '../sotto.ts';
import type { FixtureConversation } from './fixtureConversation.ts';
import { fixtureId, self } from './fixtureIds.ts';

export interface FixtureGroupSeed {
  readonly title: string;
  readonly description?: string;
  readonly photo?: Uint8Array;
  readonly role: GroupRole;
  /** Without oneself; the first is the owner where this account is not. */
  readonly members: readonly AccountView[];
  readonly admins?: readonly AccountView[];
  readonly rights?: Partial<GroupRightsView>;
  readonly sharesHistory?: boolean;
  readonly invites?: GroupView['invites'];
  readonly requests?: GroupView['requests'];
  readonly changes?: readonly PendingGroupChange[];
  readonly ended?: GroupView['ended'];
  readonly typingBy?: readonly AccountView[];
}

const defaultRights: GroupRightsView = {
  addMembers: 'admins',
  removeMembers: 'admins',
  editDetails: 'admins',
  call: 'everyone',
  setTimer: 'admins',
  pin: 'admins',
  deleteMessages: 'admins',
  send: 'everyone',
};
const roleRank: Record<GroupRole, number> = { owner: 0, admin: 1, member: 2 };

export interface FixtureGroup {
  members: readonly MemberView[];
  group: GroupView;
}

export function groupFrom(seed: FixtureGroupSeed): FixtureGroup {
  const roleOf = (account: AccountView, at: number): GroupRole => {
    if (at === 0 && seed.role !== 'owner') return 'owner';
    return seed.admins?.includes(account) ? 'admin' : 'member';
  };
  const others = seed.members.map(
    (account, at): MemberView => ({
      account,
      isSelf: false,
      deviceCount: (at % 3) + 1,
      role: roleOf(account, at),
    }),
  );
  const own: MemberView = { account: self, isSelf: true, deviceCount: 2, role: seed.role };
  return {
    members: seed.ended === 'left' || seed.ended === 'removed' ? others : ordered([own, ...others]),
    group: {
      role: seed.role,
      details: {
        name: seed.title,
        photo: seed.photo ?? new Uint8Array(),
        description: seed.description ?? '',
      },
      rights: { ...defaultRights, ...seed.rights },
      sharesHistory: seed.sharesHistory ?? false,
      invites: seed.invites ?? [],
      requests: seed.requests ?? [],
      changes: seed.changes ?? [],
      ended: seed.ended ?? null,
    },
  };
}

/** As the engine: oneself, the owner, admins, then by name. */
function ordered(members: readonly MemberView[]): readonly MemberView[] {
  return members.toSorted(
    (a, b) =>
      Number(b.isSelf) - Number(a.isSelf) ||
      roleRank[a.role ?? 'member'] - roleRank[b.role ?? 'member'] ||
      a.account.username.localeCompare(b.account.username),
  );
}

/** What of a conversation's view follows from its group. */
export function viewOfGroup({
  members,
  group,
}: FixtureGroup): Pick<
  ConversationView,
  'kind' | 'title' | 'peer' | 'photo' | 'memberCount' | 'may' | 'ended' | 'online'
> {
  const holds = (right: GroupRight): boolean =>
    group.ended === null && roleRank[group.role] <= { everyone: 2, admins: 1, owner: 0 }[right];
  const { rights, details } = group;
  return {
    kind: 'group',
    title: details.name,
    peer: null,
    photo: details.photo,
    memberCount: members.length,
    online: false,
    ended: group.ended,
    may: {
      addMembers: holds(rights.addMembers),
      removeMembers: holds(rights.removeMembers),
      editDetails: holds(rights.editDetails),
      call: holds(rights.call),
      setTimer: holds(rights.setTimer),
      pin: holds(rights.pin),
      deleteMessages: holds(rights.deleteMessages),
      send: holds(rights.send),
      nameEveryone: holds(members.length > limits.accountsNamedAtOnce ? 'admins' : 'everyone'),
    },
  };
}

interface FixtureGroupsOptions {
  readonly nowMs: number;
  pause(): Promise<void>;
  byId(conversationId: ConversationId): FixtureConversation | undefined;
  all(): readonly FixtureConversation[];
  create(seed: FixtureGroupSeed): ConversationId;
  forget(conversationId: ConversationId): void;
  /** Who this account is, by its id. */
  accountOf(accountId: AccountId): AccountView;
  isOnline(): boolean;
  /** A line by Sotto in the thread, by this account. */
  tell(conversation: FixtureConversation, change: GroupChangeView): void;
  changed(): void;
  readonly calls: string[];
}

/** What a photo is, and whether something that a camera wrote is left in it. */
function photoCall(photo: Uint8Array): string {
  const text = new TextDecoder('latin1').decode(photo);
  return `photo ${text.slice(8, 12)} ${photo.length} ${/Exif|GPS/.test(text) ? 'tells' : 'clean'}`;
}

const done = { kind: 'ok', value: null } as const;

export function createFixtureGroups(options: FixtureGroupsOptions): GroupsApi {
  const { nowMs, pause, calls } = options;
  let made = 0;
  let requested = false;
  const wait = (
    group: GroupView,
    kind: PendingGroupChange['kind'],
    account: AccountView | null,
  ): GroupView => {
    made += 1;
    const change: PendingGroupChange = { changeId: `change${made}`, kind, account, failed: null };
    return { ...group, changes: [...group.changes, change] };
  };
  /** Does it, or keeps it until there is a connection. */
  const act = async (
    conversationId: ConversationId,
    kind: PendingGroupChange['kind'],
    account: AccountView | null,
    change: (held: FixtureGroup) => FixtureGroup,
    line: GroupChangeView | null,
  ): Promise<typeof done | { kind: 'problem'; problem: { kind: 'unknownConversation' } }> => {
    calls.push(`group ${kind}${account === null ? '' : ` ${account.username}`}`);
    await pause();
    const conversation = options.byId(conversationId);
    if (conversation?.group == null) return { kind: 'problem', problem: { kind: 'unknownConversation' } };
    if (!options.isOnline()) {
      conversation.group = { ...conversation.group, group: wait(conversation.group.group, kind, account) };
    } else {
      conversation.group = change(conversation.group);
      conversation.view = { ...conversation.view, ...viewOfGroup(conversation.group) };
      if (line !== null) options.tell(conversation, line);
    }
    options.changed();
    return done;
  };
  const withGroup =
    (change: Partial<GroupView>) =>
    (held: FixtureGroup): FixtureGroup => ({ ...held, group: { ...held.group, ...change } });
  const withMembers =
    (change: (members: readonly MemberView[]) => readonly MemberView[]) =>
    (held: FixtureGroup): FixtureGroup => ({ ...held, members: ordered(change(held.members)) });
  const added = (accountIds: readonly AccountId[]) =>
    withMembers((members) => [
      ...members,
      ...accountIds.map((accountId): MemberView => {
        const account = options.accountOf(accountId);
        return { account, isSelf: false, deviceCount: 1, role: 'member' };
      }),
    ]);
  const groupOf = (conversationId: ConversationId): GroupView | null =>
    options.byId(conversationId)?.group?.group ?? null;
  const preview = (link: string): GroupInvitePreview => ({
    name: 'Harbour rowing',
    photo: new Uint8Array(),
    memberCount: 24,
    needsApproval: !link.startsWith('open'),
    conversationId: link.startsWith('member') ? (options.all()[0]?.view.conversationId ?? null) : null,
    requested,
  });

  return {
    createGroup: async ({ name, photo, description, memberIds, sharesHistory }) => {
      if (photo.length > 0) calls.push(photoCall(photo));
      calls.push(`createGroup ${name} ${memberIds.length} ${photo.length > 0} ${sharesHistory}`);
      await pause();
      const members = memberIds.map(options.accountOf);
      return {
        kind: 'ok',
        value: options.create({ title: name, photo, description, role: 'owner', members, sharesHistory }),
      };
    },
    addMembers: async (conversationId, accountIds) => {
      const accounts = accountIds.map(options.accountOf);
      const seesEarlier = groupOf(conversationId)?.sharesHistory ?? false;
      const line = { kind: 'added', accounts, seesEarlier } as const;
      return act(conversationId, 'add', accounts[0] ?? null, added(accountIds), line);
    },
    removeMember: async (conversationId, accountId) => {
      const account = options.accountOf(accountId);
      const remove = withMembers((members) =>
        members.filter((member) => member.account.accountId !== accountId),
      );
      return act(conversationId, 'remove', account, remove, { kind: 'removed', accounts: [account] });
    },
    setRole: async (conversationId, accountId, role) => {
      const account = options.accountOf(accountId);
      const isHandedOver = role === 'owner';
      const change = (held: FixtureGroup): FixtureGroup => {
        const next = withMembers((members) =>
          members.map((member) => {
            if (member.account.accountId === accountId) return { ...member, role };
            return isHandedOver && member.isSelf ? { ...member, role: 'admin' as const } : member;
          }),
        )(held);
        return isHandedOver ? withGroup({ role: 'admin' })(next) : next;
      };
      const kind = isHandedOver ? 'handedOver' : role === 'admin' ? 'promoted' : 'demoted';
      return act(conversationId, 'role', account, change, { kind, accounts: [account] });
    },
    editGroup: async (conversationId, details) => {
      const change = (held: FixtureGroup): FixtureGroup =>
        withGroup({ details: { ...held.group.details, ...details } })(held);
      const line: GroupChangeView =
        details.name === undefined
          ? { kind: details.photo === undefined ? 'description' : 'photo' }
          : { kind: 'renamed', name: details.name };
      return act(conversationId, 'details', null, change, line);
    },
    setGroupRights: async (conversationId, rights) => {
      const present = groupOf(conversationId)?.rights ?? defaultRights;
      const next = { ...present, ...rights };
      return act(conversationId, 'rights', null, withGroup({ rights: next }), {
        kind: 'rights',
        rights: next,
      });
    },
    setHistorySharing: async (conversationId, sharesHistory) =>
      act(conversationId, 'sharesHistory', null, withGroup({ sharesHistory }), {
        kind: 'sharesHistory',
        on: sharesHistory,
      }),
    leaveGroup: async (conversationId, deleteHere) => {
      const left = await act(conversationId, 'leave', null, withGroup({ ended: 'left' }), {
        kind: 'left',
        accounts: [self],
      });
      if (deleteHere) options.forget(conversationId);
      return left;
    },
    deleteGroup: async (conversationId) =>
      act(conversationId, 'delete', null, withGroup({ ended: 'deleted' }), { kind: 'deleted' }),
    forgetConversation: async (conversationId) => {
      calls.push('forgetConversation');
      options.forget(conversationId);
    },
    retryGroupChange: async (conversationId, changeId) => {
      calls.push('retryGroupChange');
      const conversation = options.byId(conversationId);
      if (conversation?.group == null) return;
      const { group } = conversation.group;
      const changes = group.changes.map((change) =>
        change.changeId === changeId ? { ...change, failed: null } : change,
      );
      conversation.group = { ...conversation.group, group: { ...group, changes } };
      options.changed();
    },
    discardGroupChange: async (conversationId, changeId) => {
      calls.push('discardGroupChange');
      const conversation = options.byId(conversationId);
      if (conversation?.group == null) return;
      const { group } = conversation.group;
      const changes = group.changes.filter((change) => change.changeId !== changeId);
      conversation.group = { ...conversation.group, group: { ...group, changes } };
      options.changed();
    },
    findGroupsByMember: async (text) =>
      options
        .all()
        .filter(({ group }) => group?.members.some(({ account }) => account.username.includes(text)))
        .map(({ view }) => view.conversationId),
    createGroupInvite: async (conversationId, { lifetimeMs, needsApproval, singleUse }) => {
      made += 1;
      const invite = {
        inviteId: fixtureId(9000 + made),
        link: `${fixtureId(9100 + made)}${fixtureId(9200 + made)}`,
        expiresAtMs: nowMs + lifetimeMs,
        needsApproval,
        singleUse,
      };
      const change = (held: FixtureGroup): FixtureGroup =>
        withGroup({ invites: [...held.group.invites, invite] })(held);
      return act(conversationId, 'invite', null, change, { kind: 'invite', on: true });
    },
    revokeGroupInvite: async (conversationId, inviteId) => {
      const change = (held: FixtureGroup): FixtureGroup =>
        withGroup({ invites: held.group.invites.filter((invite) => invite.inviteId !== inviteId) })(held);
      return act(conversationId, 'revoke', null, change, { kind: 'invite', on: false });
    },
    resolveGroupInvite: async (link) => {
      await pause();
      if (link.startsWith('forged')) return { kind: 'problem', problem: { kind: 'invalid' } };
      if (link.startsWith('expired')) return { kind: 'problem', problem: { kind: 'unusable' } };
      if (link.startsWith('declined')) return { kind: 'problem', problem: { kind: 'declined' } };
      return { kind: 'ok', value: preview(link) };
    },
    requestToJoin: async (link) => {
      calls.push(`requestToJoin ${link.slice(0, 4)}`);
      await pause();
      requested = true;
      return { kind: 'ok', value: { needsApproval: preview(link).needsApproval } };
    },
    answerJoinRequest: async (conversationId, accountId, accepted) => {
      calls.push(`answerJoinRequest ${accepted}`);
      await pause();
      const conversation = options.byId(conversationId);
      if (conversation?.group == null) return { kind: 'problem', problem: { kind: 'unknownConversation' } };
      const { group } = conversation.group;
      const asked = group.requests.find(({ account }) => account.accountId === accountId);
      const requests = group.requests.filter((request) => request !== asked);
      conversation.group = withGroup({ requests })(conversation.group);
      conversation.view = { ...conversation.view, joinRequestCount: requests.length };
      if (accepted && asked !== undefined) {
        const member: MemberView = { account: asked.account, isSelf: false, deviceCount: 1, role: 'member' };
        conversation.group = withMembers((members) => [...members, member])(conversation.group);
        conversation.view = { ...conversation.view, ...viewOfGroup(conversation.group) };
        const line = { kind: 'joinedByLink', accounts: [asked.account], seesEarlier: group.sharesHistory };
        options.tell(conversation, line as GroupChangeView);
      }
      options.changed();
      return done;
    },
  };
}
