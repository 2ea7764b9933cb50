import { fromBinary } from '@bufbuild/protobuf';
import { limits, SeatAnswerSchema, SeatRefusal } from '@sotto/protocol';
import { beforeEach, expect, it, vi } from 'vitest';
import { RelayLink } from '../control/relayLink.ts';
import { createMediaCounters } from '../media/mediaCounters.ts';
import { FakeMedia } from '../testing/fakeMedia.ts';
import { type ServedRooms, serveRooms } from './serveRooms.ts';

const secret = 'what relay and server share';
const dayMs = 86_400_000;
let rooms: ServedRooms;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  rooms = serveRooms({ media: new FakeMedia(() => 0), mediaCounters: createMediaCounters() }, { secret });
  return () => {
    rooms.stop();
    vi.useRealTimers();
  };
});

/** One with a room, and a clock that goes so far before the relay's. */
function startServer(roomId: string, aheadMs: number) {
  const seat = { roomId, joinId: '01'.repeat(8) };
  const link = new RelayLink(secret);
  const moveClock = (ms: number) => vi.setSystemTime(Date.now() + ms);
  const end = rooms.controls.attach(roomId, (frame) => link.receive(frame));
  const here = <T>(run: () => T): T => {
    moveClock(server.aheadMs);
    const result = run();
    moveClock(-server.aheadMs);
    return result;
  };
  const server = {
    aheadMs,
    ticket: () => here(() => link.openSeat(seat)!.ticket),
    async refusal(ticket: Uint8Array) {
      const { kind } = fromBinary(
        SeatAnswerSchema,
        (await here(() => link.ask(ticket, Buffer.from('?'), [])))!,
      );
      return kind.case === 'refused' ? kind.value.reason : null;
    },
  };
  here(() => {
    link.up(rooms.instance, (frame) => {
      moveClock(-server.aheadMs);
      end.receive(frame);
      moveClock(server.aheadMs);
    });
    link.createRoom(roomId);
  });
  return server;
}

it('judges each ticket by the clock of the server that asks, wherever it goes', async () => {
  const [early, late] = [startServer('one', dayMs), startServer('two', -dayMs)];
  for (const server of [early, late]) {
    const ticket = server.ticket();
    expect(await server.refusal(ticket)).toBe(SeatRefusal.MALFORMED);
    server.aheadMs += limits.callTicketLifetimeMs;
    expect(await server.refusal(ticket)).toBe(SeatRefusal.TICKET);
    expect(await server.refusal(server.ticket())).toBe(SeatRefusal.MALFORMED);
    server.aheadMs -= 2 * dayMs;
    expect(await server.refusal(server.ticket())).toBe(SeatRefusal.MALFORMED);
  }
});
