/** For measuring: a long history in a database, and how long search takes in it as a query is typed. */
import type { AccountId, ConversationId, DeviceId, TransactionId } from '@sotto/protocol';
import { insertConversation } from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { insertMessage, searchMessages } from '../messages/messageTable.ts';
import type { ClientDatabase, Sql } from '../ports.ts';
import { foundRanges, matchExpression, parseSearch } from '../search/searchQuery.ts';

export interface SearchTimes {
  /** Milliseconds of the slowest and of the middle one of all queries typed, each the fastest of five runs. */
  readonly slowestMs: number;
  readonly medianMs: number;
  /** Milliseconds to find the same words by reading every text. */
  readonly scanMs: number;
  /** Stored texts a second, with their index. */
  readonly storedPerSecond: number;
}

const conversations = 100;
const runs = 5;
const perTransaction = 500;
const vocabulary = 20_000;
const firstTimeMs = Date.UTC(2025, 0, 1);
const account = '02'.repeat(16) as AccountId;

/** Fills an empty database with `count` texts in 100 conversations and searches in it. */
export async function measureSearch(database: ClientDatabase, count: number): Promise<SearchTimes> {
  await migrate(database);
  const keys = await database.transaction((sql) =>
    Array.from({ length: conversations }, (_, at) => addConversation(sql, at)),
  );
  const random = createRandom();
  const startMs = performance.now();
  for (let at = 0; at < count; at += perTransaction) {
    await database.transaction((sql) => {
      for (let order = at + 1; order <= Math.min(count, at + perTransaction); order++) {
        insertMessage(sql, keys[order % conversations] ?? keys[0]!, {
          order,
          messageId: order.toString(16).padStart(32, '0') as TransactionId,
          senderId: account,
          senderDevice: '03'.repeat(16) as DeviceId,
          sentAtMs: firstTimeMs + order * 60_000,
          state: 'received',
          bodyKind: 'text',
          detail: Array.from({ length: 3 + Math.floor(random() * 14) }, () => word(random)).join(' '),
        });
      }
    });
  }
  const storedPerSecond = (count / (performance.now() - startMs)) * 1000;

  const times: number[] = [];
  for (const [text, conversation] of typed(random)) {
    const query = parseSearch(text);
    const expression = matchExpression(query, 'text');
    if (expression === null) continue;
    const scope = conversation ? (keys[7] ?? null) : null;
    let fastest = Number.POSITIVE_INFINITY;
    for (let run = 0; run < runs; run++) {
      const began = performance.now();
      const rows = database.read((sql) =>
        searchMessages(sql, expression, { conversation: scope, before: Number.MAX_SAFE_INTEGER, limit: 31 }),
      );
      for (const row of rows) foundRanges(query, row.detail);
      fastest = Math.min(fastest, performance.now() - began);
    }
    times.push(fastest);
  }
  const scanBegan = performance.now();
  database.read((sql) =>
    sql.all(`SELECT * FROM message WHERE detail LIKE ? ORDER BY sent_at_ms DESC LIMIT 31`, '%unfindable%'),
  );
  const scanMs = performance.now() - scanBegan;
  times.sort((a, b) => a - b);
  return { slowestMs: times.at(-1) ?? 0, medianMs: times[times.length >> 1] ?? 0, scanMs, storedPerSecond };
}

/** Each query letter by letter, in everything and in one conversation. */
function* typed(random: () => number): Iterable<[text: string, inOne: boolean]> {
  const one = `${word(random)} ${word(random)}`;
  for (const whole of [one, 'a e i o u', '"ba ca', 'unfindable', 'ba "ce di" fo', word(() => 0.999)]) {
    for (let length = 1; length <= whole.length; length++) {
      yield [whole.slice(0, length), false];
      yield [whole.slice(0, length), true];
    }
  }
}

function addConversation(sql: Sql, at: number) {
  const conversationId = at.toString(16).padStart(32, '0') as ConversationId;
  return insertConversation(sql, {
    conversationId,
    logId: null,
    peerId: account,
    state: 'ready',
    lastActivityMs: 0,
  }).key;
}

/** A made-up word, the short ones by far the most frequent. */
function word(random: () => number): string {
  let number = Math.floor(vocabulary * random() ** 3) + 5;
  let made = '';
  do {
    made += 'bcdfghlmnprstvw'.charAt(number % 15) + 'aeiou'.charAt(Math.floor(number / 15) % 5);
    number = Math.floor(number / 75);
  } while (number > 0);
  return made;
}

function createRandom(): () => number {
  let state = 12_345;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}
