import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import type {
  AccountView,
  ConnectionView,
  ConversationDetailsView,
  ConversationView,
  ExportStart,
  HistoryChoiceView,
  MessageChanges,
  MessageMatches,
  MessagePage,
  MessageSearch,
  MessagesQuery,
  MessageView,
} from '../api.ts';
import {
  conversationByKey,
  conversationsWithPeer,
  findConversation,
  listConversations,
} from '../conversations/conversationTable.ts';
import type { Changes } from '../device/changes.ts';
import type { Directory } from '../directory/directory.ts';
import { Exports } from '../export/exports.ts';
import type { OpenGroups } from '../groups/openGroups.ts';
import { readLogAlarms } from '../integrity/logAlarmTable.ts';
import { findMessage, searchMessages } from '../messages/messageTable.ts';
import { readPage } from '../messages/readPage.ts';
import { accountChoice, countPendingChoices } from '../policy/historyChoice.ts';
import { historyState } from '../policy/historyState.ts';
import type { ClientDatabase } from '../ports.ts';
import { foundRanges, matchExpression, parseSearch } from '../search/searchQuery.ts';
import { conversationView, memberViews, type ViewContext } from './conversationView.ts';
import { messageView } from './messageView.ts';
import type { Watchers } from './watchers.ts';

const pageLimit = 500;
const limited = (limit: number): number => Math.min(Math.max(Math.trunc(limit), 1), pageLimit);

export interface ViewSources {
  readonly self: { readonly accountId: AccountId; readonly deviceId: DeviceId };
  readonly database: ClientDatabase;
  readonly directory: Directory;
  readonly groups: OpenGroups;
  readonly isOnline: (account: AccountId) => boolean;
  readonly isTyping: (conversation: ConversationId) => boolean;
  readonly now: () => number;
  /** Cipher suite ids that are post-quantum. */
  readonly isPostQuantum: (suite: number) => boolean;
}

/**
 * What a device shows, made from what is stored. After each step only the conversations that it touched are made
 * anew, so a list of hundreds costs little to keep.
 */
export class Views {
  readonly #sources: () => ViewSources;
  readonly #watchers: Watchers;
  readonly #conversations = new Map<ConversationId, ConversationView>();
  readonly #accounts = new Map<AccountId, AccountView>();
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
        this.#conversations.set(row.conversationId, conversationView(context, sql, row));
      }
    });
    this.#sort();
  }

  /** A step is durable: its changes are told. */
  publish(changes: Changes): void {
    if (changes.isEmpty) return;
    this.#refresh(changes.conversations);
    if (changes.isHistoryChoice) this.#watchers.tell('historyChoice');
    this.#changes = changes;
    const { messages, removedMessages } = changes;
    this.#watchers.tell('messages', { has: (id) => messages.has(id) || removedMessages.has(id) });
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
    const { database, groups, self, isPostQuantum } = this.#sources();
    return database.read((sql) => {
      const row = findConversation(sql, id);
      if (row === null) return null;
      return groups.look(sql, row.key, (group) => ({
        conversation: view,
        members: memberViews(self.accountId, row, group?.roster ?? [], (one) => this.account(one)),
        epoch: Number(group?.epoch ?? 0n),
        postQuantum: group !== null && isPostQuantum(group.suite),
        history: historyState(sql, row, group?.policy ?? null, (one) => this.account(one)),
        logAlarms: readLogAlarms(sql, row.key).map(({ reason, accountId, atMs, acknowledged }) => ({
          reason,
          account: accountId === null ? null : this.account(accountId),
          atMs,
          acknowledged,
        })),
      }));
    });
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
      const { rows, hasOlder, hasNewer } = readPage(sql, row.key, { ...query, limit: limited(query.limit) });
      const context = this.#context();
      const messages = rows.map((message) => messageView(context, row.conversationId, message));
      return { messages, hasOlder, hasNewer };
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
        const message = messageView(context, conversation.conversationId, row);
        return [{ message, ranges: foundRanges(query, row.detail) }];
      });
      return { matches, next: rows.length > limit ? (shown.at(-1)?.place ?? null) : null };
    });
  }

  beginExport(nowMs: number, randomId: () => string): ExportStart {
    return this.exports.begin({
      database: this.#sources().database,
      names: this.#context(),
      nowMs,
      randomId,
    });
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
      const found: MessageView[] = [];
      for (const messageId of wanted) {
        const message = findMessage(sql, row.key, messageId);
        if (message !== null) found.push(messageView(context, id, message));
      }
      return found;
    });
  }

  #refresh(changed: Iterable<ConversationId>): void {
    const ids = new Set(changed);
    const { database } = this.#sources();
    const context = this.#context();
    database.read((sql) => {
      for (const id of ids) {
        const row = findConversation(sql, id);
        if (row === null) this.#conversations.delete(id);
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
    const { self, isOnline, isTyping, now } = this.#sources();
    return { self: self.accountId, account: (id) => this.account(id), isOnline, isTyping, now };
  }
}
