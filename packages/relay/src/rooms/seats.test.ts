import { SeatRefusal, SeatSource } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { rtpPacket } from '../testing/rtpPackets.ts';
import { payloadTypes, sendLines, TestRooms, testRoomId } from '../testing/testRooms.ts';

const { MICROPHONE, CAMERA } = SeatSource;
const joinId = '00000000000000ff';
const watchNothing = { case: 'watch' as const, value: { revision: 1, watches: [] } };

/** Why it was refused. */
function reasonOf({ kind }: ReturnType<TestRooms['ask']>): SeatRefusal | null {
  return kind.case === 'refused' ? kind.value.reason : null;
}

describe('tickets', () => {
  it('lets in who has the ticket of an open seat', () => {
    const rooms = new TestRooms();
    const page = rooms.page();
    expect(page.transport.remote).toMatchObject({ ufrag: 'page', pwd: 'passwordOfThePageIsHere' });
    expect(rooms.host.counters).toMatchObject({ rooms: 1, seats: 1, refusedRequests: 0 });
  });

  it('refuses what is forged, over, or of another relay or room', () => {
    const rooms = new TestRooms();
    rooms.host.openSeat({ roomId: testRoomId, joinId });
    const good = rooms.ticket(joinId);
    const changed = good.map((byte, i) => (i === 12 ? byte ^ 1 : byte));
    const refused = [
      rooms.ticket(joinId, { secret: 'another' }),
      rooms.ticket(joinId, { lifetimeMs: 0 }),
      rooms.ticket(joinId, { instance: 'relay-2' }),
      changed,
      good.subarray(0, -1),
      new Uint8Array(),
      new Uint8Array(5000),
    ];
    for (const ticket of refused) expect(reasonOf(rooms.ask(ticket, watchNothing))).toBe(SeatRefusal.TICKET);
    const otherRoom = rooms.ticket(joinId, { roomId: 'room-2' });
    expect(reasonOf(rooms.ask(otherRoom, watchNothing))).toBe(SeatRefusal.NO_SEAT);
    expect(reasonOf(rooms.ask(good, watchNothing))).toBe(SeatRefusal.NOT_CONNECTED);
    expect(rooms.media.transports).toEqual([]);
  });

  it('refuses a ticket whose seat was closed', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    rooms.host.closeSeat({ roomId: testRoomId, joinId: ann.joinId });
    expect(ann.transport.isClosed).toBe(true);
    expect(reasonOf(ann.connect())).toBe(SeatRefusal.NO_SEAT);
    rooms.host.closeRoom(testRoomId);
    expect(reasonOf(bob.connect())).toBe(SeatRefusal.NO_SEAT);
    expect(rooms.host.counters).toMatchObject({ rooms: 0, seats: 0 });
  });
});

describe('a seat', () => {
  it('is bound to its certificate', () => {
    const page = new TestRooms().page();
    expect(reasonOf(page.connect({ fingerprint: Buffer.alloc(32, 99) }))).toBe(SeatRefusal.FINGERPRINT);
    expect(reasonOf(page.connect({ fingerprint: Buffer.alloc(32, 99), connection: 2 }))).toBe(
      SeatRefusal.FINGERPRINT,
    );
    expect(page.transport.isClosed).toBe(false);
  });

  it('restarts ICE, and keeps what it sends and receives', () => {
    const rooms = new TestRooms();
    const page = rooms.page();
    const before = page.ssrcs;
    const answer = page.connect({ iceUfrag: 'again', icePwd: 'anotherPasswordOfThePage' });
    expect(answer.kind.value).toMatchObject({ iceUfrag: 'relay1' });
    expect(page.transport).toMatchObject({ restarts: 1, remote: { ufrag: 'again' }, isConnected: true });
    expect(page.ssrcs).toEqual(before);
    expect(rooms.media.transports).toHaveLength(1);
  });

  it('gets more lines without a change to those it has', () => {
    const page = new TestRooms().page({ pictures: 1 });
    const before = page.ssrcs;
    const mids = ['s0', 's1', 'p0', 'p1', 'p2'];
    const receives = mids.map((mid) => ({ mid, isVideo: mid.startsWith('p') }));
    page.connect({ receives });
    expect([...page.ssrcs.keys()]).toEqual(mids);
    for (const [mid, ssrcs] of before) expect(page.ssrcs.get(mid)).toEqual(ssrcs);
    const all = [...page.ssrcs.values()].flatMap(({ ssrc, rtxSsrc }) => [ssrc, rtxSsrc]).filter(Boolean);
    expect(new Set(all).size).toBe(8);
    expect(page.transport.restarts).toBe(0);
    const changed = receives.map((line) => ({ ...line, isVideo: !line.isVideo }));
    expect(reasonOf(page.connect({ receives: changed }))).toBe(SeatRefusal.MALFORMED);
  });

  it('has so many lines that receive, however often it asks for others', () => {
    const rooms = new TestRooms();
    const page = rooms.page({ sounds: 1, pictures: 1 });
    const others = (name: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ mid: `${name}${i}`, isVideo: false }));
    expect(page.connect({ receives: others('a', 254) }).kind.case).toBe('connected');
    expect(page.connect({ receives: others('b', 1) }).kind).toMatchObject({
      case: 'refused',
      value: { reason: SeatRefusal.MALFORMED },
    });
    expect(page.connect({ receives: others('a', 254) }).kind.case).toBe('connected');
  });

  it('takes a connection in place of one that ended; who watches sees it go on', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    bob.watch({ s0: { of: ann, source: MICROPHONE } });
    const send = (sequence: number) =>
      ann.sendRtp(
        rtpPacket({
          ssrc: 5,
          sequence,
          payloadType: payloadTypes.opus,
          extensions: [[4, Buffer.from('0')]],
          payload: Buffer.from('sound'),
        }),
      );
    send(100);
    const old = ann.transport;
    ann.connect({ connection: 2, iceUfrag: 'anew' });
    ann.transport.connect();
    expect(old).toMatchObject({ isClosed: true });
    send(4000);
    expect(bob.rtp.map((packet) => packet.readUInt32BE(8))).toEqual([
      bob.ssrcs.get('s0')!.ssrc,
      bob.ssrcs.get('s0')!.ssrc,
    ]);
    expect((bob.rtp[1]!.readUInt16BE(2) - bob.rtp[0]!.readUInt16BE(2)) & 0xffff).toBe(1);
    expect(reasonOf(ann.connect({ connection: 1 }))).toBe(SeatRefusal.MALFORMED);
  });

  it('needs another connection where the page ended the one it had', () => {
    const page = new TestRooms().page();
    page.transport.isConnected = false;
    page.transport.handler.onClosed('closedByPeer');
    expect(reasonOf(page.connect({ iceUfrag: 'again' }))).toBe(SeatRefusal.FAILED);
    expect(reasonOf(page.connect({ iceUfrag: 'again', connection: 2 }))).toBeNull();
  });

  it('announces the addresses that its server gave', () => {
    const rooms = new TestRooms();
    rooms.host.openSeat({ roomId: testRoomId, joinId });
    const page = rooms.page();
    expect(page.connect().kind.value).toMatchObject({
      candidates: [
        { address: '192.0.2.1', port: 3478, isTcp: false },
        { address: '192.0.2.1', port: 3478, isTcp: true },
      ],
    });
    const answer = page.connect({}, ['203.0.113.5', '2001:db8::5']);
    expect(answer.kind.value).toMatchObject({
      candidates: [
        { address: '203.0.113.5', isTcp: false },
        { address: '2001:db8::5', isTcp: false },
        { address: '203.0.113.5', isTcp: true },
        { address: '2001:db8::5', isTcp: true },
      ],
    });
  });

  it('refuses what it does not understand', () => {
    const page = new TestRooms().page();
    const bad = [
      { connection: 0 },
      { iceUfrag: 'a' },
      { icePwd: 'short' },
      { fingerprint: Buffer.alloc(31) },
      { payloadTypes: { opus: 96, vp8: 96, vp8Rtx: 97 } },
      { payloadTypes: { opus: 111, vp8: 72, vp8Rtx: 97 } },
      { extensions: { mid: 15 } },
      { extensions: { mid: 4, rid: 4 } },
      { sends: [{ mid: '1', source: CAMERA, rids: ['q', 'q'] }] },
      { sends: [{ mid: '1', source: CAMERA, rids: ['a', 'b', 'c', 'd'] }] },
      { sends: [{ mid: '1', source: MICROPHONE, rids: ['q'] }] },
      { sends: [{ mid: '1', source: 9 as SeatSource }] },
      { sends: [...sendLines, { mid: '9', source: CAMERA, ssrc: 7 }] },
      { sends: [{ mid: 'two words', source: CAMERA }] },
      { receives: [{ mid: '0', isVideo: true }] },
      { receives: Array.from({ length: 300 }, (_, i) => ({ mid: `r${i}`, isVideo: true })) },
    ];
    for (const each of bad) {
      const reason = reasonOf(page.connect({ connection: 2, ...each }));
      expect(reason, JSON.stringify(each)).toBe(SeatRefusal.MALFORMED);
    }
    expect(reasonOf(page.watch({ s0: { of: page, source: CAMERA } }))).toBe(SeatRefusal.MALFORMED);
    expect(reasonOf(page.watch({ x9: { of: page, source: CAMERA } }))).toBe(SeatRefusal.MALFORMED);
    expect(reasonOf(page.watch({ p0: { of: page, source: CAMERA, maxLayer: 3 } }))).toBe(
      SeatRefusal.MALFORMED,
    );
  });

  it('is answered so many requests', () => {
    const rooms = new TestRooms({ requestsPerSeat: { burst: 3, perSecond: 1 } });
    const page = rooms.page();
    expect([page.watch({}), page.watch({}), page.watch({})].map(reasonOf)).toEqual([
      null,
      null,
      SeatRefusal.TOO_MANY,
    ]);
    rooms.pass(1000);
    expect(reasonOf(page.watch({}))).toBeNull();
  });

  it('is one of so many in a room, and one of fewer that send', () => {
    const rooms = new TestRooms({ seatsPerRoom: 3, sendersPerRoom: 1, seats: 4 });
    rooms.page();
    rooms.page({ connect: { sends: [] } });
    expect(() => rooms.page()).toThrow('refused');
    expect(rooms.host.openSeat({ roomId: testRoomId, joinId })).toBe(false);
    expect(rooms.host.openSeat({ roomId: testRoomId, joinId: rooms.pages[0]!.joinId })).toBe(true);
    expect(rooms.host.openSeat({ roomId: 'room-2', joinId })).toBe(true);
    expect(rooms.host.openSeat({ roomId: 'room-3', joinId })).toBe(false);
    expect(rooms.host.openSeat({ roomId: 'no room\n', joinId })).toBe(false);
  });
});

describe('leases', () => {
  const lost = (rooms: TestRooms) =>
    rooms.told.flatMap((event) => (event.kind === 'lost' ? [event.joinId] : []));

  it('end 30 s after the last sign of life', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    rooms.pass(60_000);
    expect(lost(rooms)).toEqual([]);
    // Its consent ends; the others go on.
    ann.transport.isConnected = false;
    rooms.pass(29_000);
    expect(lost(rooms)).toEqual([]);
    rooms.pass(2000);
    expect(lost(rooms)).toEqual([ann.joinId]);
    expect(ann.transport.isClosed).toBe(true);
    expect(bob.transport.isClosed).toBe(false);
    expect(rooms.host.counters).toMatchObject({ seats: 1, lostSeats: 1, connectedSeats: 1 });
  });

  it('end 10 s after a connection that never came', () => {
    const rooms = new TestRooms();
    const ann = rooms.page({ isConnected: false });
    rooms.pass(9000);
    expect(lost(rooms)).toEqual([]);
    ann.connect({ iceUfrag: 'again' });
    rooms.pass(9000);
    expect(lost(rooms)).toEqual([]);
    rooms.pass(2000);
    expect(lost(rooms)).toEqual([ann.joinId]);
  });

  it('end 30 s after a seat was opened that nobody asked for', () => {
    const rooms = new TestRooms();
    rooms.host.openSeat({ roomId: testRoomId, joinId });
    rooms.pass(29_000);
    expect(lost(rooms)).toEqual([]);
    rooms.pass(2000);
    expect(lost(rooms)).toEqual([joinId]);
    expect(rooms.host.counters).toMatchObject({ rooms: 0, seats: 0 });
  });
});
