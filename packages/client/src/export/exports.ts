/**
 * Exports under way (spec/search.md §Export): each is made as far as it is read, so a reader who stops costs nothing.
 * Invariant: an export holds neither a transaction nor more than a page of messages and a piece of a file between two reads.
 */
import {
  type AccountView,
  type ExportChoice,
  type ExportPart,
  type ExportStart,
  type MessageView,
  waitingOrderBase,
} from '../api.ts';
import { countAttachments } from '../attachments/attachmentTable.ts';
import { type ConversationRow, listConversations } from '../conversations/conversationTable.ts';
import { memberIds } from '../conversations/members.ts';
import { readGroupDetails } from '../groups/groupInfoTable.ts';
import { findMessage, readLastingAfter } from '../messages/messageTable.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import type { ViewNames } from '../views/messageView.ts';
import { messageViews } from '../views/messageViews.ts';
import { type ArchiveFile, createArchive } from './archive.ts';
import { countMessages } from './countMessages.ts';
import { exportData } from './exportData.ts';
import { ExportMedia, type ReadMedia } from './exportMedia.ts';
import { exportPage } from './exportPage.ts';
import type { ExportedConversation, ExportSource } from './exportSource.ts';

export interface ExportParts {
  readonly database: ClientDatabase;
  readonly names: ViewNames;
  readonly nowMs: number;
  readonly choice: ExportChoice;
  readonly readMedia: ReadMedia;
  randomId(): string;
}

interface Running {
  readonly archive: AsyncGenerator<Uint8Array, void, undefined>;
  readonly total: number;
  done: number;
}

/** Of several at once the oldest ends: somebody closed the tab that read it. */
const exportsAtOnce = 4;
const pageSize = 200;
/** One read makes so much, or this many pages of messages, whatever comes first. */
const partSizeBytes = 256 * 1024;
const pagesPerPart = 5;
/** A file counts as much as so many messages in one of the texts. */
const fileWeight = 20;

export class Exports {
  readonly #running = new Map<string, Running>();

  begin(parts: ExportParts): ExportStart {
    const { source, media, total, watch } = createSource(parts);
    const archive = createArchive(filesOf(source, media), parts.nowMs);
    const exportId = parts.randomId();
    const running: Running = { archive, total, done: 0 };
    watch((count) => {
      running.done += count;
    });
    for (const oldest of this.#running.keys()) {
      if (this.#running.size < exportsAtOnce) break;
      this.end(oldest);
    }
    this.#running.set(exportId, running);
    return { exportId, total };
  }

  async read(exportId: string): Promise<ExportPart> {
    const running = this.#running.get(exportId);
    if (running === undefined) return { kind: 'gone' };
    const pieces: Uint8Array[] = [];
    let sizeBytes = 0;
    try {
      for (let pages = 0; pages < pagesPerPart && sizeBytes < partSizeBytes; pages++) {
        const next = await running.archive.next();
        if (this.#running.get(exportId) !== running) return { kind: 'gone' };
        if (next.done === true) {
          this.#running.delete(exportId);
          return { kind: 'last', pieces };
        }
        if (next.value.length > 0) pieces.push(next.value);
        sizeBytes += next.value.length;
      }
    } catch (error) {
      this.#running.delete(exportId);
      throw error;
    }
    return { kind: 'part', pieces, done: running.done, total: running.total };
  }

  /** What is being read of it ends with its next piece. */
  end(exportId: string): void {
    void this.#running.get(exportId)?.archive.return();
    this.#running.delete(exportId);
  }
}

/** Media first: which of it is missing is known once it was tried. */
async function* filesOf(source: ExportSource, media: ExportMedia): AsyncGenerator<ArchiveFile | null> {
  yield* media.files(source.conversations);
  yield { name: 'index.html', isText: true, content: encoded(exportPage(source)) };
  yield { name: 'data.json', isText: true, content: encoded(exportData(source)) };
}

function* encoded(texts: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const text of texts) yield encoder.encode(text);
}

/** `watch`: told of every page of messages as it is read. Each message is read once per file. */
function createSource({ database, names, nowMs, choice, readMedia }: ExportParts): {
  source: ExportSource;
  media: ExportMedia;
  total: number;
  watch: (told: (count: number) => void) => void;
} {
  let tell: (count: number) => void = () => {};
  const conversations = database.read((sql) =>
    listConversations(sql)
      .filter((row) => choice.conversationId === null || row.conversationId === choice.conversationId)
      .sort((a, b) => b.lastActivityMs - a.lastActivityMs)
      .map((row): ExportedConversation => {
        const id = row.conversationId;
        const view = (from: number, to: number): MessageView[] =>
          database.read((sql) =>
            messageViews(
              names,
              sql,
              row,
              readLastingAfter(sql, row.key, from, pageSize).filter(({ order }) => order <= to),
            ).map((message) => withLastingQuote(sql, row, message)),
          );
        const { accepted, waiting, newestAccepted } = countMessages(sql, row.key);
        return {
          conversationId: id,
          title: titleOf(sql, names, row),
          members: memberIds(sql, names.self, row).map((account): AccountView => names.account(account)),
          messageCount: accepted + waiting,
          *pages(isCounted = false) {
            // What comes in while the export is made is left out of all of it.
            for (const [after, to] of [
              [0, newestAccepted],
              [waitingOrderBase - 1, Number.MAX_SAFE_INTEGER],
            ] as const) {
              for (let from = after; ; ) {
                const page = view(from, to);
                const last = page.at(-1);
                if (last === undefined) break;
                if (isCounted) tell(page.length);
                yield page;
                from = last.order;
              }
            }
          },
        };
      }),
  );
  const files = choice.withMedia ? database.read((sql) => countAttachments(sql, choice.conversationId)) : 0;
  let doneOfFile = 0;
  const tellFile = (done: number): void => {
    tell(Math.max(done - doneOfFile, 0) * fileWeight);
    doneOfFile = done === 1 ? 0 : Math.max(done, doneOfFile);
  };
  const media = new ExportMedia(choice.withMedia ? readMedia : null, (done) => tellFile(done));
  const texts = 2;
  return {
    source: {
      account: names.account(names.self),
      madeAtMs: nowMs,
      conversations,
      placeOf: (chat, message, index, view) => media.placeOf(chat, message, index, view),
    },
    media,
    total:
      files * fileWeight + texts * conversations.reduce((sum, { messageCount }) => sum + messageCount, 0),
    watch: (told) => {
      tell = told;
    },
  };
}

/** What disappears is nowhere in an export, and so in no quote. */
function withLastingQuote(sql: Sql, { key }: ConversationRow, message: MessageView): MessageView {
  const { body } = message;
  if (body.kind !== 'text' || body.replyTo?.kind !== 'message') return message;
  const quoted = findMessage(sql, key, body.replyTo.messageId);
  if (quoted === null || quoted.timerSeconds === 0) return message;
  return { ...message, body: { ...body, replyTo: { kind: 'missing' } } };
}

function titleOf(sql: Sql, names: ViewNames, row: ConversationRow): string {
  if (row.peerId === null) return readGroupDetails(sql, row.key)?.name ?? 'Group';
  return row.peerId === names.self ? 'Notes to self' : names.account(row.peerId).username;
}
