/** Whatever stands in the log, every device of both accounts comes to the same (spec/calls.md, "The log decides"). */
import { loadNodeProvider } from '@sotto/primitives/node';
import { type AccountId, type CallId, type ConversationId, type DeviceId, limits } from '@sotto/protocol';
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
import type { ClientDatabase, Sql } from '../ports.ts';
import { descriptionOf } from '../testing/callHolder.ts';
import { TestDisk } from '../testing/faultyDatabase.ts';
import { applyReceived } from './applyCall.ts';
import { readLine } from './callLine.ts';
import type { CallMessage } from './callMessage.ts';
import { type CallState, newCall, type OwnPart } from './callState.ts';
import { findCall, storeCall } from './callTable.ts';

const provider = await loadNodeProvider();
const id = (text: string): string => text.repeat(16);
const anna = id('a0') as AccountId;
const ben = id('b0') as AccountId;
const devices = [
  { accountId: anna, deviceId: id('a1') as DeviceId },
  { accountId: anna, deviceId: id('a2') as DeviceId },
  { accountId: ben, deviceId: id('b1') as DeviceId },
  { accountId: ben, deviceId: id('b2') as DeviceId },
] as const;
const callIds = [id('c1') as CallId, id('c2') as CallId] as const;
const secrets = ['01', '02'].map((byte) => byte.repeat(32));
const commitments = secrets.map((secret) => provider.sha256(Uint8Array.fromHex(secret)).toHex());
const joins = ['d1', 'd2', 'd3'].map((byte) => byte.repeat(8));
const sdp = fc.constantFrom(descriptionOf('one'), descriptionOf('two'));

const callId = fc.constantFrom(...callIds);
const joinId = fc.constantFrom(...joins);
const message: fc.Arbitrary<CallMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('invite' as const),
    callId,
    joinId,
    commitment: fc.constantFrom(...commitments),
    offer: sdp,
    hasVideo: fc.boolean(),
    relayTag: fc.constant('ee'.repeat(16)),
  }),
  fc.record({
    kind: fc.constant('answer' as const),
    callId,
    joinId,
    secret: fc.constantFrom(...secrets),
    answer: sdp,
    hasVideo: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('confirm' as const),
    callId,
    secret: fc.constantFrom(...secrets),
    deviceId: fc.constantFrom(...devices.map(({ deviceId }) => deviceId)),
    joinId,
  }),
  fc.record({
    kind: fc.constant('update' as const),
    callId,
    joinId,
    toJoinId: fc.constantFrom('', ...joins),
    revision: fc.integer({ min: 1, max: 4 }),
    description: fc.option(fc.record({ type: fc.constantFrom('offer' as const, 'answer' as const), sdp })),
    candidates: fc.constant([]),
    media: fc.constant(null),
    video: fc.constantFrom(null, 'asked' as const, 'accepted' as const, 'declined' as const),
  }),
  fc.record({
    kind: fc.constant('end' as const),
    callId,
    outcome: fc.constantFrom(
      ...(['answered', 'unanswered', 'cancelled', 'declined', 'busy', 'failed'] as const),
    ),
    hasVideo: fc.boolean(),
    durationMs: fc.constantFrom(0, 5_000, Number.MAX_SAFE_INTEGER),
    callerId: fc.constantFrom(anna, ben),
    inviteSeq: fc.nat(9),
  }),
);
const entry = fc.record({
  message,
  sender: fc.constantFrom(...devices),
  // Also times that go back, as a server's clock may.
  passedMs: fc.constantFrom(-1_000, 0, 500, 30_000, 61_000, limits.callLifetimeMs),
});

function deviceOf(at: number) {
  const clock = { now: () => 1_700_000_000_000 };
  return { self: devices[at]!, clock, provider } as unknown as DeviceContext;
}

async function place(at: number): Promise<{ database: ClientDatabase; row: ConversationRow }> {
  const database = new TestDisk().open();
  await migrate(database);
  const conversationId = id('f0') as ConversationId;
  await database.transaction((sql) =>
    insertConversation(sql, {
      conversationId,
      logId: conversationId,
      peerId: devices[at]!.accountId === anna ? ben : anna,
      state: 'ready',
      lastActivityMs: 0,
    } as Parameters<typeof insertConversation>[1]),
  );
  return { database, row: database.read((sql) => findConversation(sql, conversationId))! };
}

const ownPart = (role: OwnPart['role'], secret: string): OwnPart => ({
  role,
  state: role === 'caller' ? 'in' : 'asking',
  secret,
  joinId: joins[0]!,
  joinNumber: 0,
  revision: 0,
  frameKey: '',
  updateIds: [],
  sealedKeys: [],
  sealedFor: '',
});

const invited = entry.filter((one) => one.message.kind === 'invite');
type Entry = typeof entry extends fc.Arbitrary<infer One> ? One : never;

const isOwnAsk =
  (deviceId: DeviceId) =>
  ({ message: { kind }, sender }: Entry): boolean =>
    sender.deviceId === deviceId && (kind === 'invite' || kind === 'answer');

function ask(sql: Sql, { key }: ConversationRow, said: CallMessage): void {
  const known = findCall(sql, said.callId)?.state ?? null;
  if (said.kind === 'invite' && known === null) {
    const own = ownPart('caller', secrets[0]!);
    storeCall(sql, key, { ...newCall(said.callId, said.relayTag), phase: 'inviting', own }, 0);
  }
  if (said.kind === 'answer' && known?.phase === 'ringing' && known.own === null) {
    storeCall(sql, key, { ...known, own: ownPart('answerer', said.secret) }, 0);
  }
}

/** What every device has to know alike. */
function common({ phase, caller, answerer, over, hasVideo, answeredAtMs }: CallState) {
  // Which of the account's devices is to blame is each device's own view.
  const overOf =
    over === null ? null : over.kind === 'joinOther' || over.kind === 'answeredElsewhere' ? 'none' : over;
  return { phase, caller, answerer, over: overOf, hasVideo, answeredAtMs };
}

describe('any log', () => {
  it('comes to the same calls and lines on every device', async () => {
    const places = await Promise.all([...devices.keys()].map(place));
    await fc.assert(
      fc.asyncProperty(invited, fc.array(entry, { maxLength: 12 }), async (first, later) => {
        const entries = [first, ...later];
        const results = [];
        for (const [at, { database, row }] of places.entries()) {
          await database.transaction((sql) => {
            sql.run('DELETE FROM message');
            sql.run('DELETE FROM call');
            sql.run('DELETE FROM outbox');
          });
          const device = deviceOf(at);
          let atMs = 1_700_000_000_000;
          for (const [index, one] of entries.entries()) {
            atMs += one.passedMs;
            const acceptedAtMs = atMs;
            await database.transaction((sql) => {
              // What this device is about to send it has stored before.
              const wants = entries.slice(index).find(isOwnAsk(device.self.deviceId));
              if (wants !== undefined) ask(sql, row, wants.message);
              applyReceived(
                { device, sql, changes: new Changes(), row },
                {
                  message: one.message,
                  sender: one.sender,
                  exported: one.message.kind === 'answer' ? '77'.repeat(32) : null,
                  timerSeconds: 0,
                  deadline: () => null,
                },
                { seq: index + 1, acceptedAtMs, sender: one.sender },
              );
            });
          }
          results.push(
            database.read((sql) =>
              callIds.map((one) => {
                const found = findCall(sql, one);
                const line = readLine(sql, row.key, one);
                const { isMissed: _, isTaken: __, ...said } = line ?? { isMissed: false, isTaken: false };
                return {
                  state: found === null || found.state.invite === null ? null : common(found.state),
                  line: line === null ? null : said,
                };
              }),
            ),
          );
        }
        for (const other of results) expect(other).toEqual(results[0]);
      }),
      { numRuns: 200 },
    );
  });
});
