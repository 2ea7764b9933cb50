import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openDatabase, SqliteStore, systemClock } from '@sotto/server';
import type { BenchOptions, Row } from '../row.ts';
import { type Group, populate } from '../server/population.ts';
import { bodySizeBytes, liveSizeBytes } from '../server/sizes.ts';
import { withFolder } from './folder.ts';
import { quantile } from './rows.ts';

const appendedAtOnce = 500;
/** As the server does it. */
const letGoAtOnce = 100;
const quietAppends = 400;
const appendAimMs = 50;

/** Passing entries that every device has, all at once: what letting them go takes, and what messages meanwhile notice. */
export async function* serverRows({ quick }: BenchOptions): AsyncIterable<Row> {
  const count = quick ? 10_000 : 100_000;
  const { batchMs, quietMs, busyMs } = await withFolder(async (folder) => {
    const [group] = await populate(folder, 1, 1);
    const opened = openDatabase(join(folder, 'sotto.db'));
    if (opened.kind === 'refused') throw new Error(opened.sentence);
    const store = new SqliteStore({ database: opened.database, defer: systemClock.defer });
    try {
      return await measure(store, group!, count);
    } finally {
      await store.close();
    }
  });
  const row = { suite: 'disappearing', unit: 'ms' } as const;
  const what = `Server: ${count.toLocaleString('en')} messages let go`;
  yield { ...row, name: `${what}, all`, value: batchMs.reduce((sum, ms) => sum + ms, 0) };
  yield { ...row, name: `${what}, ${letGoAtOnce} of them, p50`, value: quantile(batchMs, 0.5) };
  const [quiet, busy] = [quantile(quietMs, 0.99), quantile(busyMs, 0.99)];
  yield {
    ...row,
    name: `${what}, another stored meanwhile, p99`,
    value: busy,
    floor: quiet,
    ratio: busy / quiet,
    aim: `<= ${appendAimMs} ms, or twice the floor`,
    holds: busy <= Math.max(appendAimMs, 2 * quiet),
  };
}

/** Milliseconds. */
interface LettingGo {
  readonly batchMs: readonly number[];
  /** Of storing a message, before and meanwhile. */
  readonly quietMs: readonly number[];
  readonly busyMs: readonly number[];
}

async function measure(
  store: SqliteStore,
  { conversationId, sender, receivers }: Group,
  count: number,
): Promise<LettingGo> {
  const append = async (passing: boolean): Promise<number> => {
    const outcome = await store.append({
      conversationId,
      sender,
      transactionId: randomBytes(16),
      nowMs: Date.now(),
      epoch: 1n,
      content: {
        kind: 'message',
        body: randomBytes(bodySizeBytes),
        live: randomBytes(liveSizeBytes),
        kept: null,
        passing,
        blobIds: [],
      },
    });
    if (outcome.kind === 'refused') throw new Error(outcome.error.code);
    return outcome.value.seq;
  };
  const timed = async (): Promise<number> => {
    const begunMs = performance.now();
    await append(false);
    return performance.now() - begunMs;
  };
  let seq = 0;
  for (let at = 0; at < count; at += appendedAtOnce) {
    const seqs = await Promise.all(Array.from({ length: appendedAtOnce }, () => append(true)));
    seq = seqs.at(-1)!;
  }
  const quietMs: number[] = [];
  while (quietMs.length < quietAppends) quietMs.push(await timed());
  const log = { kind: 'conversation', id: conversationId } as const;
  for (const { deviceId } of [sender, ...receivers]) await store.acknowledge(deviceId, [{ log, seq }]);

  const batchMs: number[] = [];
  const busyMs: number[] = [];
  let isGone = false;
  const storing = (async () => {
    while (!isGone) busyMs.push(await timed());
  })();
  while (!isGone) {
    const begunMs = performance.now();
    isGone = (await store.letPassingGo(Date.now(), letGoAtOnce)) < letGoAtOnce;
    if (!isGone) batchMs.push(performance.now() - begunMs);
  }
  await storing;
  if (batchMs.length !== count / letGoAtOnce) throw new Error('Not all were let go.');
  return { batchMs, quietMs, busyMs };
}
