/**
 * A `SottoApi` that lives in memory, for looking at and testing the app without an engine or a server. Development
 * and tests only: the product's entry never imports this folder. It can be moved by hand: a test lets others
 * write, type and read, and takes the connection away. Long because each command of the interface has its answer here.
 */
import type { Calls } from '@sotto/sdk/calls';
import type { GroupCalls } from '@sotto/sdk/groupCalls';
import type {
  AccountId,
  AccountSecret,
  AccountView,
  ConnectionView,
  ConversationId,
  ConversationView,
  DeviceId,
  GroupChangeView,
  HistoryView,
  MessageBodyView,
  MessageChanges,
  MessageMatch,
  MessageView,
  NewAttachment,
  Notice,
  OwnAccountView,
  SessionView,
  SottoApi,
  TransactionId,
  WatchedViews,
} from '../sotto.ts';
import { alwaysMuted, normalizeUsername, plainText, untouched, waitingOrderBase } from '../sotto.ts';
import { createFixtureAccount } from './fixtureAccount.ts';
import { createFixtureCalls, type FixtureCallControls } from './fixtureCalls.ts';
import {
  conversationFrom,
  detailsOf,
  type FixtureConversation,
  type FixtureSeed,
  fixtureId,
  messagesFor,
  pageOf,
  self,
} from './fixtureConversation.ts';
import { createFixtureGroupCalls, type FixtureGroupCallControls } from './fixtureGroupCalls.ts';
import { createFixtureGroups } from './fixtureGroups.ts';
import { createFixtureMedia } from './fixtureMedia.ts';
import { createFixtureMessages } from './fixtureMessages.ts';
import { createFixturePairing } from './fixturePairing.ts';

export interface FixtureControls {
  /** Someone else writes. */
  receive(title: string, text: string): void;
  receiveBody(title: string, body: MessageBodyView): void;
  /** The time of the messages with that text runs, and is over then. The fixture itself never takes them away. */
  letRun(title: string, text: string, seconds: number): void;
  /** The newest `count` messages with that text are deleted, together. */
  takeAway(title: string, text: string, count: number): void;
  /** Someone else sends what they call a photo. */
  receiveFile(title: string, name: string, bytes: Uint8Array<ArrayBuffer>): void;
  setPeerTyping(title: string, typing: boolean): void;
  /** The other side has received, and read, everything. */
  deliverAll(title: string): void;
  readAll(title: string): void;
  setConnection(connection: ConnectionView): void;
  setSession(session: SessionView): void;
  setHistory(history: HistoryView): void;
  /** Fails what waits. */
  failWaiting(title: string): void;
  /** What was given to be sent beside texts. */
  readonly sentFiles: readonly NewAttachment[];
  readonly calls: string[];
  /** Who calls, and how it goes. */
  readonly call: FixtureCallControls;
  /** Calls of groups. */
  readonly groupCall: FixtureGroupCallControls;
  /** Pages of messages that are being read now. */
  pagesInFlight(): number;
  /** Whether pages of messages, as they were when asked for, wait from now on until they are let go on. */
  holdPages(hold: boolean): void;
  /** Whether the next part of an archive waits from now on until it is let go on. */
  holdExport(hold: boolean): void;
  /** From now on the server has taken a message before the page can draw that it waits. */
  acceptAtOnce(): void;
}

export interface FixtureOptions {
  readonly session: SessionView;
  readonly conversations: readonly FixtureSeed[];
  readonly nowMs: number;
  /** How long every command takes, so that placeholders can be seen. */
  readonly delayMs?: number;
  readonly openRegistration?: boolean;
  /** Left out: everything is here. */
  readonly history?: HistoryView;
  readonly notices?: OwnAccountView['notices'];
}

const passphrases = [
  'lantern orbit velvet crisp meadow',
  'harbor thimble quartz fable drift',
  'copper willow onset gravel tulip',
];
const recoveryCode = 'K7QF-2M9X-TVRA-84ND-JW3C-6PHE-YB5S-GZ1V-Q0RT';

const everythingHere: HistoryView = {
  messagesHere: 400,
  messagesInAll: 400,
  entriesHere: 500,
  entriesInAll: 500,
  state: 'complete',
};

export function createFixtureSotto(
  options: FixtureOptions,
): SottoApi & { controls: FixtureControls; openCalls: () => Promise<Calls>; groupCalling: GroupCalls } {
  let { session } = options;
  let connection: ConnectionView = { kind: 'online' };
  let made = 0;
  let nextId = 1_000_000;
  let exported = 0;
  let keepsHistory = true;
  let defaultTimer = 0;
  let tellsReading = true;
  let history: HistoryView = options.history ?? everythingHere;
  let pagesInFlight = 0;
  let acceptsAtOnce = false;
  let pagesHeld: PromiseWithResolvers<void> | null = null;
  let exportHeld: PromiseWithResolvers<void> | null = null;
  const calls: string[] = [];
  const conversations: FixtureConversation[] = options.conversations.map((seed, index) =>
    conversationFrom(seed, index, options.nowMs),
  );
  const watchers = new Set<() => void>();
  const messageWatchers = new Map<ConversationId, Set<(changes: MessageChanges) => void>>();
  const changed = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const setHistory = (next: HistoryView): void => {
    history = next;
    changed();
  };
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, options.delayMs ?? 0));
  const byId = (id: ConversationId): FixtureConversation | undefined =>
    conversations.find((conversation) => conversation.view.conversationId === id);
  const byTitle = (title: string): FixtureConversation => {
    const found = conversations.find((conversation) => conversation.view.title === title);
    if (found === undefined) throw new Error(`No conversation called ${title}`);
    return found;
  };
  const changeView = (id: ConversationId, change: Partial<ConversationView>): void => {
    const conversation = byId(id);
    if (conversation === undefined) return;
    conversation.view = { ...conversation.view, ...change };
    changed();
  };
  const push = (conversation: FixtureConversation, changes: MessageChanges): void => {
    for (const listener of messageWatchers.get(conversation.view.conversationId) ?? []) listener(changes);
    changed();
  };
  const nextOrder = (conversation: FixtureConversation): number =>
    (conversation.messages.findLast((message) => message.order < waitingOrderBase)?.order ??
      conversation.virtualCount) + 1;
  const put = (conversation: FixtureConversation, message: MessageView): void => {
    if (message.order <= conversation.virtualCount) {
      conversation.overrides.set(message.messageId, message);
      push(conversation, { changed: [message], removed: [] });
      return;
    }
    conversation.messages = [
      ...conversation.messages.filter((other) => other.messageId !== message.messageId),
      message,
    ].sort((a, b) => a.order - b.order);
    conversation.view = {
      ...conversation.view,
      lastMessage: conversation.messages.at(-1) ?? null,
      lastActivityMs: message.sentAtMs,
    };
    push(conversation, { changed: [message], removed: [] });
  };
  const accept = (conversation: FixtureConversation, message: MessageView): void => {
    if (connection.kind !== 'online') return;
    const { timer } = message;
    const runs = timer === null ? null : { ...timer, expiresAtMs: Date.now() + timer.seconds * 1000 };
    put(conversation, { ...message, order: nextOrder(conversation), state: 'sent', timer: runs });
  };
  const acceptSoon = (conversation: FixtureConversation, message: MessageView): void => {
    if (acceptsAtOnce) accept(conversation, message);
    else setTimeout(() => accept(conversation, message), 5);
  };
  const remove = (conversation: FixtureConversation, messageId: TransactionId): void => {
    conversation.messages = conversation.messages.filter((message) => message.messageId !== messageId);
    push(conversation, { changed: [], removed: [messageId] });
  };
  const presentValue = (view: { kind: keyof WatchedViews; conversationId?: ConversationId }): unknown => {
    switch (view.kind) {
      case 'session':
        return session;
      case 'connection':
        return connection;
      case 'conversations':
        return conversations
          .map((conversation) => conversation.view)
          .sort((a, b) => (b.pinnedAtMs ?? 0) - (a.pinnedAtMs ?? 0) || b.lastActivityMs - a.lastActivityMs);
      case 'conversation': {
        const found = view.conversationId === undefined ? undefined : byId(view.conversationId);
        return found === undefined ? null : detailsOf(found);
      }
      case 'history':
        return history;
      case 'historyChoice':
        return { on: keepsHistory, pendingCount: connection.kind === 'online' ? 0 : conversations.length };
      case 'receiptChoice':
        return { on: tellsReading };
      case 'calls':
        return calling.views();
      case 'callSignals':
        return { join: 0, updates: [], frameKeys: [], code: null, ended: { kind: 'gone' } };
      case 'groupCalls':
        return groupCalling.views();
      case 'groupCallSignals':
        return null;
      case 'messages':
        return { changed: [], removed: [] } satisfies MessageChanges;
    }
  };

  const choose = (conversation: FixtureConversation, on: boolean): void => {
    if (connection.kind !== 'online') {
      conversation.history = { ...conversation.history, pending: on ? 'on' : 'off' };
      return;
    }
    const others = conversation.history.offBy.filter(({ accountId }) => accountId !== self.accountId);
    const offBy = on ? others : [...others, self];
    conversation.history = { on: offBy.length === 0, offBy, pending: null };
  };
  const calling = createFixtureCalls({ byTitle, byId, changed, calls });
  const groupCalling = createFixtureGroupCalls({ byTitle, byId, changed, calls });
  const media = createFixtureMedia({ byId, put, pause, calls });
  const messages = createFixtureMessages({
    takeIn: media.takeIn,
    nowMs: options.nowMs,
    calls,
    conversations,
    byId,
    nextId: () => {
      nextId += 1;
      return nextId;
    },
    put,
    remove,
    acceptSoon,
    changed,
  });
  const account = createFixtureAccount(options.nowMs, options.notices ?? []);
  const opens = (secret: AccountSecret): boolean => {
    if (secret.kind === 'passkey') return true;
    return secret.kind === 'password' ? secret.password === 'right password' : secret.code === recoveryCode;
  };

  const found = new Map<AccountId, AccountView>();
  const groups = createFixtureGroups({
    nowMs: options.nowMs,
    calls,
    pause,
    changed,
    byId,
    all: () => conversations,
    isOnline: () => connection.kind === 'online',
    accountOf: (accountId) => {
      const peers = conversations.map(({ view }) => view.peer);
      const members = conversations.flatMap(({ group }) => group?.members ?? []);
      const known = [...peers, ...members.map(({ account }) => account), ...found.values()];
      return known.find((one) => one?.accountId === accountId) ?? { accountId, username: 'someone' };
    },
    create: (group) => {
      nextId += 1;
      const seed: FixtureSeed = { peer: group.members[0] ?? self, group, lines: [] };
      const conversation = conversationFrom(seed, nextId, options.nowMs);
      conversations.push(conversation);
      tell(conversation, { kind: 'created' });
      return conversation.view.conversationId;
    },
    forget: (conversationId) => {
      const at = conversations.findIndex(({ view }) => view.conversationId === conversationId);
      if (at >= 0) conversations.splice(at, 1);
      changed();
    },
    tell: (conversation, change) => tell(conversation, change),
  });
  const tell = (conversation: FixtureConversation, change: GroupChangeView): void =>
    say(conversation, { kind: 'groupChanged', account: self, change });
  const say = (conversation: FixtureConversation, notice: Notice): void => {
    nextId += 1;
    put(conversation, {
      messageId: fixtureId<TransactionId>(nextId),
      conversationId: conversation.view.conversationId,
      order: nextOrder(conversation),
      sender: self,
      ...untouched,
      mine: true,
      sentAtMs: options.nowMs,
      state: 'sent',
      body: { kind: 'notice', notice },
    });
  };

  const api: SottoApi = {
    ...calling.api,
    ...groupCalling.api,
    describeServer: async () => {
      await pause();
      return { kind: 'ok', value: { version: '0.1.0', openRegistration: options.openRegistration ?? true } };
    },
    suggestPassphrase: async () => {
      await pause();
      made += 1;
      return passphrases[made % passphrases.length]!;
    },
    register: async ({ username, password }) => {
      calls.push(`register ${username} ${password.length}`);
      await pause();
      if (connection.kind === 'offline') return { kind: 'problem', problem: { kind: 'offline' } };
      if (username === 'taken') return { kind: 'problem', problem: { kind: 'usernameTaken' } };
      session = { kind: 'signedIn', accountId: self.accountId, deviceId: fixtureId<DeviceId>(9), username };
      changed();
      await pause();
      return { kind: 'ok', value: { recoveryCode } };
    },
    signIn: async ({ username, password }) => {
      await pause();
      if (username === 'nobody') return { kind: 'problem', problem: { kind: 'unknownAccount' } };
      if (password === 'slow down')
        return { kind: 'problem', problem: { kind: 'tooManyTries', retryAfterMs: 90_000 } };
      if (password !== 'right password') return { kind: 'problem', problem: { kind: 'wrongPassword' } };
      session = { kind: 'signedIn', accountId: self.accountId, deviceId: fixtureId<DeviceId>(9), username };
      changed();
      return { kind: 'ok', value: null };
    },
    recover: async ({ username, recoveryCode: code }) => {
      await pause();
      if (code !== recoveryCode) return { kind: 'problem', problem: { kind: 'wrongRecoveryCode' } };
      session = { kind: 'signedIn', accountId: self.accountId, deviceId: fixtureId<DeviceId>(9), username };
      changed();
      return { kind: 'ok', value: null };
    },
    signInWithPasskey: async () => {
      await pause();
      return { kind: 'problem', problem: { kind: 'wrongPasskey' } };
    },
    resetIdentity: async () => {
      await pause();
      const value = { username: self.username, recoveryCode, isTested: true };
      return { kind: 'ok', value };
    },
    resolveReset: async (link) => {
      await pause();
      return link.startsWith('x')
        ? { kind: 'problem', problem: { kind: 'invalidResetLink' } }
        : { kind: 'ok', value: { username: self.username } };
    },
    resetByLink: async () => {
      await pause();
      return { kind: 'ok', value: { username: self.username, recoveryCode, isTested: true } };
    },
    declineNewIdentity: async () => {
      calls.push('declineNewIdentity');
    },
    acceptNewIdentity: async () => {
      await pause();
      return { kind: 'problem', problem: { kind: 'offline' } };
    },
    addPasskey: async ({ secret, passkey }) => {
      await pause();
      if (!opens(secret)) return { kind: 'problem', problem: { kind: 'wrongPassword' } };
      account.addPasskey(passkey.name, passkey.credentialId);
      return { kind: 'ok', value: null };
    },
    removePasskey: async ({ secret, passkeyId }) => {
      await pause();
      if (!opens(secret)) return { kind: 'problem', problem: { kind: 'wrongPassword' } };
      account.removePasskey(passkeyId);
      return { kind: 'ok', value: null };
    },
    readOwnAccount: async () => {
      await pause();
      return { kind: 'ok', value: account.view() };
    },
    renameDevice: async (deviceId, name) => {
      await pause();
      account.rename(deviceId, name);
      return { kind: 'ok', value: null };
    },
    readPushKey: async () => ({ kind: 'ok', value: new Uint8Array(65) }),
    setPushTarget: async () => ({ kind: 'ok', value: null }),
    removeDevice: async ({ deviceId, secret }) => {
      await pause();
      if (!opens(secret)) return { kind: 'problem', problem: { kind: 'wrongPassword' } };
      account.remove(deviceId);
      return { kind: 'ok', value: null };
    },
    changePassword: async ({ secret }) => {
      await pause();
      if (!opens(secret)) return { kind: 'problem', problem: { kind: 'wrongPassword' } };
      account.note('passwordChanged');
      return { kind: 'ok', value: null };
    },
    suggestRecoveryCode: async () => recoveryCode,
    replaceRecoveryCode: async ({ secret }) => {
      await pause();
      if (!opens(secret)) return { kind: 'problem', problem: { kind: 'wrongPassword' } };
      account.note('recoveryCodeReplaced');
      return { kind: 'ok', value: null };
    },
    signOut: async () => {
      await pause();
      session = { kind: 'signedOut', lastUsername: session.kind === 'signedIn' ? session.username : null };
      changed();
    },
    ...createFixturePairing(options.nowMs, pause),
    findAccount: async (text) => {
      await pause();
      const username = normalizeUsername(text);
      if (username === null) return { kind: 'problem', problem: { kind: 'malformedUsername' } };
      const known = conversations.find((conversation) => conversation.view.peer?.username === username);
      if (known !== undefined) return { kind: 'ok', value: known.view.peer ?? self };
      if (username === 'nobody') return { kind: 'problem', problem: { kind: 'unknownAccount' } };
      if (username === self.username) return { kind: 'ok', value: self };
      nextId += 1;
      const account = { accountId: fixtureId<AccountId>(nextId), username };
      found.set(account.accountId, account);
      return { kind: 'ok', value: account };
    },
    resolveInvite: async (invite) => {
      await pause();
      if (invite === 'expired') return { kind: 'problem', problem: { kind: 'invalidInvite' } };
      const account = invite === 'first' ? null : { accountId: fixtureId<AccountId>(77), username: 'odile' };
      return { kind: 'ok', value: { account, registers: true } };
    },
    createInvite: async () => {
      await pause();
      const expiresAtMs = options.nowMs + 7 * 86_400_000;
      return { kind: 'ok', value: { invite: 'b7d0c1f2a4e95d3388a1c06fe27b9d41', expiresAtMs } };
    },
    openDirectConversation: async (accountId) => {
      await pause();
      const known = conversations.find((conversation) => conversation.view.peer?.accountId === accountId);
      if (known !== undefined) return { kind: 'ok', value: known.view.conversationId };
      nextId += 1;
      const username = accountId === fixtureId(77) ? 'odile' : 'newcomer';
      const seed: FixtureSeed = { peer: { accountId, username }, lines: [] };
      conversations.push(conversationFrom(seed, nextId, options.nowMs));
      changed();
      return { kind: 'ok', value: conversations.at(-1)!.view.conversationId };
    },
    ...messages,
    sendText: (conversationId, text) => messages.sendMessage(conversationId, { text }),
    retryMessage: async (conversationId, messageId) => {
      calls.push('retryMessage');
      const conversation = byId(conversationId);
      const message = conversation?.messages.find((other) => other.messageId === messageId);
      if (conversation !== undefined && message !== undefined) accept(conversation, message);
    },
    discardMessage: async (conversationId, messageId) => {
      calls.push('discardMessage');
      const conversation = byId(conversationId);
      if (conversation !== undefined) remove(conversation, messageId);
    },
    readMessages: async (query) => {
      const { conversationId } = query;
      calls.push(`readMessages ${query.beforeOrder ?? 'newest'}`);
      const conversation = byId(conversationId);
      const page =
        conversation === undefined
          ? { messages: [], hasOlder: false, hasNewer: false }
          : pageOf(conversation, query, options.nowMs);
      // What waits for its time is no page of the thread.
      if ((query.afterOrder ?? 0) >= waitingOrderBase - 1) return page;
      pagesInFlight += 1;
      await pause();
      await pagesHeld?.promise;
      pagesInFlight -= 1;
      return page;
    },
    pauseHistory: async () => setHistory({ ...history, state: 'paused' }),
    resumeHistory: async () => setHistory({ ...history, state: 'fetching' }),
    searchMessages: async ({ text, conversationId, limit }) => {
      await pause();
      const word = text.trim().toLowerCase();
      const matches = conversations
        .filter(({ view }) => conversationId === undefined || view.conversationId === conversationId)
        .flatMap((conversation) =>
          messagesFor(conversation, options.nowMs).flatMap((message): MessageMatch[] => {
            const start = message.body.kind === 'text' ? message.body.text.toLowerCase().indexOf(word) : -1;
            return start < 0 || word === ''
              ? []
              : [{ message, ranges: [{ start, end: start + word.length }] }];
          }),
        )
        .sort((a, b) => b.message.sentAtMs - a.message.sentAtMs);
      return { matches: matches.slice(0, limit), next: null };
    },
    beginExport: async () => {
      calls.push('beginExport');
      await pause();
      exported = 0;
      return { exportId: fixtureId(500), total: 10 };
    },
    readExport: async () => {
      await pause();
      await exportHeld?.promise;
      exported += 1;
      const pieces = [new Uint8Array(1000)];
      return exported >= 10 ? { kind: 'last', pieces } : { kind: 'part', pieces, done: exported, total: 10 };
    },
    endExport: async () => {
      calls.push('endExport');
    },
    acknowledgeLogAlarms: async (conversationId) => {
      const conversation = byId(conversationId);
      if (conversation === undefined) return;
      conversation.view = { ...conversation.view, logForked: false };
      changed();
    },
    markRead: async (conversationId, order) => {
      calls.push(`markRead ${order}`);
      const conversation = byId(conversationId);
      if (conversation === undefined) return;
      const ownReadOrder = Math.max(order, conversation.view.ownReadOrder);
      const unreadCount = conversation.messages.filter(
        (message) => !message.mine && message.order > ownReadOrder,
      ).length;
      const read = { ownReadOrder, unreadCount, markedUnread: false };
      conversation.view = { ...conversation.view, ...read };
      const unreadMentions = (await messages.readMentions(conversationId)).length;
      conversation.view = { ...conversation.view, unreadMentions };
      changed();
    },
    archiveConversation: async (conversationId, archived) => {
      calls.push(`archive ${archived}`);
      changeView(conversationId, archived ? { archived, pinnedAtMs: null } : { archived });
    },
    muteConversation: async (conversationId, mutedUntilMs) => {
      calls.push(`mute ${mutedUntilMs === null || mutedUntilMs === alwaysMuted ? mutedUntilMs : 'until'}`);
      changeView(conversationId, { mutedUntilMs });
    },
    pinConversation: async (conversationId, pinned) => {
      calls.push(`pin ${pinned}`);
      changeView(conversationId, { pinnedAtMs: pinned ? options.nowMs : null });
    },
    setConversationHistory: async (conversationId, on) => {
      await pause();
      const conversation = byId(conversationId);
      if (conversation !== undefined) choose(conversation, on);
      changed();
    },
    setAccountHistory: async (on) => {
      await pause();
      keepsHistory = on;
      for (const conversation of conversations) choose(conversation, on);
      changed();
    },
    setTyping: async (_conversationId, active) => {
      calls.push(`setTyping ${active}`);
    },
    saveDraft: async (conversationId, { text, replyTo }) => {
      calls.push(`saveDraft ${text.length}`);
      const conversation = byId(conversationId);
      if (conversation === undefined) return;
      conversation.draft = text;
      conversation.draftReplyTo = replyTo;
      conversation.view = { ...conversation.view, draft: text };
      changed();
    },
    readDraft: async (conversationId) => {
      const conversation = byId(conversationId);
      return { text: conversation?.draft ?? '', replyTo: conversation?.draftReplyTo ?? null };
    },
    setTimer: async (conversationId, seconds) => {
      const conversation = byId(conversationId);
      if (conversation === undefined) return { kind: 'problem', problem: { kind: 'unknownConversation' } };
      calls.push(`setTimer ${seconds}`);
      const { timer } = conversation.view;
      const isOnline = connection.kind === 'online';
      changeView(conversationId, {
        timer: isOnline
          ? { seconds, wanted: null, problem: null }
          : { ...timer, wanted: seconds, problem: null },
      });
      if (isOnline && seconds !== timer.seconds) say(conversation, { kind: 'timer', account: self, seconds });
      return { kind: 'ok', value: null };
    },
    setDefaultTimer: async (seconds) => {
      calls.push(`setDefaultTimer ${seconds}`);
      defaultTimer = seconds;
      return { kind: 'ok', value: null };
    },
    readDefaultTimer: async () => defaultTimer,
    setReadReceipts: async (on) => {
      tellsReading = on;
      changed();
    },
    ...groups,
    ...media.api,
    watch(view, listener) {
      const query = view as { kind: keyof WatchedViews; conversationId?: ConversationId };
      let stopped = false;
      let last: string | null = null;
      const tell = (): void => {
        if (stopped) return;
        const value = presentValue(query);
        const text = JSON.stringify(value);
        if (text === last) return;
        last = text;
        listener(value as never);
      };
      if (query.kind === 'messages' && query.conversationId !== undefined) {
        const listeners = messageWatchers.get(query.conversationId) ?? new Set();
        messageWatchers.set(
          query.conversationId,
          listeners.add(listener as (changes: MessageChanges) => void),
        );
      } else {
        watchers.add(tell);
      }
      setTimeout(tell, options.delayMs ?? 0);
      return () => {
        stopped = true;
        watchers.delete(tell);
        messageWatchers
          .get(query.conversationId ?? ('' as ConversationId))
          ?.delete(listener as (changes: MessageChanges) => void);
      };
    },
  };

  const receiveBody = (title: string, body: MessageBodyView): void => {
    const conversation = byTitle(title);
    nextId += 1;
    conversation.view = { ...conversation.view, unreadCount: conversation.view.unreadCount + 1 };
    put(conversation, {
      messageId: fixtureId<TransactionId>(nextId),
      conversationId: conversation.view.conversationId,
      order: nextOrder(conversation),
      sender:
        conversation.view.peer ?? conversation.group?.members.find(({ isSelf }) => !isSelf)?.account ?? self,
      ...untouched,
      mine: false,
      sentAtMs: options.nowMs,
      state: 'received',
      body,
    });
  };
  const setView = (title: string, change: Partial<ConversationView>): void => {
    const conversation = byTitle(title);
    conversation.view = { ...conversation.view, ...change };
    changed();
  };
  const newestOrder = (title: string): number => nextOrder(byTitle(title)) - 1;
  const controls: FixtureControls = {
    calls,
    call: calling.controls,
    groupCall: groupCalling.controls,
    sentFiles: media.sent,
    pagesInFlight: () => pagesInFlight,
    holdPages: (hold) => {
      pagesHeld?.resolve();
      pagesHeld = hold ? Promise.withResolvers() : null;
    },
    holdExport: (hold) => {
      exportHeld?.resolve();
      exportHeld = hold ? Promise.withResolvers() : null;
    },
    acceptAtOnce: () => {
      acceptsAtOnce = true;
    },
    receive: (title, text) => receiveBody(title, { kind: 'text', text, ...plainText }),
    receiveBody,
    receiveFile: (title, name, bytes) => receiveBody(title, media.photo(name, bytes)),
    letRun(title, text, seconds) {
      const conversation = byTitle(title);
      const timer = { seconds, expiresAtMs: Date.now() + seconds * 1000 };
      for (const message of conversation.messages) {
        if (message.body.kind !== 'text' || message.body.text !== text) continue;
        put(conversation, { ...message, timer });
        const { pinnedMessage, conversationId } = conversation.view;
        if (pinnedMessage?.messageId === message.messageId) {
          changeView(conversationId, { pinnedMessage: { ...pinnedMessage, timer } });
        }
      }
    },
    takeAway(title, text, count) {
      const conversation = byTitle(title);
      const found = conversation.messages.filter(({ body }) => body.kind === 'text' && body.text === text);
      const gone = new Set(found.slice(-count));
      conversation.messages = conversation.messages.filter((message) => !gone.has(message));
      push(conversation, { changed: [], removed: [...gone].map(({ messageId }) => messageId) });
    },
    setPeerTyping: (title, typing) => setView(title, { typing }),
    deliverAll: (title) => setView(title, { deliveredOrder: newestOrder(title) }),
    readAll: (title) => setView(title, { deliveredOrder: newestOrder(title), readOrder: newestOrder(title) }),
    setHistory,
    setConnection(next) {
      connection = next;
      changed();
      for (const conversation of conversations) {
        for (const message of conversation.messages) {
          if (message.state === 'waiting') accept(conversation, message);
        }
      }
    },
    setSession(next) {
      session = next;
      changed();
    },
    failWaiting(title) {
      const conversation = byTitle(title);
      for (const message of conversation.messages) {
        if (message.state === 'waiting') put(conversation, { ...message, state: 'failed' });
      }
    },
  };
  return { ...api, controls, openCalls: calling.open, groupCalling: groupCalling.calls };
}
