/**
 * Messages as a thread shows them: with what others have done to them, what they answer, and what this device is about to do.
 * Invariant: a page costs a few queries, however long it is.
 */
import type { TransactionId } from '@sotto/protocol';
import type { AttachmentView, MessageView, ReactionView, ReplyView } from '../api.ts';
import { attachmentViews, stickerViews } from '../attachments/attachmentView.ts';
import type { ConversationRow } from '../conversations/conversationTable.ts';
import { readStars } from '../marks/messageMarkTable.ts';
import { readPins, readReactions, type StoredReaction } from '../messageChanges/messageChangeTable.ts';
import { type WaitingChange, waitingChangeOf } from '../messageChanges/queueChange.ts';
import { refKey } from '../messages/messageRef.ts';
import { type MessageRow, messagesByIds, refOf } from '../messages/messageTable.ts';
import { decodeParts } from '../messages/textContent.ts';
import { waitingItems } from '../outbox/outboxTable.ts';
import type { Sql } from '../ports.ts';
import { isGone, messageView, type TextView, textView, type ViewNames } from './messageView.ts';

type Named = Pick<ConversationRow, 'key' | 'conversationId'>;

/** So many different emoji of one message are shown. */
const shownEmoji = 64;
/** A quote is cut after as many UTF-16 units. */
const quoteLength = 300;

export function messageViews(
  names: ViewNames,
  sql: Sql,
  conversation: Named,
  rows: readonly MessageRow[],
): MessageView[] {
  const present = rows.filter((row) => !isGone(names, row));
  const page = readPageParts(names, sql, conversation, present);
  return present.map((row) => viewOf(names, conversation, row, page));
}

interface PageParts {
  readonly reactions: ReadonlyMap<string, readonly StoredReaction[]>;
  readonly pins: ReadonlySet<string>;
  readonly stars: ReadonlySet<string>;
  readonly waiting: ReadonlyMap<string, readonly WaitingChange[]>;
  readonly sendAtMs: ReadonlyMap<TransactionId, number>;
  readonly files: ReadonlyMap<TransactionId, readonly AttachmentView[]>;
  readonly stickers: ReadonlyMap<TransactionId, AttachmentView>;
  readonly quoted: ReadonlyMap<string, ReplyView>;
}

function readPageParts(
  names: ViewNames,
  sql: Sql,
  conversation: Named,
  rows: readonly MessageRow[],
): PageParts {
  const { key } = conversation;
  const texts = rows.filter(({ bodyKind }) => bodyKind === 'text');
  const ids = texts.map(({ wireId }) => wireId);
  const messageIds = texts.map(({ messageId }) => messageId);
  const waiting = new Map<string, WaitingChange[]>();
  const sendAtMs = new Map<TransactionId, number>();
  for (const item of waitingItems(sql, key)) {
    if (item.notBeforeMs !== null) sendAtMs.set(item.transactionId, item.notBeforeMs);
    const change = waitingChangeOf(item);
    if (change === null) continue;
    const target = refKey(change.content.message);
    waiting.set(target, [...(waiting.get(target) ?? []), change]);
  }
  return {
    reactions: Map.groupBy(readReactions(sql, key, ids), ({ message }) => refKey(message)),
    pins: new Set(readPins(sql, key, ids).map(refKey)),
    stars: readStars(sql, key, ids),
    waiting,
    sendAtMs,
    files: attachmentViews(sql, names, key, messageIds),
    stickers: stickerViews(sql, names, key, messageIds),
    quoted: readQuoted(names, sql, conversation, texts, waiting),
  };
}

function viewOf(names: ViewNames, conversation: Named, row: MessageRow, page: PageParts): MessageView {
  const view = messageView(names, conversation.conversationId, row);
  if (view.body.kind !== 'text') return view;
  const target = refKey(refOf(row));
  const waiting = page.waiting.get(target) ?? [];
  const last = <Kind extends WaitingChange['content']['kind']>(kind: Kind) =>
    waiting.findLast(({ content }) => content.kind === kind) as
      | (WaitingChange & { readonly content: { readonly kind: Kind } })
      | undefined;
  if (last('deletion') !== undefined) {
    return { ...view, body: { kind: 'deleted', by: names.account(names.self) }, editedAtMs: null };
  }
  const { replyTo } = decodeParts(row.detail, row.extras);
  const edit = last('edit');
  const said = edit === undefined ? view.body : editedView(names, row, edit);
  const body: TextView = {
    ...said,
    sticker:
      said.sticker === null ? null : { ...said.sticker, picture: page.stickers.get(row.messageId) ?? null },
    replyTo: replyTo === null ? null : (page.quoted.get(refKey(replyTo)) ?? { kind: 'missing' }),
    attachments: page.files.get(row.messageId) ?? [],
  };
  return {
    ...view,
    body,
    reactions: reactionViews(names, page.reactions.get(target) ?? [], last('reaction')?.content.emoji),
    editedAtMs: edit?.atMs ?? row.editedAtMs,
    pinned: last('pin')?.content.pinned ?? page.pins.has(target),
    starred: page.stars.has(target),
    sendAtMs: page.sendAtMs.get(row.messageId) ?? null,
  };
}

function editedView(
  names: ViewNames,
  row: MessageRow,
  { content }: WaitingChange & { readonly content: { readonly kind: 'edit' } },
): TextView {
  const { text, mentions } = content;
  return textView(names, text, { ...decodeParts(row.detail, row.extras), mentions });
}

/** `own`: what this account is about to make of its reaction. */
function reactionViews(
  names: ViewNames,
  stored: readonly StoredReaction[],
  own: string | undefined,
): ReactionView[] {
  const others = own === undefined ? stored : stored.filter(({ accountId }) => accountId !== names.self);
  const all: Pick<StoredReaction, 'accountId' | 'emoji'>[] = [...others];
  if (own !== undefined && own !== '') all.push({ accountId: names.self, emoji: own });
  return [...Map.groupBy(all, ({ emoji }) => emoji)]
    .map(([emoji, given]) => ({
      emoji,
      accounts: given.map(({ accountId }) => names.account(accountId)),
      mine: given.some(({ accountId }) => accountId === names.self),
    }))
    .sort((one, other) => other.accounts.length - one.accounts.length)
    .slice(0, shownEmoji);
}

/** What the texts of a page answer, as far as it is here. */
function readQuoted(
  names: ViewNames,
  sql: Sql,
  { key }: Named,
  texts: readonly MessageRow[],
  waiting: ReadonlyMap<string, readonly WaitingChange[]>,
): Map<string, ReplyView> {
  const ids = texts.flatMap(({ replyId }) => replyId ?? []);
  const quoted = new Map<string, ReplyView>();
  if (ids.length === 0) return quoted;
  const rows = messagesByIds(sql, key, ids).filter((row) => !isGone(names, row));
  const files = attachmentViews(
    sql,
    names,
    key,
    rows.map(({ messageId }) => messageId),
  );
  for (const row of rows) {
    const target = refKey(refOf(row));
    if (quoted.has(target)) continue;
    const changes = waiting.get(target) ?? [];
    const edit = changes.findLast(({ content }) => content.kind === 'edit')?.content;
    const text = edit?.kind === 'edit' ? edit.text : row.detail;
    const file = files.get(row.messageId)?.[0];
    quoted.set(
      target,
      row.bodyKind === 'deleted' || changes.some(({ content }) => content.kind === 'deletion')
        ? { kind: 'deleted' }
        : {
            kind: 'message',
            messageId: row.messageId,
            order: row.order,
            sender: names.account(row.senderId),
            text: text.slice(0, quoteLength).toWellFormed(),
            attachment: file === undefined ? null : { kind: file.kind, thumbnail: file.thumbnail },
          },
    );
  }
  return quoted;
}
