/** The conversations of the fixture: from a seed, with as many older messages as wanted, made when they are read. */
import type {
  AccountView,
  ConversationDetailsView,
  ConversationId,
  ConversationView,
  MessageBodyView,
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
}

export interface FixtureSeed {
  readonly peer: AccountView;
  readonly lines: readonly FixtureLine[];
  readonly unread?: number;
  readonly online?: boolean;
  readonly typing?: boolean;
  readonly draft?: string;
  readonly state?: ConversationView['state'];
  readonly readUpTo?: number;
  readonly deliveredUpTo?: number;
  /** So many messages before `lines`, made as they are read. */
  readonly virtualCount?: number;
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
    view: {
      conversationId,
      title: seed.peer.username,
      peer: seed.peer,
      online: seed.online ?? false,
      typing: seed.typing ?? false,
      lastMessage: last,
      lastActivityMs: last?.sentAtMs ?? nowMs,
      unreadCount: seed.unread ?? 0,
      draft: seed.draft ?? '',
      deliveredOrder: seed.deliveredUpTo ?? count,
      readOrder: seed.readUpTo ?? count,
      ownReadOrder: count - (seed.unread ?? 0),
      state: seed.state ?? 'ready',
    },
  };
}

export function detailsOf(view: ConversationView): ConversationDetailsView {
  const peer = { account: view.peer, isSelf: view.peer.accountId === self.accountId, deviceCount: 2 };
  const own = { account: self, isSelf: true, deviceCount: 1 };
  return {
    conversation: view,
    members: peer.isSelf ? [own] : [peer, own],
    epoch: 4,
    postQuantum: true,
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

export function pageOf(
  conversation: FixtureConversation,
  beforeOrder: number,
  limit: number,
  nowMs: number,
): { messages: MessageView[]; hasOlder: boolean } {
  const stored = conversation.messages.filter((message) => message.order < beforeOrder);
  const messages = stored.slice(-limit);
  let order = Math.min(beforeOrder - 1, conversation.virtualCount);
  const older: MessageView[] = [];
  if (stored.length <= limit) {
    for (; order >= 1 && older.length + messages.length < limit; order -= 1) {
      older.push(virtualMessage(conversation, order, nowMs));
    }
  }
  return {
    messages: [...older.reverse(), ...messages],
    hasOlder: stored.length > limit || order >= 1,
  };
}
