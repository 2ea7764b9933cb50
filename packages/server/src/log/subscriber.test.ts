import { fromBinary } from '@bufbuild/protobuf';
import { type ConversationId, type DeviceId, ServerFrameSchema } from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Appended, EntryRange, LogKey, StoredEntry } from '../store/store.ts';
import { ManualClock, settle } from '../testing/manualClock.ts';
import { randomId } from '../testing/testClient.ts';
import { FanOut } from './fanOut.ts';
import { Subscriber, stuckAfterMs } from './subscriber.ts';

const log: LogKey = { kind: 'conversation', id: randomId<ConversationId>() };
const deviceId = randomId<DeviceId>();

/** A log in memory whose reads are answered when the test says so, from what was there when they began. */
class SlowLog {
  readonly entries: StoredEntry[] = [];
  #reads: (() => void)[] = [];

  append(count: number, sizeBytes: number, removed: readonly DeviceId[] = []): Appended[] {
    return Array.from({ length: count }, (_, i) => {
      const seq = this.entries.length + 1;
      const bytes = Buffer.alloc(sizeBytes, ' ');
      bytes.write(String(seq));
      this.entries.push({ seq, bytes });
      return { log, seq, bytes, isWhole: true, removed: i === count - 1 ? removed : [] };
    });
  }

  readEntries(
    _log: LogKey,
    { afterSeq, throughSeq, maxEntries, maxSizeBytes }: EntryRange,
  ): Promise<StoredEntry[]> {
    const page = this.entries.slice(afterSeq, throughSeq).slice(0, maxEntries);
    const sizesBytes = page.map((_, i) =>
      page.slice(0, i + 1).reduce((sum, { bytes }) => sum + bytes.length, 0),
    );
    const found = page.filter((_, i) => i === 0 || sizesBytes[i]! <= maxSizeBytes);
    return new Promise((resolve) => this.#reads.push(() => resolve(found)));
  }

  answerReads(): void {
    const reads = this.#reads;
    this.#reads = [];
    for (const answer of reads) answer();
  }
}

function createReader() {
  const clock = new ManualClock();
  const slowLog = new SlowLog();
  const fanOut = new FanOut();
  const seen: number[] = [];
  const state = { buffered: 0, stuck: false };
  const peer = {
    send(frame: Uint8Array) {
      const { kind } = fromBinary(ServerFrameSchema, frame);
      if (kind.case !== 'push' || kind.value.kind.case !== 'entries')
        throw new Error('not a push of entries');
      for (const bytes of kind.value.kind.value.entries)
        seen.push(Number.parseInt(Buffer.from(bytes).toString(), 10));
      state.buffered += frame.length;
    },
    close() {},
    bufferedBytes: () => state.buffered,
  };
  const subscriber = new Subscriber(deviceId, { store: slowLog, fanOut, clock, peer }, () => {
    state.stuck = true;
  });
  const readable = (throughSeq: number | null = null) => ({
    headSeq: slowLog.entries.length,
    afterSeq: 0,
    throughSeq,
  });
  return { clock, slowLog, fanOut, seen, state, subscriber, readable };
}

function range(from: number, through: number): number[] {
  return Array.from({ length: Math.max(0, through - from + 1) }, (_, i) => from + i);
}

const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('append'), count: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('bigAppend'), count: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('answerReads') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drain') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resubscribe') }) },
);

describe('Subscriber', () => {
  it('sends every entry once, in order, under any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 600 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(action, { maxLength: 30 }),
        async (before, fraction, actions) => {
          const { clock, slowLog, fanOut, seen, state, subscriber, readable } = createReader();
          slowLog.append(before, 40);
          let cursor = Math.floor(before * fraction);
          const start = cursor;
          const waiting = subscriber.prepare(log, cursor);
          fanOut.publish(slowLog.append(3, 40)); // between the registration and the answer
          subscriber.begin(waiting, readable());
          let runs: number[][] = [];
          for (const { kind, count = 0 } of actions as { kind: string; count?: number }[]) {
            if (kind === 'append') fanOut.publish(slowLog.append(count, 40));
            if (kind === 'bigAppend') fanOut.publish(slowLog.append(count, 90_000));
            if (kind === 'answerReads') slowLog.answerReads();
            if (kind === 'drain') state.buffered = 0;
            if (kind === 'wait') clock.advance(50);
            if (kind === 'resubscribe') {
              cursor = seen.at(-1) ?? cursor;
              runs = [...runs, seen.splice(0)];
              subscriber.begin(subscriber.prepare(log, cursor), readable());
            }
            await settle();
          }
          for (let i = 0; i < 400 && (seen.at(-1) ?? cursor) < slowLog.entries.length; i += 1) {
            state.buffered = 0;
            clock.advance(50);
            slowLog.answerReads();
            await settle();
          }
          expect([...runs.flat(), ...seen]).toEqual(range(start + 1, slowLog.entries.length));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('streams from memory once it has caught up, without reading the store', async () => {
    const { slowLog, fanOut, seen, subscriber, readable } = createReader();
    slowLog.append(2, 40);
    const subscription = subscriber.prepare(log, 0);
    subscriber.begin(subscription, readable());
    expect(subscription.phase).toBe('backfill');
    fanOut.publish(slowLog.append(1, 40));
    slowLog.answerReads();
    await settle();
    expect(subscription.phase).toBe('cutover');
    slowLog.answerReads();
    await settle();
    expect(subscription.phase).toBe('streaming');
    fanOut.publish(slowLog.append(2, 40));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('sends a removed device everything up to its removal and nothing after', async () => {
    const { slowLog, fanOut, seen, subscriber, readable } = createReader();
    subscriber.begin(subscriber.prepare(log, 0), readable());
    fanOut.publish([
      ...slowLog.append(1, 40),
      ...slowLog.append(1, 40, [deviceId]),
      ...slowLog.append(2, 40),
    ]);
    slowLog.answerReads();
    await settle();
    fanOut.publish(slowLog.append(1, 40));
    slowLog.answerReads();
    await settle();
    expect(seen).toEqual([1, 2]);
    expect(subscriber.count).toBe(0);
  });

  it('gives a device that was removed before what it may still read', async () => {
    const { slowLog, seen, subscriber, readable } = createReader();
    slowLog.append(5, 40);
    subscriber.begin(subscriber.prepare(log, 1), readable(3));
    slowLog.answerReads();
    await settle();
    expect(seen).toEqual([2, 3]);
    expect(subscriber.count).toBe(0);
  });

  it('queues no more than its bound for a slow reader, and lets a stuck one go', async () => {
    const { clock, slowLog, fanOut, state, subscriber, readable } = createReader();
    slowLog.append(600, 30_000);
    subscriber.begin(subscriber.prepare(log, 0), readable());
    for (let i = 0; i < 20; i += 1) {
      slowLog.answerReads();
      await settle();
      fanOut.publish(slowLog.append(1, 30_000));
    }
    expect(state.buffered).toBeLessThan(2 * 1024 * 1024);
    clock.advance(stuckAfterMs + 1000);
    expect(state.stuck).toBe(true);
  });

  it('skips what was deleted and goes on', async () => {
    const { slowLog, fanOut, seen, subscriber, readable } = createReader();
    slowLog.append(3, 40);
    const { readEntries } = slowLog;
    slowLog.readEntries = () => Promise.resolve([]);
    subscriber.begin(subscriber.prepare(log, 0), readable());
    await settle();
    slowLog.readEntries = readEntries;
    fanOut.publish(slowLog.append(1, 40));
    expect(seen).toEqual([4]);
  });
});

it('few inboxes are read at once, the others as these are taken, and none that is over', async () => {
  const clock = new ManualClock();
  const fanOut = new FanOut();
  const page = Buffer.alloc(1_500_000, ' ');
  let reads = 0;
  const store = {
    readEntries: async () => {
      reads += 1;
      return [{ seq: 1, bytes: page }];
    },
  };
  const readers = Array.from({ length: 40 }, () => {
    const state = { buffered: 0, received: 0 };
    const peer = {
      send(frame: Uint8Array) {
        state.buffered += frame.length;
        state.received += 1;
      },
      close() {},
      bufferedBytes: () => state.buffered,
    };
    const id = randomId<DeviceId>();
    const subscriber = new Subscriber(id, { store, fanOut, clock, peer }, () => {});
    const subscription = subscriber.prepare({ kind: 'inbox', id }, 0);
    return { state, subscriber, subscription };
  });
  const readable = { headSeq: 1, afterSeq: 0, throughSeq: null };
  for (const { subscriber, subscription } of readers) subscriber.begin(subscription, readable);
  await settle();
  expect(reads).toBe(16);
  readers.at(-1)!.subscriber.close();
  for (const { state } of readers.slice(0, 5)) state.buffered = 0;
  clock.advance(50);
  await settle();
  expect(reads).toBe(21);
  // Who does not read keeps the others waiting for two seconds and no longer.
  clock.advance(2000);
  await settle();
  expect(reads).toBe(37);
  clock.advance(2100);
  await settle();
  expect(reads).toBe(39);
  expect(readers.map(({ state }) => state.received)).toEqual([...Array(39).fill(1), 0]);
});
