/** The conversations of the fixture: from a seed, with as many older messages as wanted, made when they are read. */
import type {
  AccountView,
  ConversationDetailsView,
  ConversationId,
  ConversationView,
  HistoryStateView,
  MessageBodyView,
  MessagePage,
  MessagesQuery,
  MessageView,
  TransactionId,
} from '../sotto.ts';
import { waitingOrderBase } from '../sotto.ts';

export interface FixtureConversation {
  view: ConversationView;
  /** Oldest first. The first `virtualCount` are made when they are read. */
  messages: MessageView[];
  virtualCount: number;
  draft: string;
  history: HistoryStateView;
}

export interface FixtureSeed {
  readonly peer: AccountView;
  readonly lines: readonly FixtureLine[];
  readonly unread?: number;
  readonly archived?: boolean;
  readonly mutedUntilMs?: number;
  readonly pinnedAtMs?: number;
  readonly online?: boolean;
  readonly typing?: boolean;
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
  readonly minutesAgo: number;
  readonly body: MessageBodyView | string;
  readonly state?: MessageView['state'];
}

export const self: AccountView = { accountId: fixtureId(1), username: 'maren' };

export function fixtureId<Id extends string>(number: number): Id {
  return ((number * 2_654_435_761) % 0xffff_ffff).toString(16).padStart(8, '0').repeat(4) as Id;
}

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
      sender: mine ? self : seed.peer,
      mine,
      sentAtMs: nowMs - line.minutesAgo * 60_000,
      state,
      body: typeof line.body === 'string' ? { kind: 'text', text: line.body } : line.body,
    };
  });
  const count = virtualCount + messages.length;
  const last = messages.at(-1) ?? null;
  return {
    messages,
    virtualCount,
    draft: seed.draft ?? '',
    history: seed.historyOff
      ? { on: false, offBy: [seed.peer], pending: null }
      : { on: true, offBy: [], pending: null },
    view: {
      conversationId,
      title: seed.peer.username,
      peer: seed.peer,
      online: seed.online ?? false,
      typing: seed.typing ?? false,
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
    },
  };
}

export function detailsOf({ view, history }: FixtureConversation): ConversationDetailsView {
  const peer = { account: view.peer, isSelf: view.peer.accountId === self.accountId, deviceCount: 2 };
  const own = { account: self, isSelf: true, deviceCount: 1 };
  return {
    conversation: view,
    members: peer.isSelf ? [own] : [peer, own],
    epoch: 4,
    postQuantum: true,
    history,
    logAlarms: view.logForked
      ? [{ reason: 'forked', account: view.peer, atMs: view.lastActivityMs, acknowledged: false }]
      : [],
  };
}

const paragraph =
  'The tide tables for the week are on the board by the door, and the small boat is free on Thursday if the wind stays where it is.';

/** The message at `order` of a long thread: always the same, of varying length. */
function virtualMessage(conversation: FixtureConversation, order: number, nowMs: number): MessageView {
  const mine = order % 5 < 2;
  const length = 12 + ((order * 7919) % (order % 11 === 0 ? 400 : 90));
  return {
    messageId: fixtureId<TransactionId>(order + 20_000_000),
    conversationId: conversation.view.conversationId,
    order,
    sender: mine ? self : conversation.view.peer,
    mine,
    sentAtMs: nowMs - (conversation.virtualCount - order + 60) * 7 * 60_000,
    state: mine ? 'sent' : 'received',
    body: { kind: 'text', text: `${order}: ${paragraph.repeat(4).slice(0, length)}` },
  };
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
  const at = (index: number): MessageView =>
    index < virtualCount ? virtualMessage(conversation, index + 1, nowMs) : messages[index - virtualCount]!;
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
