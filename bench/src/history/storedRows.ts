import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idToBytes } from '@sotto/protocol';
import { openDatabase, SqliteStore, systemClock } from '@sotto/server';
import type { Row } from '../row.ts';
import { populate } from '../server/population.ts';

/** Of a text of 100 bytes, as `protectMessage` makes them: body, live wrap, kept wrap (spec/envelope.md). */
const bodySizeBytes = 304;
const liveSizeBytes = 210;
const keptSizeBytes = { nonce: 24, sealed: 48 };
const messages = 4000;

/**
 * What the server's disk takes for a message, by number of devices in the group: the database's growth over 4,000 of
 * them. Beside it, computed and
 * not measured: what one copy for each device but the sender's would take.
 */
export async function* storedRows(): AsyncIterable<Row> {
  for (const devices of [2, 32, 256]) {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-bench-'));
    try {
      const value = await storedPerMessage(folder, devices);
      const peer = value * (devices - 1);
      yield {
        suite: 'history',
        name: `Server: stored per message, ${devices} devices (beside one copy each)`,
        value,
        unit: 'bytes',
        peer,
        ratio: value / peer,
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

async function storedPerMessage(folder: string, devices: number): Promise<number> {
  const [group] = await populate(folder, 1, devices - 1);
  const opened = openDatabase(join(folder, 'sotto.db'));
  if (opened.kind === 'refused') throw new Error(opened.sentence);
  const { database } = opened;
  const store = new SqliteStore({ database, defer: systemClock.defer });
  const pages = () => Number(database.prepare('PRAGMA page_count').get()?.page_count);
  const pageSizeBytes = Number(database.prepare('PRAGMA page_size').get()?.page_size);
  const bytes = (size: number) => crypto.getRandomValues(new Uint8Array(size));
  const before = pages();
  for (let sent = 0; sent < messages; sent += 200) {
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, () =>
        store.append({
          conversationId: group!.conversationId,
          sender: group!.sender,
          transactionId: bytes(idToBytes(group!.conversationId).length),
          nowMs: Date.now(),
          epoch: 1n,
          content: {
            kind: 'message',
            body: bytes(bodySizeBytes),
            live: bytes(liveSizeBytes),
            kept: { nonce: bytes(keptSizeBytes.nonce), sealed: bytes(keptSizeBytes.sealed) },
            passing: false,
            blobIds: [],
          },
        }),
      ),
    );
    if (outcomes.some(({ kind }) => kind === 'refused')) throw new Error('An append was refused.');
  }
  const grown = pages() - before;
  await store.close();
  return (grown * pageSizeBytes) / messages;
}
