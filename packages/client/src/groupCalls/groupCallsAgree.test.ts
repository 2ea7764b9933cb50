/** Whatever stands in the log, every device comes to the same; also one that is told by a roster (spec/groupCalls.md). */
import { loadNodeProvider } from '@sotto/primitives/node';
import {
  type AccountId,
  type CallId,
  type ConversationId,
  type DeviceId,
  limits,
  type TransactionId,
} from '@sotto/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConversationRow,
  findConversation,
  insertConversation,
} from '../conversations/conversationTable.ts';
import { migrate } from '../database/migrate.ts';
import { Changes } from '../device/changes.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { decodeContent } from '../messages/content.ts';
import { waitingCalls } from '../outbox/outboxTable.ts';
import type { ClientDatabase } from '../ports.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { applySaid, sayToGroup } from './applyGroupCall.ts';
import { readGroupLine } from './groupCallLine.ts';
import type { GroupCallMessage } from './groupCallMessage.ts';
import { type GroupCallState, newGroupCall, type SaidIn } from './groupCallState.ts';
import { findGroupCall, openGroupCalls } from './groupCallTable.ts';
import { leaveIn } from './leaveIn.ts';
import { reduceGroupCall, reduceStart } from './reduceGroupCall.ts';

const provider = await loadNodeProvider();
const id = (text: string): string => text.repeat(16);
const startMs = 1_700_000_000_000;
const accounts = ['a0', 'b0', 'c0'].map((text) => id(text) as AccountId);
const devices = [
  { accountId: accounts[0]!, deviceId: id('a1') as DeviceId },
  { accountId: accounts[0]!, deviceId: id('a2') as DeviceId },
  { accountId: accounts[1]!, deviceId: id('b1') as DeviceId },
  { accountId: accounts[2]!, deviceId: id('c1') as DeviceId },
] as const;
/** The first is the owner. */
const rankOf = (accountId: AccountId): number => (accountId === accounts[0] ? 2 : 0);
const callIds = [id('e1') as CallId, id('e2') as CallId] as const;
const joins = ['d1', 'd2', 'd3', 'd4'].map((byte) => byte.repeat(8));
const media = { isMuted: false, hasCamera: false, isSharing: false, isHandRaised: false, isAudience: false };

const callId = fc.constantFrom(...callIds);
const joinId = fc.constantFrom(...joins);
const number = fc.integer({ min: 0, max: 2 });
const message: fc.Arbitrary<GroupCallMessage> = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), callId, hasVideo: fc.boolean(), rings: fc.boolean() }),
  fc.record({
    kind: fc.constant('join' as const),
    callId,
    joinId,
    shareKey: fc.constant('77'.repeat(32)),
    media: fc.record({ ...mapped(media) }),
    wantsRoster: fc.constant(false),
  }),
  fc.record({
    kind: fc.constant('keys' as const),
    callId,
    joinId,
    generation: number,
    step: number,
    check: fc.constant('99'.repeat(16)),
    shares: fc.array(fc.record({ ordinal: fc.nat(4), shared: fc.constant('88'.repeat(80)) }), {
      maxLength: 3,
    }),
    roster: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('state' as const),
    callId,
    joinId,
    revision: fc.integer({ min: 1, max: 4 }),
    media: fc.record({ ...mapped(media) }),
  }),
  fc.record({ kind: fc.constant('leave' as const), callId, joinId }),
  fc.record({
    kind: fc.constant('control' as const),
    callId,
    control: fc.oneof(
      fc.record({ kind: fc.constant('lowerHand' as const), joinId }),
      fc.record({ kind: fc.constant('remove' as const), accountId: fc.constantFrom(...accounts) }),
      fc.record({ kind: fc.constant('lock' as const), on: fc.boolean() }),
      fc.record({ kind: fc.constant('askMute' as const), joinId }),
      fc.constant({ kind: 'endForAll' as const }),
    ),
  }),
  fc.record({
    kind: fc.constant('end' as const),
    callId,
    startedBy: fc.constantFrom(...accounts),
    startSeq: fc.nat(9),
    hasVideo: fc.boolean(),
    durationMs: fc.constantFrom(0, 5_000),
    peopleCount: fc.nat(4),
    rang: fc.boolean(),
  }),
);

function mapped(flags: typeof media): { [Name in keyof typeof media]: fc.Arbitrary<boolean> } {
  return Object.fromEntries(Object.keys(flags).map((name) => [name, fc.boolean()])) as ReturnType<
    typeof mapped
  >;
}

const entry = fc.record({
  message,
  sender: fc.constantFrom(...devices),
  // Also times that go back, as a server's clock may.
  passedMs: fc.constantFrom(-1_000, 0, 500, 30_000, limits.groupCallEmptyMs + 1),
});
type Entry = typeof entry extends fc.Arbitrary<infer One> ? One : never;
const started = entry.map((one) => ({
  ...one,
  message: { kind: 'start' as const, callId: one.message.callId, hasVideo: true, rings: true },
}));

function saidIn(one: Entry, seq: number, atMs: number): SaidIn {
  const { control } = one.message.kind === 'control' ? one.message : { control: null };
  return {
    seq,
    atMs,
    sender: one.sender,
    rank: rankOf(one.sender.accountId),
    targetRank: rankOf(control?.kind === 'remove' ? control.accountId : one.sender.accountId),
    mayStart: true,
    mayRing: true,
    exported: '66'.repeat(32),
    timerSeconds: 0,
  };
}

function timed(entries: readonly Entry[]): { readonly one: Entry; readonly said: SaidIn }[] {
  let atMs = startMs;
  return entries.map((one, index) => {
    atMs += one.passedMs;
    return { one, said: saidIn(one, index + 1, atMs) };
  });
}

async function place(): Promise<{ database: ClientDatabase; row: ConversationRow }> {
  const database = new TestDisk().open();
  await migrate(database);
  const conversationId = id('f0') as ConversationId;
  await database.transaction((sql) =>
    insertConversation(sql, {
      conversationId,
      logId: conversationId,
      peerId: null,
      state: 'ready',
      lastActivityMs: 0,
    }),
  );
  return { database, row: database.read((sql) => findConversation(sql, conversationId))! };
}

/** What every device has to know alike. */
const common = ({ phase, beginning, log, over }: GroupCallState) => ({ phase, beginning, log, over });

it('of calls whose start nobody read no more are kept than there can be rooms', async () => {
  const { database, row } = await place();
  const device = { self: devices[0], clock: { now: () => startMs }, provider } as unknown as DeviceContext;
  await database.transaction((sql) => {
    for (let at = 1; at <= 50; at += 1) {
      const scene = { device, sql, changes: new Changes(), row };
      const callId = at.toString(16).padStart(32, '0') as CallId;
      const leave: Entry = {
        message: { kind: 'leave', callId, joinId: joins[0]! },
        sender: devices[3],
        passedMs: 0,
      };
      const parts = { id: id('00') as TransactionId, deadline: () => null };
      applySaid(scene, leave.message, saidIn(leave, at, startMs), parts);
    }
  });
  expect(database.read(openGroupCalls)).toHaveLength(limits.callRoomsPerConversation);
});

it('who leaves with a new join unsaid is out of the call with the one before it', async () => {
  const { database, row } = await place();
  const serverClock = { nowMs: () => startMs };
  const clock = { now: () => startMs };
  const device = { self: devices[2], clock, serverClock, provider } as unknown as DeviceContext;
  const call = callIds[0];
  const join = (joinId: string) =>
    ({
      kind: 'join',
      callId: call,
      joinId,
      shareKey: '77'.repeat(32),
      media,
      wantsRoster: false,
    }) as const;
  const said = await database.transaction((sql) => {
    const scene = { device, sql, changes: new Changes(), row };
    const parts = { id: id('00') as TransactionId, deadline: () => null };
    const log: readonly [GroupCallMessage, Entry['sender']][] = [
      [{ kind: 'start', callId: call, hasVideo: true, rings: true }, devices[0]],
      [join(joins[0]!), devices[0]],
      [join(joins[1]!), devices[2]],
    ];
    for (const [at, [one, sender]] of log.entries()) {
      applySaid(scene, one, saidIn({ message: one, sender, passedMs: 0 }, at + 1, startMs), parts);
    }
    // Its page was loaded anew.
    const own = { state: 'asking', joinId: joins[2]! } as NonNullable<GroupCallState['own']>;
    const state = { ...findGroupCall(sql, call)!.state, own };
    sayToGroup(scene, row.key, join(joins[2]!));
    leaveIn(scene, state, startMs);
    return waitingCalls(sql, row.key).map(({ content }) => decodeContent(content));
  });
  const leave = { kind: 'leave', callId: call, joinId: joins[1] };
  expect(said).toMatchObject([{ kind: 'groupCall', message: leave }]);
});

describe('any log', () => {
  it('comes to the same calls and lines on every device', async () => {
    const places = await Promise.all(devices.map(place));
    await fc.assert(
      fc.asyncProperty(started, fc.array(entry, { maxLength: 24 }), async (first, later) => {
        const entries = timed([first, ...later]);
        const results = [];
        for (const [at, { database, row }] of places.entries()) {
          const clock = { now: () => startMs };
          const serverClock = { nowMs: () => startMs };
          const device = { self: devices[at]!, clock, serverClock, provider } as unknown as DeviceContext;
          await database.transaction((sql) => {
            sql.run('DELETE FROM message');
            sql.run('DELETE FROM group_call');
            sql.run('DELETE FROM outbox');
          });
          // As they come: some at once, some by themselves.
          await database.transaction((sql) => {
            for (const { one, said } of entries) {
              const scene = { device, sql, changes: new Changes(), row };
              const transactionId = said.seq.toString(16).padStart(32, '0') as TransactionId;
              applySaid(scene, one.message, said, { id: transactionId, deadline: () => null });
            }
          });
          results.push(
            database.read((sql) =>
              callIds.map((one) => {
                const found = findGroupCall(sql, one);
                const { isMissed: _, ...line } = readGroupLine(sql, row.key, one) ?? { isMissed: false };
                return { state: found === null ? null : common(found.state), line };
              }),
            ),
          );
        }
        for (const other of results) expect(other).toEqual(results[0]);
      }),
      { numRuns: 150 },
    );
  });

  it('comes to the same on a device that came in the middle and was told the roster', () => {
    const [host, , joiner, late] = devices;
    let compared = 0;
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 16 }),
        fc.array(entry, { maxLength: 8 }),
        fc.nat(8),
        (before, between, missedCount) => {
          const call = callIds[0];
          const of = (one: Entry): Entry => ({
            ...one,
            passedMs: Math.min(one.passedMs, 500),
            message: { ...one.message, callId: call },
          });
          const said = (kind: GroupCallMessage, sender: Entry['sender']): Entry => ({
            message: kind,
            sender,
            passedMs: 0,
          });
          const start = { kind: 'start', callId: call, hasVideo: true, rings: false } as const;
          const join = (who: string) =>
            ({
              kind: 'join',
              callId: call,
              joinId: who,
              shareKey: '77'.repeat(32),
              media,
              wantsRoster: true,
            }) as const;
          const begun = [said(start, host), said(join('0a'.repeat(8)), host)];
          const told = [...before.map(of), said(join('0b'.repeat(8)), late)];
          const entries = timed([...begun, ...told, ...between.map(of)]);
          const read = (state: GroupCallState, from: typeof entries, self: Entry['sender']): GroupCallState =>
            from.reduce(
              (now, { one, said: at }) => reduceGroupCall(now, one.message, at, self) ?? now,
              state,
            );
          const whole = reduceStart(start, entries[0]!.said, null);
          const upTo = begun.length + told.length;
          const steward = read(whole, entries.slice(1, upTo), host);
          const { log, beginning } = steward;
          if (log === null || beginning === null || log.nextOrdinal > 4) return;
          const { emptySinceMs: _, movedTo: __, ...roster } = log;
          const next = { generation: (log.keys?.generation ?? -1) + 1, step: 0 };
          const keys: GroupCallMessage = {
            kind: 'keys',
            callId: call,
            joinId: '0a'.repeat(8),
            ...next,
            check: '99'.repeat(16),
            shares: [],
            roster: { ...roster, upToSeq: upTo, start: beginning },
          };
          const last = { ...saidIn(said(keys, host), entries.length + 1, entries.at(-1)!.said.atMs) };
          const all = read(whole, entries.slice(1), joiner);
          // It reads from somewhere before its own join on.
          const fromSeq = Math.min(begun.length + Math.min(missedCount, told.length - 1), upTo - 1);
          const part = read(newGroupCall(call), entries.slice(fromSeq), late);
          const adopted = reduceGroupCall(part, keys, last, late) ?? part;
          const known = reduceGroupCall(all, keys, last, joiner) ?? all;
          if (part.phase === 'over' || known.phase === 'over' || all.log?.movedTo) return;
          compared += Number(known.log !== all.log);
          expect(adopted.log).toEqual(known.log);
        },
      ),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(10);
  });
});
