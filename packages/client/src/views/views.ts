import type { ConversationGroup, Provider } from '@sotto/crypto';
import type { AccountId, CallId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import type {
  AccountView,
  CallSignals,
  CallView,
  ConnectionView,
  ConversationDetailsView,
  ConversationView,
  ExportStart,
  GalleryPage,
  GalleryQuery,
  GroupCallSignals,
  GroupCallView,
  HistoryChoiceView,
  MemberReceiptView,
  MemberView,
  MessageChanges,
  MessageMatches,
  MessagePage,
  MessageSearch,
  MessagesQuery,
  MessageVersion,
  MessageView,
  ReceiptChoiceView,
} from '../api.ts';
import { readGallery } from '../attachments/readGallery.ts';
import { areCallsBlocked } from '../calls/blockedCalls.ts';
import { callSignals, callViews } from '../calls/callViews.ts';
import {
  type ConversationRow,
  conversationByKey,
  conversationsWithPeer,
  findConversation,
  findConversationByLog,
  listConversations,
} from '../conversations/conversationTable.ts';
import { Changes } from '../device/changes.ts';
import type { Directory } from '../directory/directory.ts';
import { type ExportParts, Exports } from '../export/exports.ts';
import type { GroupCalls } from '../groupCalls/groupCalls.ts';
import { type GroupCallNames, groupCallSignals, groupCallViews } from '../groupCalls/groupCallViews.ts';
import type { OpenGroups } from '../groups/openGroups.ts';
import { readLogAlarms } from '../integrity/logAlarmTable.ts';
import { latestStars } from '../marks/messageMarkTable.ts';
import { pinsLimit } from '../messageChanges/messageChangeTable.ts';
import { pinnedMessages } from '../messageChanges/pinnedMessages.ts';
import { findByDate, unreadMentions } from '../messages/findMessages.ts';
import { findMessage, hasListedMessage, messagesByRef, searchMessages } from '../messages/messageTable.ts';
import { readPage } from '../messages/readPage.ts';
import { accountChoice, countPendingChoices } from '../policy/historyChoice.ts';
import { historyState } from '../policy/historyState.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import { receiptChoice } from '../receipts/receiptChoice.ts';
import { memberReceipts } from '../receipts/receiptTimes.ts';
import { foundRanges, matchExpression, parseSearch } from '../search/searchQuery.ts';
import { conversationView, type ViewContext } from './conversationView.ts';
import { groupView } from './groupView.ts';
import { memberViews } from './memberViews.ts';
import { isGone } from './messageView.ts';
import { messageViews } from './messageViews.ts';
import { versionViews } from './versionViews.ts';
import type { Watchers } from './watchers.ts';

/** What the user deleted comes back with the first message after that. */
function isShown(sql: Sql, row: ConversationRow): boolean {
  return !row.isHidden || hasListedMessage(sql, row.key);
}

const pageLimit = 500;
const limited = (limit: number): number => Math.min(Math.max(Math.trunc(limit), 1), pageLimit);

export interface ViewSources {
  readonly self: { readonly accountId: AccountId; readonly deviceId: DeviceId };
  readonly database: ClientDatabase;
  readonly directory: Directory;
  readonly groups: OpenGroups;
  readonly isOnline: (account: AccountId) => boolean;
  readonly typingBy: (conversation: ConversationId) => readonly AccountId[];
  readonly now: () => number;
  readonly serverNow: () => number;
  /** When a call whose media nobody here holds ends; null: it is held. */
  readonly lostUntilMs: (callId: CallId) => number | null;
  readonly groupCalls: Pick<GroupCalls, 'rooms' | 'lostUntilMs'>;
  readonly provider: Provider;
  readonly transferOf: NonNullable<ViewContext['transferOf']>;
  /** Cipher suite ids that are post-quantum. */
  readonly isPostQuantum: (suite: number) => boolean;
}

/**
 * What a device shows, made from what is stored. After each step only the conversations that it touched are made
 * anew, so a list of hundreds costs little to keep. Over 400 lines, because each view is made here, in a few lines.
 */
export class Views {
  readonly #sources: () => ViewSources;
  readonly #watchers: Watchers;
  readonly #conversations = new Map<ConversationId, ConversationView>();
  readonly #accounts = new Map<AccountId, AccountView>();
  readonly #members = new Map<
    ConversationId,
    { readonly epoch: bigint; readonly members: readonly MemberView[] }
  >();
  #sorted: readonly ConversationView[] = [];
  /** Messages that the step being told of changed. */
  #changes: Changes | null = null;
  connection: ConnectionView = { kind: 'offline', retryAtMs: null };
  readonly exports = new Exports();

  constructor(sources: () => ViewSources, watchers: Watchers) {
    this.#sources = sources;
    this.#watchers = watchers;
  }

  /** Reads everything once, at start. */
  load(): void {
    const { database } = this.#sources();
    const context = this.#context();
    database.read((sql) => {
      for (const row of listConversations(sql)) {
        if (isShown(sql, row)) {
          this.#conversations.set(row.conversationId, conversationView(context, sql, row));
        }
      }
    });
    this.#sort();
  }

  /** A step is durable: its changes are told. */
  publish(changes: Changes): void {
    if (changes.isEmpty) return;
    if (changes.conversations.size > 0) this.#refresh(changes.conversations);
    if (changes.isHistoryChoice) this.#watchers.tell('historyChoice');
    if (changes.isReceiptChoice) this.#watchers.tell('receiptChoice');
    if (changes.calls.size > 0) {
      this.#watchers.tell('calls');
      this.#watchers.tellCalls(changes.calls);
    }
    // Whether one rings depends on the other kind too.
    if (changes.groupCalls.size > 0 || changes.calls.size > 0) this.#watchers.tell('groupCalls');
    if (changes.groupCalls.size > 0) {
      this.#watchers.tell('calls');
      this.#watchers.tellCalls(changes.groupCalls);
    }
    this.#changes = changes;
    const { messages, removedMessages } = changes;
    this.#watchers.tell('messages', { has: (id) => messages.has(id) || removedMessages.has(id) });
    this.#changes = null;
  }

  /** How far files of messages have come changed. */
  progressed(messages: ReadonlyMap<ConversationId, ReadonlySet<TransactionId>>): void {
    const changes = new Changes();
    for (const [id, ids] of messages) for (const message of ids) changes.message(id, message);
    this.#changes = changes;
    this.#watchers.tell('messages', messages);
    this.#changes = null;
  }

  /** What is not stored (presence, typing) changed. */
  touch(conversations: Iterable<ConversationId>): void {
    this.#refresh(conversations);
  }

  touchPeers(peers: readonly AccountId[]): void {
    const { database } = this.#sources();
    const rows = database.read((sql) => peers.flatMap((peer) => conversationsWithPeer(sql, peer)));
    if (rows.length > 0) this.#refresh(rows.map((row) => row.conversationId));
  }

  setConnection(view: ConnectionView): void {
    this.connection = view;
    this.#watchers.tell('connection');
  }

  conversations(): readonly ConversationView[] {
    return this.#sorted;
  }

  conversation(id: ConversationId): ConversationDetailsView | null {
    const view = this.#conversations.get(id);
    if (view === undefined) return null;
    const { database, groups, isPostQuantum } = this.#sources();
    const context = this.#context();
    return database.read((sql) => {
      const row = findConversation(sql, id);
      if (row === null) return null;
      return groups.look(sql, row.key, (group) => ({
        conversation: view,
        group: groupView(context, sql, row),
        members: this.#membersOf(context, sql, row, group),
        epoch: Number(group?.epoch ?? 0n),
        postQuantum: group !== null && isPostQuantum(group.suite),
        history: historyState(sql, row, group?.policy ?? null, (one) => this.account(one)),
        callsBlocked: areCallsBlocked(sql, row),
        logAlarms: readLogAlarms(sql, row.key).map(({ reason, accountId, atMs, acknowledged }) => ({
          reason,
          account: accountId === null ? null : this.account(accountId),
          atMs,
          acknowledged,
        })),
      }));
    });
  }

  /** Made anew with each epoch: a group may have a thousand, and its details are looked at while messages come. */
  #membersOf(
    context: ViewContext,
    sql: Sql,
    row: ConversationRow,
    group: ConversationGroup | null,
  ): readonly MemberView[] {
    const known = this.#members.get(row.conversationId);
    const epoch = group?.epoch ?? null;
    if (epoch !== null && known?.epoch === epoch) return known.members;
    const members = memberViews(context, sql, row, group?.roster ?? []);
    const isWhole = members.every(({ account }) => account.username !== '');
    if (epoch !== null && isWhole) this.#members.set(row.conversationId, { epoch, members });
    return members;
  }

  calls(): readonly CallView[] {
    const { self, database, now, serverNow, lostUntilMs } = this.#sources();
    const account = (id: AccountId): AccountView => this.account(id);
    const names = { self: self.accountId, account, now, serverNow, lostUntilMs };
    return database.read((sql) => callViews(names, sql));
  }

  callSignals(callId: CallId): CallSignals {
    const { database, provider } = this.#sources();
    return database.read((sql) => callSignals(provider, sql, callId));
  }

  groupCalls(): readonly GroupCallView[] {
    return this.#sources().database.read((sql) => groupCallViews(this.#groupCallNames(), sql));
  }

  groupCallSignals(callId: CallId): GroupCallSignals {
    return this.#sources().database.read((sql) => groupCallSignals(this.#groupCallNames(), sql, callId));
  }

  /** What is not stored of these calls changed. */
  touchGroupCalls(calls: ReadonlySet<CallId>): void {
    this.#watchers.tell('groupCalls');
    this.#watchers.tellCalls(calls);
  }

  #groupCallNames(): GroupCallNames {
    const { self, now, serverNow, groupCalls } = this.#sources();
    return {
      self,
      rooms: groupCalls.rooms,
      account: (id) => this.account(id),
      now,
      serverNow,
      lostUntilMs: (callId) => groupCalls.lostUntilMs(callId),
    };
  }

  receiptChoice(): ReceiptChoiceView {
    return this.#sources().database.read(receiptChoice);
  }

  historyChoice(): HistoryChoiceView {
    return this.#sources().database.read((sql) => ({
      on: !accountChoice(sql).off,
      pendingCount: countPendingChoices(sql),
    }));
  }

  messageChanges(id: ConversationId): MessageChanges {
    const changed = this.#changes?.messages.get(id);
    const removed = this.#changes?.removedMessages.get(id);
    return {
      changed: changed === undefined ? [] : this.#messages(id, changed),
      removed: removed === undefined ? [] : [...removed],
    };
  }

  page(query: MessagesQuery): MessagePage {
    const { database } = this.#sources();
    return database.read((sql) => {
      const row = findConversation(sql, query.conversationId);
      if (row === null) return { messages: [], hasOlder: false, hasNewer: false };
      const context = this.#context();
      const wanted = { ...query, limit: limited(query.limit) };
      const { rows, hasOlder, hasNewer } = readPage(sql, row.key, wanted, context.serverNow());
      return { messages: messageViews(context, sql, row, rows), hasOlder, hasNewer };
    });
  }

  /** The texts that a message had, the first first; one that is about to be is the last. */
  versions(id: ConversationId, messageId: TransactionId): readonly MessageVersion[] {
    return this.#sources().database.read((sql) => {
      const row = findConversation(sql, id);
      const message = row === null ? null : findMessage(sql, row.key, messageId);
      const context = this.#context();
      const isHere = row !== null && message !== null && !isGone(context, message);
      return isHere ? versionViews(context, sql, row, message) : [];
    });
  }

  /** The latest pin first. */
  pinned(id: ConversationId): readonly MessageView[] {
    return this.#sources().database.read((sql) => {
      const row = findConversation(sql, id);
      return row === null
        ? []
        : messageViews(this.#context(), sql, row, pinnedMessages(sql, row.key, pinsLimit));
    });
  }

  /** Order of the first message at or after `timeMs`. */
  byDate(id: ConversationId, timeMs: number): number | null {
    return this.#sources().database.read((sql) => {
      const row = findConversation(sql, id);
      return row === null ? null : findByDate(sql, row.key, timeMs);
    });
  }

  /** Orders of unread messages that mention this account. */
  mentions(id: ConversationId): readonly number[] {
    return this.#sources().database.read((sql) => {
      const row = findConversation(sql, id);
      return row === null ? [] : unreadMentions(sql, row.key, row.ownRead);
    });
  }

  /** What the others told of an own message. */
  receipts(id: ConversationId, messageId: TransactionId): readonly MemberReceiptView[] {
    const context = this.#context();
    return this.#sources().database.read((sql) => {
      const row = findConversation(sql, id);
      const message = row === null ? null : findMessage(sql, row.key, messageId);
      if (row === null || message?.senderId !== context.self) return [];
      return memberReceipts(context, sql, row, message.order);
    });
  }

  /** The latest star first; of all conversations where `id` is undefined. */
  starred(id: ConversationId | undefined): readonly MessageView[] {
    return this.#sources().database.read((sql) => {
      const logId = id === undefined ? null : (findConversation(sql, id)?.logId ?? null);
      if (id !== undefined && logId === null) return [];
      const context = this.#context();
      return latestStars(sql, logId, pageLimit).flatMap((mark) => {
        const row = findConversationByLog(sql, mark.logId);
        if (row === null) return [];
        const found = messagesByRef(sql, row.key, mark.message).slice(0, 1);
        return messageViews(context, sql, row, found).filter(({ body }) => body.kind === 'text');
      });
    });
  }

  gallery(query: GalleryQuery): GalleryPage {
    const limit = limited(query.limit);
    return this.#sources().database.read((sql) => {
      const row = findConversation(sql, query.conversationId);
      if (row === null) return { messages: [], hasOlder: false };
      const rows = readGallery(sql, row.key, { ...query, limit });
      const messages = messageViews(this.#context(), sql, row, rows.slice(0, limit));
      return { messages, hasOlder: rows.length > limit };
    });
  }

  search(search: MessageSearch): MessageMatches {
    const query = parseSearch(search.text);
    const expression = matchExpression(query, 'text');
    if (expression === null) return { matches: [], next: null };
    const limit = limited(search.limit);
    const { database } = this.#sources();
    return database.read((sql) => {
      const scope = search.conversationId === undefined ? null : findConversation(sql, search.conversationId);
      if (search.conversationId !== undefined && scope === null) return { matches: [], next: null };
      const rows = searchMessages(sql, expression, {
        conversation: scope?.key ?? null,
        before: search.before ?? Number.MAX_SAFE_INTEGER,
        limit: limit + 1,
      });
      const context = this.#context();
      const shown = rows.slice(0, limit);
      const matches = shown.flatMap((row) => {
        const conversation = scope ?? conversationByKey(sql, row.conversation);
        if (conversation === null) return [];
        const [message] = messageViews(context, sql, conversation, [row]);
        // It may be about to be deleted, or edited.
        if (message?.body.kind !== 'text') return [];
        // What was said with something that can be looked at so many times is not looked up.
        if (message.body.attachments.some(({ views }) => views !== null)) return [];
        return [{ message, ranges: foundRanges(query, message.body.text) }];
      });
      return { matches, next: rows.length > limit ? (shown.at(-1)?.place ?? null) : null };
    });
  }

  beginExport(parts: Pick<ExportParts, 'nowMs' | 'choice' | 'readMedia' | 'randomId'>): ExportStart {
    return this.exports.begin({ ...parts, database: this.#sources().database, names: this.#context() });
  }

  account(id: AccountId): AccountView {
    const cached = this.#accounts.get(id);
    if (cached !== undefined) return cached;
    const known = this.#sources().directory.account(id);
    const view: AccountView = { accountId: id, username: known?.username ?? '' };
    if (known !== null) this.#accounts.set(id, view);
    return view;
  }

  #messages(id: ConversationId, wanted: ReadonlySet<TransactionId>): MessageView[] {
    const { database } = this.#sources();
    const context = this.#context();
    return database.read((sql) => {
      const row = findConversation(sql, id);
      if (row === null) return [];
      const found = [...wanted].flatMap((messageId) => findMessage(sql, row.key, messageId) ?? []);
      return messageViews(context, sql, row, found);
    });
  }

  #refresh(changed: Iterable<ConversationId>): void {
    const ids = new Set(changed);
    const { database } = this.#sources();
    const context = this.#context();
    database.read((sql) => {
      for (const id of ids) {
        const row = findConversation(sql, id);
        if (row === null || !isShown(sql, row)) this.#conversations.delete(id);
        else this.#conversations.set(id, conversationView(context, sql, row));
      }
    });
    this.#sort();
    this.#watchers.tell('conversations');
    this.#watchers.tell('conversation', ids);
  }

  #sort(): void {
    this.#sorted = [...this.#conversations.values()].sort(
      (a, b) =>
        (b.pinnedAtMs ?? 0) - (a.pinnedAtMs ?? 0) ||
        b.lastActivityMs - a.lastActivityMs ||
        (a.conversationId < b.conversationId ? -1 : 1),
    );
  }

  #context(): ViewContext {
    const { self, isOnline, typingBy, now, serverNow, transferOf } = this.#sources();
    const account = (id: AccountId) => this.account(id);
    return { self: self.accountId, account, isOnline, typingBy, now, serverNow, transferOf };
  }
}
