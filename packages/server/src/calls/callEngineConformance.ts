/** The suite that every `CallEngine` passes: the stand-in of tests, and real relays in processes of their own. */
import { randomBytes } from 'node:crypto';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  SeatAnswerSchema,
  SeatEventSchema,
  SeatRefusal,
  SeatRequestSchema,
  SeatSource,
} from '@sotto/protocol';
import type { SeatName } from '@sotto/relay';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallEngine, EngineEvent } from './callEngine.ts';

export interface EngineUnderTest {
  /** Of two relays. */
  readonly engine: CallEngine;
  /** What it told so far. */
  readonly told: readonly EngineEvent[];
  /** Resolves when both relays can take rooms. */
  ready(): Promise<unknown>;
  /** The relay that has the room dies at once. */
  kill(roomId: string): void;
  /** Waits until `holds`. */
  until(holds: () => boolean): Promise<unknown>;
  stop(): Promise<void>;
}

/** What a page asks first: to connect, with a line that sends a voice and one that receives. */
export function encodeConnect(
  remote: { ufrag: string; pwd: string; fingerprint: Uint8Array },
  connection = 1,
): Uint8Array {
  return encodeRequest({
    case: 'connect',
    value: {
      connection,
      iceUfrag: remote.ufrag,
      icePwd: remote.pwd,
      fingerprint: remote.fingerprint,
      payloadTypes: { opus: 111, vp8: 96, vp8Rtx: 97 },
      extensions: { mid: 1, rid: 2, repairedRid: 3, transportCc: 4, absSendTime: 5, audioLevel: 0 },
      sends: [{ mid: '0', source: SeatSource.MICROPHONE, ssrc: 1234 }],
      receives: [{ mid: '1', isVideo: false }],
    },
  });
}

/** Wants to hear one voice, or nothing. */
export function encodeWatch(revision: number, joinId?: Uint8Array): Uint8Array {
  const watches = joinId === undefined ? [] : [{ mid: '1', joinId, source: SeatSource.MICROPHONE }];
  return encodeRequest({ case: 'watch', value: { revision, watches } });
}

function encodeRequest(kind: NonNullable<MessageInitShape<typeof SeatRequestSchema>['kind']>): Uint8Array {
  return toBinary(SeatRequestSchema, create(SeatRequestSchema, { kind }));
}

const someRemote = () => ({ ufrag: 'ufrag', pwd: 'p'.repeat(24), fingerprint: randomBytes(32) });
const drawSeat = (roomId = randomBytes(12).toString('base64url')): SeatName => ({
  roomId,
  joinId: randomBytes(8).toString('hex'),
});

export function describeCallEngine(name: string, start: () => Promise<EngineUnderTest>): void {
  describe(name, () => {
    let test: EngineUnderTest;
    beforeAll(async () => {
      test = await start();
    });
    beforeEach(() => test.ready());
    afterAll(() => test?.stop());

    async function ask({ roomId }: SeatName, ticket: Uint8Array, request = encodeConnect(someRemote())) {
      const outcome = await test.engine.ask(roomId, { ticket, request, host: null });
      return outcome.kind === 'answered' ? fromBinary(SeatAnswerSchema, outcome.answer).kind : outcome;
    }
    function open(seat = drawSeat()) {
      expect(test.engine.createRoom(seat.roomId)).toBe(true);
      return { seat, ticket: test.engine.openSeat(seat)!.ticket };
    }
    const isRefused = (reason: SeatRefusal) => ({ case: 'refused', value: { reason } });

    it('seats who has a ticket: connects, watches, and is told how things stand', async () => {
      const { seat, ticket } = open();
      expect(test.engine.readTicket(ticket)).toMatchObject(seat);
      expect(await ask(seat, ticket)).toMatchObject({
        case: 'connected',
        value: { receives: [{ mid: '1' }] },
      });
      expect(await ask(seat, ticket, encodeWatch(7))).toMatchObject({ case: 'watched' });
      const hears = (event: EngineEvent) =>
        event.kind === 'seat' &&
        event.joinId === seat.joinId &&
        fromBinary(SeatEventSchema, event.event).watchRevision === 7;
      await test.until(() => test.told.some(hears));
    });

    it('refuses tickets that were changed, and what it does not understand', async () => {
      const { seat, ticket } = open();
      for (const at of [0, 1, 12, ticket.length - 1]) {
        const forged = Uint8Array.from(ticket);
        forged[at]! ^= 1;
        expect(test.engine.readTicket(forged)).toBeNull();
        expect(await ask(seat, forged)).toMatchObject(isRefused(SeatRefusal.TICKET));
      }
      expect(test.engine.readTicket(randomBytes(80))).toBeNull();
      expect(await ask(seat, ticket, randomBytes(100))).toMatchObject(isRefused(SeatRefusal.MALFORMED));
    });

    it('gives another ticket for the same seat, and none for a room that is closed', async () => {
      const { seat, ticket } = open();
      const again = test.engine.openSeat(seat)!;
      expect(await ask(seat, again.ticket)).toMatchObject({ case: 'connected' });
      expect(await ask(seat, ticket, encodeWatch(1))).toMatchObject({ case: 'watched' });
      test.engine.closeSeat(seat);
      test.engine.openSeat(drawSeat(seat.roomId));
      expect(await ask(seat, ticket)).toMatchObject(isRefused(SeatRefusal.NO_SEAT));
      test.engine.closeRoom(seat.roomId);
      expect(test.engine.openSeat(seat)).toBeNull();
      expect(await ask(seat, ticket)).toEqual({ kind: 'unavailable' });
    });

    it('tells rooms lost when their relay dies, and has place for others at once', async () => {
      const lost = open();
      test.kill(lost.seat.roomId);
      await test.until(() =>
        test.told.some((event) => event.kind === 'roomLost' && event.roomId === lost.seat.roomId),
      );
      expect(test.engine.openSeat(lost.seat)).toBeNull();
      expect(await ask(lost.seat, lost.ticket)).toEqual({ kind: 'unavailable' });
      const moved = open();
      expect(await ask(moved.seat, moved.ticket)).toMatchObject({ case: 'connected' });
      expect(await ask(moved.seat, lost.ticket)).toMatchObject(isRefused(SeatRefusal.TICKET));
    });

    it('answers each of many at once', async () => {
      const { seat, ticket } = open();
      await ask(seat, ticket);
      const answers = await Promise.all(
        Array.from({ length: 500 }, (_, i) => ask(seat, ticket, encodeWatch(i + 1))),
      );
      const kinds = answers.map((answer) => ('case' in answer ? answer.case : answer.kind));
      expect(kinds).toContain('watched');
      // More than a seat may ask is refused; a relay that is late is unavailable.
      expect(['watched', 'refused', 'unavailable']).toEqual(expect.arrayContaining([...new Set(kinds)]));
    });
  });
}
