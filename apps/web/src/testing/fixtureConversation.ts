/** The conversations of the fixture: from a seed, with as many older messages as wanted, made when they are read. */
import type {
  AccountView,
  AttachmentView,
  ConversationDetailsView,
  ConversationId,
  ConversationView,
  HistoryStateView,
  MessageBodyView,
  MessageExtras,
  MessagePage,
  MessagesQuery,
  MessageView,
  TransactionId,
} from '../sotto.ts';
import { plainText, untouched, waitingOrderBase } from '../sotto.ts';
import { type FixtureGroup, type FixtureGroupSeed, groupFrom, viewOfGroup } from './fixtureGroups.ts';
import { fixtureId, self } from './fixtureIds.ts';
import { attachment } from './fixtureMedia.ts';
import { mixedMessage, virtualIds, virtualText } from './fixtureMixed.ts';

export { fixtureId, self };

export interface FixtureConversation {
  view: ConversationView;
  /** Oldest first. The first `virtualCount` are made when they are read. */
  messages: MessageView[];
  virtualCount: number;
  draft: string;
  draftReplyTo: TransactionId | null;
  history: HistoryStateView;
  callsBlocked?: boolean;
  group: FixtureGroup | null;
  /** What was done to messages that are made when they are read. */
  readonly overrides: Map<TransactionId, MessageView>;
}

export interface FixtureSeed {
  /** The other account; of a group who speaks where a line does not say. */
  readonly peer: AccountView;
  readonly group?: FixtureGroupSeed;
  readonly lines: readonly FixtureLine[];
  readonly unread?: number;
  readonly unreadMentions?: number;
  readonly archived?: boolean;
  readonly mutedUntilMs?: number;
  readonly pinnedAtMs?: number;
  readonly online?: boolean;
  readonly typing?: boolean;
  readonly timerSeconds?: number;
  /** What was asked for and is not in force. */
  readonly timerWish?: Pick<ConversationView['timer'], 'wanted' | 'problem'>;
  readonly draft?: string;
  readonly state?: ConversationView['state'];
  readonly logForked?: boolean;
  readonly historyOff?: boolean;
  readonly readUpTo?: number;
  readonly deliveredUpTo?: number;
  /** So many messages before `lines`, made as they are read. */
  readonly virtualCount?: number;
  newIdentity?: ConversationView['newIdentity'];
}
interface FixtureLine {
  readonly mine?: boolean;
  /** Groups: who said it. */
  readonly from?: AccountView;
  readonly minutesAgo: number;
  readonly body: MessageBodyView | string;
  readonly state?: MessageView['state'];
  /** What was done to it, and what it says beside its text. */
  readonly with?: Partial<Omit<MessageView, 'body'>>;
  readonly extras?: Partial<MessageExtras>;
}

const mayInDirect: ConversationView['may'] = {
  addMembers: false,
  removeMembers: false,
  editDetails: false,
  call: true,
  setTimer: true,
  pin: true,
  deleteMessages: false,
  send: true,
  nameEveryone: false,
};

export function conversationFrom(seed: FixtureSeed, index: number, nowMs: number): FixtureConversation {
  const conversationId = fixtureId<ConversationId>(100 + index);
  const virtualCount = seed.virtualCount ?? 0;
  const messages = seed.lines.map((line, place): MessageView => {
    const mine = line.mine ?? false;
    const state = line.state ?? (mine ? 'sent' : 'received');
    return {
      messageId: fixtureId<TransactionId>(10_000_000 + index * 10_000 + place),
      conversationId,
      order: (state === 'waiting' || state === 'failed' ? waitingOrderBase : 0) + virtualCount + place + 1,
      sender: mine ? self : (line.from ?? seed.peer),
      mine,
      sentAtMs: nowMs - line.minutesAgo * 60_000,
      state,
      body:
        typeof line.body === 'string'
          ? { kind: 'text', text: line.body, ...plainText, ...line.extras }
          : line.body,
      ...untouched,
      ...line.with,
    };
  });
  const count = virtualCount + messages.length;
  const last = messages.at(-1) ?? null;
  const group = seed.group === undefined ? null : groupFrom(seed.group);
  return {
    messages,
    virtualCount,
    draft: seed.draft ?? '',
    draftReplyTo: null,
    group,
    overrides: new Map(),
    history: seed.historyOff
      ? { on: false, offBy: [seed.peer], pending: null }
      : { on: true, offBy: [], pending: null },
    view: {
      conversationId,
      kind: 'direct',
      timer: { seconds: seed.timerSeconds ?? 0, wanted: null, problem: null, ...seed.timerWish },
      title: seed.peer.username,
      peer: seed.peer,
      photo: new Uint8Array(),
      memberCount: seed.peer.accountId === self.accountId ? 1 : 2,
      typingBy: seed.group?.typingBy ?? [],
      joinRequestCount: seed.group?.requests?.length ?? 0,
      unreadMentions: seed.unreadMentions ?? 0,
      markedUnread: false,
      pinnedMessage: messages.findLast(({ pinned }) => pinned) ?? null,
      pinnedCount: messages.filter(({ pinned }) => pinned).length,
      may: mayInDirect,
      ended: null,
      online: seed.online ?? false,
      typing: seed.typing ?? (seed.group?.typingBy ?? []).length > 0,
      lastMessage: last,
      lastActivityMs: last?.sentAtMs ?? nowMs,
      unreadCount: seed.unread ?? 0,
      archived: seed.archived ?? false,
      mutedUntilMs: seed.mutedUntilMs ?? null,
      pinnedAtMs: seed.pinnedAtMs ?? null,
      draft: seed.draft ?? '',
      newIdentity: seed.newIdentity ?? null,
      deliveredOrder: seed.deliveredUpTo ?? count,
      readOrder: seed.readUpTo ?? count,
      ownReadOrder: count - (seed.unread ?? 0),
      state: seed.state ?? 'ready',
      logForked: seed.logForked ?? false,
      ...(group === null ? {} : viewOfGroup(group)),
    },
  };
}

export function detailsOf({
  view,
  history,
  group,
  callsBlocked = false,
}: FixtureConversation): ConversationDetailsView {
  const account = view.peer ?? self;
  const peer = { account, isSelf: account.accountId === self.accountId, deviceCount: 2, role: null };
  const own = { account: self, isSelf: true, deviceCount: 1, role: null };
  return {
    conversation: view,
    group: group?.group ?? null,
    members: group?.members ?? (peer.isSelf ? [own] : [peer, own]),
    epoch: 4,
    postQuantum: true,
    history,
    callsBlocked,
    logAlarms: view.logForked
      ? [{ reason: 'forked', account: view.peer, atMs: view.lastActivityMs, acknowledged: false }]
      : [],
  };
}

let picture: AttachmentView | null = null;

/** The message at `order` of a long thread: always the same; of groups everything that messages can be. */
function virtualMessage(conversation: FixtureConversation, order: number, nowMs: number): MessageView {
  const mine = order % 5 < 2;
  const others =
    conversation.group?.members.filter(({ isSelf }) => !isSelf).map(({ account }) => account) ?? [];
  const isMixed = others.length > 0;
  if (isMixed) picture ??= attachment({ kind: 'photo', name: 'quay.webp', width: 1600, height: 1200 });
  const sender = isMixed ? others[Math.floor(order / 3) % others.length] : conversation.view.peer;
  return {
    messageId: fixtureId<TransactionId>(order + virtualIds),
    conversationId: conversation.view.conversationId,
    order,
    sender: mine ? self : (sender ?? self),
    mine,
    sentAtMs: nowMs - (conversation.virtualCount - order + 60) * (isMixed ? 2 : 7) * 60_000,
    state: mine ? 'sent' : 'received',
    body: { kind: 'text', text: virtualText(order), ...plainText },
    ...untouched,
    ...(isMixed && picture !== null ? mixedMessage(order, others, picture) : {}),
  };
}

/** The message of this id: held, or one that is made when it is read. */
export function messageAt(
  conversation: FixtureConversation,
  messageId: TransactionId,
  nowMs: number,
): MessageView | undefined {
  const held =
    conversation.messages.find((message) => message.messageId === messageId) ??
    conversation.overrides.get(messageId);
  if (held !== undefined) return held;
  for (let order = conversation.virtualCount; order > 0; order -= 1) {
    if (fixtureId<TransactionId>(order + virtualIds) === messageId)
      return virtualMessage(conversation, order, nowMs);
  }
  return undefined;
}

/** Messages that search looks at: of a long thread, some of its beginning too. */
export function messagesFor(conversation: FixtureConversation, nowMs: number): MessageView[] {
  const made: MessageView[] = [];
  for (let order = 1; order <= Math.min(conversation.virtualCount, 2000); order += 1) {
    made.push(virtualMessage(conversation, order, nowMs));
  }
  return [...made, ...conversation.messages];
}

/** As the engine's pages (spec/client.md): before, after or around an order, else the newest. */
export function pageOf(conversation: FixtureConversation, query: MessagesQuery, nowMs: number): MessagePage {
  const { virtualCount, messages } = conversation;
  const count = virtualCount + messages.length;
  const at = (index: number): MessageView => {
    if (index >= virtualCount) return messages[index - virtualCount]!;
    const message = virtualMessage(conversation, index + 1, nowMs);
    return conversation.overrides.get(message.messageId) ?? message;
  };
  /** How many come before `order`. */
  const countBefore = (order: number): number => {
    if (order <= virtualCount) return Math.max(0, order - 1);
    return virtualCount + messages.filter((message) => message.order < order).length;
  };
  let from: number;
  let to: number;
  if (query.aroundOrder !== undefined) {
    to = Math.min(count, countBefore(query.aroundOrder) + Math.ceil(query.limit / 2));
    from = Math.max(0, to - query.limit);
  } else if (query.afterOrder !== undefined) {
    from = countBefore(query.afterOrder + 1);
    to = Math.min(count, from + query.limit);
  } else {
    to = countBefore(query.beforeOrder ?? Number.MAX_SAFE_INTEGER);
    from = Math.max(0, to - query.limit);
  }
  return {
    messages: Array.from({ length: to - from }, (_, index) => at(from + index)),
    hasOlder: from > 0,
    hasNewer: to < count,
  };
}
