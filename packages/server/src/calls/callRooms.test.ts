import { randomBytes } from 'node:crypto';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type CallRoomsPush,
  type ConversationId,
  idToBytes,
  limits,
  SeatAnswerSchema,
  SeatRequestSchema,
} from '@sotto/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { defaultRates, unlimitedRates } from '../rates.ts';
import { openMemoryDatabase } from '../store/sqlite/openDatabase.ts';
import { SqliteStore } from '../store/sqlite/sqliteStore.ts';
import { ManualClock } from '../testing/manualClock.ts';
import { StandInCallEngine } from '../testing/standInEngine.ts';
import {
  commitAdding,
  conversationCursor,
  type TestAccount,
  type TestConnection,
} from '../testing/testClient.ts';
import { converse, startTestServer, type TestServer } from '../testing/testServer.ts';
import { noCallEngine } from './callEngine.ts';

const watch = toBinary(SeatRequestSchema, create(SeatRequestSchema, { kind: { case: 'watch', value: {} } }));

interface Member {
  readonly account: TestAccount;
  readonly connection: TestConnection & { drop(): void };
}

let clock: ManualClock;
let engine: StandInCallEngine;
let server: TestServer;
let ann: Member;
let ben: Member;
let conversationId: ConversationId;

async function start(relays = 1, options: Parameters<typeof startTestServer>[0] = {}) {
  clock = new ManualClock();
  engine = new StandInCallEngine(clock, relays);
  const store = new SqliteStore({
    database: openMemoryDatabase(),
    defer: (run) => void setImmediate(run),
  });
  server = await startTestServer({ clock, callEngine: engine, store, ...options });
  [ann, ben] = [await server.join('ann'), await server.join('ben')];
  conversationId = await converse(ann.connection, ann.account, ben.account);
  for (const { connection } of [ann, ben]) await subscribe(connection);
}
beforeEach(() => start());

async function subscribe(connection: TestConnection, id = conversationId) {
  const answer = await connection.call('subscribe', { logs: [conversationCursor(id)] });
  if (answer.kind === 'refused') throw new Error(answer.error.code);
}

/** Names of one seat: all are drawn where they are left out. */
function seat({ conversation = conversationId, callId = randomBytes(16), joinId = randomBytes(8) } = {}) {
  return { conversationId: idToBytes(conversation), callId, joinId };
}

async function opened({ connection }: Member, names = seat()) {
  const answer = await connection.call('openCallSeat', names);
  if (answer.kind === 'refused') throw new Error(answer.error.code);
  const { ticket, revision } = answer.value;
  return { ...names, ticket, revision };
}

const roomsTold = ({ connection }: Member): CallRoomsPush[] =>
  connection.pushes.flatMap(({ kind }) => (kind.case === 'callRooms' ? [kind.value] : []));
const seatsTold = (member: Member) =>
  roomsTold(member)
    .at(-1)
    ?.rooms.flatMap(({ seats }) => seats) ?? [];
const errorOf = (answer: { kind: string; error?: { code: string; limit: bigint } }) => answer.error?.code;

/** A commit of ann's. */
async function takeOut({ account }: Member) {
  const deviceId = idToBytes(account.devices[0]!.deviceId);
  const removed = [{ accountId: idToBytes(account.accountId), deviceId }];
  const commit = { ...commitAdding([]), entry: { commit: randomBytes(64), removed } };
  await ann.connection.call('append', {
    conversationId: idToBytes(conversationId),
    transactionId: randomBytes(16),
    epoch: 1n,
    kind: { case: 'commit', value: commit },
  });
}

describe('a seat', () => {
  it('makes the room, and the members who read the conversation are told, together, after a quarter of a second', async () => {
    const first = await opened(ann);
    const second = await opened(ben, seat({ callId: first.callId }));
    expect(second.revision).toBe(first.revision);
    clock.advance(249);
    expect([...roomsTold(ann), ...roomsTold(ben)]).toEqual([]);
    clock.advance(1);
    expect(roomsTold(ann)).toHaveLength(1);
    const [{ rooms }] = roomsTold(ben) as [CallRoomsPush];
    expect(rooms).toMatchObject([{ revision: first.revision, openedAtMs: first.revision }]);
    expect(seatsTold(ben).map(({ accountId }) => accountId.toHex())).toEqual([
      ann.account.accountId,
      ben.account.accountId,
    ]);
    expect(Buffer.from(seatsTold(ben)[1]!.joinId)).toEqual(second.joinId);
    expect(server.service.callRooms).toMatchObject({ roomCount: 1, seatCount: 2 });
  });

  it('is told to a device that comes to read the conversation, after the answer', async () => {
    await opened(ann);
    const again = await server.online(ben.account);
    await subscribe(again);
    expect(seatsTold({ account: ben.account, connection: again })).toHaveLength(1);
  });

  it('is the same one when it is opened again, with another ticket; and no other device’s', async () => {
    const first = await opened(ann);
    clock.advance(1);
    const again = await opened(ann, first);
    expect(again.revision).toBe(first.revision);
    expect(again.ticket).not.toEqual(first.ticket);
    const { callId, joinId } = first;
    expect(errorOf(await ben.connection.call('openCallSeat', seat({ callId, joinId })))).toBe('seat_taken');
    await ben.connection.call('closeCallSeat', first);
    await opened(ben, seat({ callId }));
    await ann.connection.call('closeCallSeat', first);
    expect(errorOf(await ben.connection.call('openCallSeat', seat({ callId, joinId })))).toBe('seat_taken');
    await opened(ann, first);
    clock.advance(250);
    expect(seatsTold(ann)).toHaveLength(2);
  });

  it('asks its relay, and hears what that tells it', async () => {
    const { callId, joinId, ticket } = await opened(ann);
    const asked = { conversationId: idToBytes(conversationId), callId, ticket, request: watch };
    const answer = await ann.connection.call('askCallSeat', asked);
    if (answer.kind === 'refused') throw new Error(answer.error.code);
    expect(fromBinary(SeatAnswerSchema, answer.value.answer).kind.case).toBe('watched');
    expect(engine.asked).toMatchObject([{ joinId: joinId.toString('hex') }]);
    const events = (member: Member) =>
      member.connection.pushes.filter(({ kind }) => kind.case === 'callSeatEvent');
    expect(events(ann)).toHaveLength(1);
    expect(events(ben)).toEqual([]);
    ann.connection.drop();
    engine.tellSeat(joinId.toString('hex'));
    const connection = await server.online(ann.account);
    await subscribe(connection);
    expect(events({ ...ann, connection })).toHaveLength(1);
  });

  it('is not asked with a ticket of another, a forged one, or one that is over', async () => {
    const own = await opened(ann);
    const other = await opened(ben, seat({ callId: own.callId }));
    const elsewhere = await opened(ann);
    const ask = (names: typeof own, ticket: Uint8Array, { connection } = ann) =>
      connection.call('askCallSeat', { ...names, ticket, request: watch });
    expect(errorOf(await ask(own, other.ticket))).toBe('ticket_refused');
    expect(errorOf(await ask(own, elsewhere.ticket))).toBe('ticket_refused');
    expect(errorOf(await ask(own, own.ticket, ben))).toBe('ticket_refused');
    for (let i = 0; i < own.ticket.length; i += 5) {
      const forged = Buffer.from(own.ticket);
      forged[i]! ^= 1;
      expect(errorOf(await ask(own, forged))).toBe('ticket_refused');
    }
    expect(engine.asked).toEqual([]);
    expect((await ask(own, own.ticket)).kind).toBe('done');
    clock.advance(limits.callTicketLifetimeMs);
    expect(errorOf(await ask(own, own.ticket))).toBe('ticket_refused');
    await ann.connection.call('closeCallSeat', own);
    expect(errorOf(await ask(own, own.ticket))).toBe('ticket_refused');
  });

  it('is given up by its device, or where its page is silent; the room goes with the last', async () => {
    const first = await opened(ann);
    const second = await opened(ben, seat({ callId: first.callId }));
    for (const [member, { ticket, callId }] of [
      [ann, first],
      [ben, second],
    ] as const) {
      const asked = { conversationId: idToBytes(conversationId), callId, ticket, request: watch };
      await member.connection.call('askCallSeat', asked);
    }
    await ann.connection.call('closeCallSeat', first);
    clock.advance(250);
    expect(seatsTold(ben)).toHaveLength(1);
    ben.connection.drop();
    clock.advance(60_000);
    expect(seatsTold(ann)).toHaveLength(1);
    engine.silence(second.joinId.toString('hex'));
    clock.advance(30_250);
    expect(roomsTold(ann).at(-1)).toMatchObject({ rooms: [] });
    expect(server.service.callRooms).toMatchObject({ roomCount: 0, seatCount: 0 });
    expect(engine.roomsByRelay).toEqual([0]);
  });

  it('that no page ever takes is lost', async () => {
    await opened(ann);
    clock.advance(30_250);
    expect(roomsTold(ben).at(-1)).toMatchObject({ rooms: [] });
  });
});

describe('only a member', () => {
  it('has a seat: strangers and unknown conversations are refused', async () => {
    const eve = await server.join('eve');
    expect(errorOf(await eve.connection.call('openCallSeat', seat()))).toBe('not_a_member');
    const unknown = seat({ conversation: 'f'.repeat(32) as ConversationId });
    expect(errorOf(await ann.connection.call('openCallSeat', unknown))).toBe('unknown_conversation');
    expect(server.service.callRooms.roomCount).toBe(0);
  });

  it('keeps one: a device that a commit takes out loses its seats in the same moment', async () => {
    const first = await opened(ann);
    const names = seat({ callId: first.callId });
    const { ticket } = await opened(ben, names);
    await takeOut(ben);
    expect(server.service.callRooms.seatCount).toBe(1);
    const asked = { ...names, ticket, request: watch };
    expect(errorOf(await ben.connection.call('askCallSeat', asked))).toBe('ticket_refused');
    expect(errorOf(await ben.connection.call('openCallSeat', names))).toBe('not_a_member');
    const heard = roomsTold(ben).length;
    clock.advance(250);
    expect(seatsTold(ann)).toHaveLength(1);
    expect(roomsTold(ben)).toHaveLength(heard);
  });

  it('is told of rooms: not who was taken out and reads up to that, nor a stranger who asks to read', async () => {
    await takeOut(ben);
    await opened(ann);
    const [again, eve] = [await server.online(ben.account), await server.join('eve')];
    await subscribe(again);
    const asking = subscribe(eve.connection);
    clock.advance(250);
    await expect(asking).rejects.toThrow('not_a_member');
    expect(roomsTold(ann)).toHaveLength(1);
    for (const connection of [again, eve.connection])
      expect(roomsTold({ account: ben.account, connection })).toEqual([]);
  });
});

describe('when a relay dies', () => {
  it('its rooms are on another at once, with a higher revision; the old tickets are good for nothing', async () => {
    await start(2);
    const first = await opened(ann);
    const other = await opened(ben);
    expect(engine.roomsByRelay).toEqual([1, 1]);
    engine.kill([0]);
    expect(engine.roomsByRelay).toEqual([0, 2]);
    const shown = roomsTold(ben)
      .at(-1)!
      .rooms.find(({ callId }) => callId.toHex() === first.callId.toString('hex'));
    expect(shown?.revision).toBeGreaterThan(first.revision);
    expect(shown?.seats).toHaveLength(1);
    const ask = (ticket: Uint8Array, names = first) =>
      ann.connection.call('askCallSeat', { ...names, ticket, request: watch });
    expect(errorOf(await ask(first.ticket))).toBe('ticket_refused');
    const again = await opened(ann, first);
    expect(again.revision).toBe(shown?.revision);
    expect((await ask(again.ticket)).kind).toBe('done');
    expect(other.revision).toBeLessThan(again.revision);
  });

  it('they wait for it where there is no other, and are let go after a minute', async () => {
    const first = await opened(ann);
    engine.kill();
    expect(await ann.connection.call('openCallSeat', first)).toMatchObject({
      error: { code: 'unavailable', retryAfterMs: 1000 },
    });
    expect(errorOf(await ann.connection.call('openCallSeat', seat()))).toBe('unavailable');
    clock.advance(59_000);
    engine.restart();
    expect((await opened(ann, first)).revision).toBeGreaterThan(first.revision);
    engine.kill();
    clock.advance(60_250);
    expect(roomsTold(ben).at(-1)).toMatchObject({ rooms: [] });
    engine.restart();
    expect(engine.roomsByRelay).toEqual([0]);
  });
});

describe('limits', () => {
  it('of seats and rooms say which was met', async () => {
    const callId = randomBytes(16);
    for (let i = 0; i < limits.callSeatsPerAccount; i++) await opened(ann, seat({ callId }));
    expect(await ann.connection.call('openCallSeat', seat({ callId }))).toMatchObject({
      error: { code: 'too_many', limit: BigInt(limits.callSeatsPerAccount) },
    });
    await opened(ben, seat({ callId }));
  });

  it('of rooms leave some to others: one account does not take all of a conversation', async () => {
    const tooMany = (limit: number) => ({ error: { code: 'too_many', limit: BigInt(limit) } });
    const open = ({ connection }: Member) => connection.call('openCallSeat', seat());
    await opened(ben);
    await opened(ben);
    expect(await open(ben)).toMatchObject(tooMany(2));
    await opened(ann);
    await opened(ann);
    expect(await open(ann)).toMatchObject(tooMany(limits.callRoomsPerConversation));
  });

  it('of requests are of a device, and of a conversation', async () => {
    const rates = { ...unlimitedRates, seatRequestsPerDevice: { burst: 3, perSecond: 1 } };
    await start(1, { rates });
    const names = seat();
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await ann.connection.call('openCallSeat', names)).kind);
    expect(answers).toEqual(['done', 'done', 'done', 'refused']);
    await opened(ben, seat({ callId: names.callId }));
    await start(1, { rates: { ...unlimitedRates, seatRequestsPerConversation: { burst: 1, perSecond: 1 } } });
    await opened(ann);
    expect(errorOf(await ben.connection.call('openCallSeat', seat()))).toBe('rate_limited');
  });

  it('of requests let everybody in a full room come back at once', () => {
    const { burst } = defaultRates.seatRequestsPerConversation;
    expect(burst).toBeGreaterThanOrEqual(limits.seatsPerCallRoom * 3);
  });
});

describe('what is malformed', () => {
  it('is refused: names of other sizes, nothing asked, too much asked', async () => {
    const names = seat();
    for (const wrong of [
      { ...names, conversationId: randomBytes(15) },
      { ...names, callId: randomBytes(17) },
      { ...names, joinId: randomBytes(7) },
      { ...names, joinId: new Uint8Array() },
    ]) {
      expect(errorOf(await ann.connection.call('openCallSeat', wrong))).toBe('malformed');
      expect(errorOf(await ann.connection.call('closeCallSeat', wrong))).toBe('malformed');
    }
    const { ticket } = await opened(ann, names);
    const ask = (request: Uint8Array) => ann.connection.call('askCallSeat', { ...names, ticket, request });
    expect(errorOf(await ask(new Uint8Array()))).toBe('malformed');
    expect(await ask(new Uint8Array(limits.seatRequestSizeBytes + 1))).toMatchObject({
      error: { code: 'too_large', limit: BigInt(limits.seatRequestSizeBytes) },
    });
  });

  it('is refused whatever it is', async () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(bytes, bytes, bytes, bytes, async (conversation, callId, joinId, ticket) => {
        const names = { conversationId: conversation, callId, joinId, ticket, request: ticket };
        for (const method of ['openCallSeat', 'askCallSeat'] as const) {
          const answer = await ann.connection.call(method, names);
          expect(['malformed', 'unknown_conversation', 'ticket_refused']).toContain(errorOf(answer));
        }
      }),
      { numRuns: 50 },
    );
    expect(server.service.callRooms.roomCount).toBe(0);
  });

  it('is a server without relays, for those who would call', async () => {
    await start(1, { callEngine: noCallEngine });
    expect(errorOf(await ann.connection.call('openCallSeat', seat()))).toBe('calls_off');
    expect((await ann.connection.call('closeCallSeat', seat())).kind).toBe('done');
  });
});
