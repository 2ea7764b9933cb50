/**
 * Exports under way (spec/search.md §Export): each is made as far as it is read, so a reader who stops costs nothing.
 * Invariant: an export holds neither a transaction nor more than a page of messages between two reads.
 */
import type { ConversationId } from '@sotto/protocol';
import {
  type AccountView,
  type ExportPart,
  type ExportStart,
  type MessageView,
  waitingOrderBase,
} from '../api.ts';
import { listConversations } from '../conversations/conversationTable.ts';
import { countMessages, readMessagesAfter } from '../messages/messageTable.ts';
import type { ClientDatabase } from '../ports.ts';
import { messageView, type ViewNames } from '../views/messageView.ts';
import { createArchive } from './archive.ts';
import { exportData } from './exportData.ts';
import { exportPage } from './exportPage.ts';
import type { ExportedConversation, ExportSource } from './exportSource.ts';

export interface ExportParts {
  readonly database: ClientDatabase;
  readonly names: ViewNames;
  readonly nowMs: number;
  randomId(): string;
}

interface Running {
  readonly archive: Generator<Uint8Array>;
  readonly total: number;
  done: number;
}

/** Of several at once the oldest ends: somebody closed the tab that read it. */
const exportsAtOnce = 4;
const pageSize = 200;
/** One read makes so much, or this many pages of messages, whatever comes first. */
const partSizeBytes = 256 * 1024;
const pagesPerPart = 5;

export class Exports {
  readonly #running = new Map<string, Running>();

  begin(parts: ExportParts): ExportStart {
    const { source, total, watch } = createSource(parts);
    const archive = createArchive(
      [
        { name: 'index.html', content: exportPage(source) },
        { name: 'data.json', content: exportData(source) },
      ],
      parts.nowMs,
    );
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

  read(exportId: string): ExportPart {
    const running = this.#running.get(exportId);
    if (running === undefined) return { kind: 'gone' };
    const pieces: Uint8Array[] = [];
    let sizeBytes = 0;
    try {
      for (let pages = 0; pages < pagesPerPart && sizeBytes < partSizeBytes; pages++) {
        const next = running.archive.next();
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

  end(exportId: string): void {
    this.#running.get(exportId)?.archive.return(undefined);
    this.#running.delete(exportId);
  }
}

/** `watch`: told of every page of messages as it is read. Each message is read once per file. */
function createSource({ database, names, nowMs }: ExportParts): {
  source: ExportSource;
  total: number;
  watch: (told: (count: number) => void) => void;
} {
  let tell: (count: number) => void = () => {};
  const conversations = database.read((sql) =>
    listConversations(sql)
      .sort((a, b) => b.lastActivityMs - a.lastActivityMs)
      .map((row): ExportedConversation => {
        const id = row.conversationId;
        const view = (from: number, to: number): MessageView[] =>
          database.read((sql) =>
            readMessagesAfter(sql, row.key, from, pageSize)
              .filter(({ order }) => order <= to)
              .map((message) => messageView(names, id as ConversationId, message)),
          );
        const { accepted, waiting, newestAccepted } = countMessages(sql, row.key);
        return {
          conversationId: id,
          title: row.peerId === names.self ? 'Notes to self' : names.account(row.peerId).username,
          members: [...new Set([names.self, row.peerId])].map(
            (account): AccountView => names.account(account),
          ),
          messageCount: accepted + waiting,
          *pages() {
            // What comes in while the export is made is left out of all of it.
            for (const [after, to] of [
              [0, newestAccepted],
              [waitingOrderBase - 1, Number.MAX_SAFE_INTEGER],
            ] as const) {
              for (let from = after; ; ) {
                const page = view(from, to);
                const last = page.at(-1);
                if (last === undefined) break;
                tell(page.length);
                yield page;
                from = last.order;
              }
            }
          },
        };
      }),
  );
  const files = 2;
  return {
    source: { account: names.account(names.self), madeAtMs: nowMs, conversations },
    total: files * conversations.reduce((sum, { messageCount }) => sum + messageCount, 0),
    watch: (told) => {
      tell = told;
    },
  };
}
