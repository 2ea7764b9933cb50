import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createRoomCounters } from '../rooms/roomCounters.ts';
import type { RoomHost, SeatName } from '../rooms/roomHost.ts';
import { readSeatTicket } from '../rooms/seatTicket.ts';
import { type ControlEnd, RelayControls } from './relayControls.ts';
import { type LinkEvent, RelayLink } from './relayLink.ts';

const secret = 'what relay and server share';
const room = 'room-1';
const ann = { roomId: room, joinId: '01'.repeat(8) };
const ben = { roomId: room, joinId: '02'.repeat(8) };
const keyOf = ({ roomId, joinId }: SeatName) => `${roomId} ${joinId}`;

/** Rooms of a relay without media: which seats there are. */
class Seats implements RoomHost {
  readonly counters = createRoomCounters();
  readonly open = new Set<string>();
  isFull = false;
  openSeat(seat: SeatName): boolean {
    if (!this.isFull) this.open.add(keyOf(seat));
    return !this.isFull;
  }
  ask(
    ticket: Uint8Array,
    request: Uint8Array,
    wallMs: number,
    addresses: readonly string[] = [],
  ): Uint8Array {
    const claims = readSeatTicket(secret, ticket, wallMs);
    return Buffer.from(`${claims?.joinId} ${Buffer.from(request)} ${addresses.join()}`);
  }
  closeSeat(seat: SeatName): void {
    this.open.delete(keyOf(seat));
  }
  closeRoom(): void {}
  sweep(): void {}
  close(): void {}
}

let nowMs: number;
let host: Seats;
let controls: RelayControls;
let link: RelayLink;
let told: LinkEvent[];
let end: ControlEnd;

function joined(instance = 'one') {
  const attached = controls.attach('server', (frame) => {
    expect(link.receive(frame)).toBe(true);
  });
  end = attached;
  link.up(instance, (frame) => {
    expect(attached.receive(frame)).toBe(true);
  });
}
function parted() {
  link.away();
  end.away();
}

beforeEach(() => {
  [nowMs, host, told] = [0, new Seats(), []];
  controls = new RelayControls({ nowMs: () => nowMs });
  controls.serve(host);
  link = new RelayLink(secret);
  link.listen((event) => told.push(event));
  joined();
  link.createRoom(room);
  told.length = 0;
  return () => vi.useRealTimers();
});

describe('the control of a relay', () => {
  it('opens and closes seats, and hands on questions and events', async () => {
    const { ticket } = link.openSeat(ann)!;
    link.openSeat(ben);
    expect(readSeatTicket(secret, ticket, Date.now())).toMatchObject({ ...ann, instance: 'one' });
    expect([...host.open]).toEqual([keyOf(ann), keyOf(ben)]);
    const answer = await link.ask(ticket, Buffer.from('hello'), ['10.0.0.1']);
    expect(Buffer.from(answer!).toString()).toBe(`${ann.joinId} hello 10.0.0.1`);
    controls.told({ kind: 'seat', ...ann, event: Buffer.from('event') });
    controls.told({ kind: 'lost', ...ann });
    expect(told).toEqual([
      { kind: 'seat', ...ann, event: Buffer.from('event') },
      { kind: 'lost', ...ann },
    ]);
    link.closeSeat(ben);
    expect([...host.open]).toEqual([keyOf(ann)]);
    controls.report({ cpuShare: 0.25, counters: { seats: 1 } });
    expect(link.load).toEqual({ cpuShare: 0.25, rooms: 1, seats: 0 });
    link.closeRoom(room);
    expect(link.openSeat(ann)).toBeNull();
  });

  it('tells a seat lost that the relay has no room for', () => {
    host.isFull = true;
    link.openSeat(ann);
    expect(told).toEqual([{ kind: 'lost', ...ann }]);
  });

  it('keeps rooms while the link is away, and both sides agree again after', async () => {
    const { ticket } = link.openSeat(ann)!;
    link.openSeat(ben);
    const waiting = link.ask(ticket, Buffer.from('x'), []);
    expect(await waiting).not.toBeNull();
    parted();
    expect(link.isAvailable).toBe(false);
    expect(await link.ask(ticket, Buffer.from('x'), [])).toBeNull();
    link.closeSeat(ben);
    controls.told({ kind: 'seat', ...ann, event: Buffer.from('old') });
    controls.told({ kind: 'seat', ...ann, event: Buffer.from('new') });
    controls.told({ kind: 'seat', ...ben, event: Buffer.from('of no use') });
    nowMs += 59_000;
    controls.sweep();
    expect(host.open.size).toBe(2);
    joined();
    expect([...host.open]).toEqual([keyOf(ann)]);
    expect(told).toEqual([{ kind: 'seat', ...ann, event: Buffer.from('new') }, { kind: 'available' }]);
  });

  it('opens again what was lost while the link was away, so that the loss is told', () => {
    link.openSeat(ann);
    parted();
    host.open.clear();
    controls.told({ kind: 'lost', ...ann });
    joined();
    expect([...host.open]).toEqual([keyOf(ann)]);
    controls.told({ kind: 'lost', ...ann });
    expect(told).toEqual([{ kind: 'available' }, { kind: 'lost', ...ann }]);
  });

  it('ends rooms of a server that does not come back', () => {
    link.openSeat(ann);
    parted();
    nowMs += 60_000;
    controls.sweep();
    expect(host.open.size).toBe(0);
  });

  it('tells rooms lost, once, where the relay is another run of it, or gone', async () => {
    const { ticket } = link.openSeat(ann)!;
    joined('two');
    expect(told).toEqual([{ kind: 'roomLost', roomId: room }, { kind: 'available' }]);
    expect(link.openSeat(ann)).toBeNull();
    link.createRoom('room-2');
    link.down();
    link.down();
    expect(told.at(-1)).toEqual({ kind: 'roomLost', roomId: 'room-2' });
    expect(told).toHaveLength(3);
    expect(await link.ask(ticket, Buffer.from('x'), [])).toBeNull();
  });

  it('tells rooms lost when the relay says that it ends', () => {
    controls.ending();
    controls.ending();
    expect(told).toEqual([{ kind: 'roomLost', roomId: room }]);
    expect(link.isAvailable).toBe(false);
  });

  it('lets one server neither end nor hear of the rooms of another', () => {
    link.openSeat(ann);
    const heard: Uint8Array[] = [];
    const other = new RelayLink(secret);
    const otherEnd = controls.attach('other', (frame) => heard.push(frame));
    other.up('one', (frame) => otherEnd.receive(frame));
    other.createRoom(room);
    other.openSeat(ben);
    expect(heard).toHaveLength(1);
    other.closeSeat(ann);
    other.closeRoom(room);
    expect([...host.open]).toEqual([keyOf(ann)]);
    controls.told({ kind: 'seat', ...ann, event: Buffer.from('x') });
    expect(heard).toHaveLength(1);
  });

  it('does not wait for ever for an answer', async () => {
    vi.useFakeTimers();
    link.up('one', () => {});
    const answer = link.ask(Buffer.alloc(1), Buffer.from('x'), []);
    vi.advanceTimersByTime(5_000);
    expect(await answer).toBeNull();
  });

  it('says of what is no message that it is none, and does nothing', () => {
    expect(end.receive(Buffer.from('nonsense'))).toBe(false);
    expect(link.receive(Buffer.from('nonsense'))).toBe(false);
    expect(told).toEqual([]);
  });
});
