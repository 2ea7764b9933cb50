import { describe, expect, it } from 'vitest';
import { srtpProfiles } from '../srtp/srtpProfile.ts';
import { attributes, classes } from '../stun/constants.ts';
import { StunMessage } from '../stun/stunMessage.ts';
import { TestMedia, type TestMediaSeat } from '../testing/seat/testMedia.ts';
import type { TestPath } from '../testing/testTurn.ts';
import { errorCodeOf, readAddress } from '../testing/turnMessages.ts';

let sequence = 0;
function rtp(): Buffer {
  const packet = Buffer.alloc(100, 1);
  packet[0] = 0x80;
  packet[1] = 96;
  sequence += 1;
  packet.writeUInt16BE(sequence, 2);
  return packet;
}

const decoded = (bytes: Buffer | null): StunMessage => StunMessage.decode(bytes!)!;

/** Where what is sent goes, of these. */
function goesTo(seat: TestMediaSeat, paths: readonly TestPath[]): TestPath | null {
  const isSent = seat.transport.sendRtp(rtp());
  const to = paths.find(({ sent }) => sent.length > 0) ?? null;
  expect(isSent).toBe(to !== null);
  for (const { sent } of paths) sent.length = 0;
  return to;
}

describe('checks of connectivity', () => {
  it('are answered, provably, with where they came from', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    const answer = decoded(seat.checkBy(seat.path));
    expect(answer.class).toBe(classes.success);
    expect(answer.hasFingerprint).toBe(true);
    expect(answer.isProtectedBy(Buffer.from(seat.transport.local.pwd))).toBe(true);
    const { address, port } = seat.path;
    expect(readAddress(answer.find(attributes.xorMappedAddress)!)).toEqual({ address, port });
    expect(seat.transport.lastAliveMs).toBe(media.nowMs);
  });

  it('are not answered where password, or either name, is another', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    const other = media.openSeat();
    media.nowMs += 5000;
    expect(seat.checkBy(seat.path, { pwd: other.transport.local.pwd })).toBeNull();
    expect(seat.checkBy(seat.path, { remoteUfrag: 'else' })).toBeNull();
    const local = { ...seat.transport.local, ufrag: 'nobody' };
    expect(seat.checkBy(seat.path, { local })).toBeNull();
    expect(media.server.counters.droppedNotAuthentic).toBe(3);
    expect(seat.transport.lastAliveMs).toBe(1000);
    expect(seat.path.seat).toBeNull();
  });

  it('are refused where the peer gives control away, or wants what is unknown', () => {
    const seat = new TestMedia().openSeat();
    const controlled = seat.checkBy(seat.path, { more: [[attributes.iceControlled, Buffer.alloc(8, 1)]] });
    expect(errorCodeOf(decoded(controlled))).toBe(487);
    const unknown = seat.checkBy(seat.path, { more: [[0x7001, Buffer.alloc(4)]] });
    expect(errorCodeOf(decoded(unknown))).toBe(420);
    expect(decoded(unknown).find(attributes.unknownAttributes)).toEqual(Buffer.of(0x70, 0x01));
    expect(seat.path.seat).toBeNull();
  });

  it('of one seat and of one source are answered so many', () => {
    const checksPerSeat = { burst: 5, perSecond: 1 };
    const media = new TestMedia({ checksPerSeat, checksPerSource: { burst: 3, perSecond: 1 } });
    const seat = media.openSeat();
    const answers = Array.from({ length: 8 }, () => seat.checkBy(seat.path));
    expect(answers.filter((answer) => answer !== null)).toHaveLength(5);
    const strangers = Array.from({ length: 4 }, () => media.openSeat().checkBy(media.path()));
    expect(strangers.filter((answer) => answer !== null)).toHaveLength(2);
    expect(media.server.counters.droppedFlood).toBe(5);
    media.nowMs += 1000;
    expect(seat.checkBy(seat.path)).not.toBeNull();
  });

  it('leave to TURN what names no seat', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    const withRealm = seat.check({ more: [[attributes.realm, Buffer.from('sotto')]] });
    expect(media.server.receiveCheck(media.path(), withRealm)).toBe(false);
    expect(media.server.receiveCheck(media.path(), Buffer.alloc(20))).toBe(false);
    expect(media.server.receiveCheck(media.path(), seat.check())).toBe(true);
  });
});

describe('the path to a peer', () => {
  it('is the nominated one, and the better of two that are nominated at once', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    const [worse, better, checked] = [media.path(), media.path(), media.path()];
    const paths = [seat.path, worse, better, checked];
    expect(goesTo(seat, paths)).toBe(seat.path);
    seat.checkBy(checked, { nominates: false, priority: 9000 });
    seat.checkBy(worse, { priority: 10 });
    expect(goesTo(seat, paths)).toBe(seat.path);
    seat.checkBy(better, { priority: 5000 });
    expect(goesTo(seat, paths)).toBe(better);
  });

  it('is another one when the peer nominates that later, or sends by it', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    const [tcp, third] = [media.path(), media.path()];
    const paths = [seat.path, tcp, third];
    media.nowMs += 2000;
    seat.checkBy(tcp, { priority: 10 });
    expect(goesTo(seat, paths)).toBe(tcp);
    seat.checkBy(seat.path, { priority: 1000 });
    seat.checkBy(third, { nominates: false });
    expect(goesTo(seat, paths)).toBe(seat.path);
    media.server.receive(third, seat.sealRtp(rtp()));
    expect(goesTo(seat, paths)).toBe(seat.path);
    media.server.receive(tcp, seat.sealRtp(rtp()));
    expect(goesTo(seat, paths)).toBe(tcp);
    expect(seat.received).toHaveLength(2);
  });

  it('is where the peer hears that it is over, wherever it shook hands', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    const other = media.path();
    media.nowMs += 5000;
    seat.checkBy(other);
    expect(goesTo(seat, [seat.path, other])).toBe(other);
    seat.transport.close();
    expect([seat.path.sent.length, other.sent.length]).toEqual([0, 1]);
  });

  it('is one of the newest credentials after a restart, and the old one until then', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    const before = seat.transport.local;
    const next = media.path();
    const paths = [seat.path, next];
    const local = seat.transport.restart({ ufrag: 'next', pwd: seat.remote.pwd });
    expect(local.ufrag).not.toBe(before.ufrag);
    expect(seat.checkBy(seat.path, { local: before })).not.toBeNull();
    expect(goesTo(seat, paths)).toBe(seat.path);
    seat.checkBy(next, { local, remoteUfrag: 'next', priority: 1 });
    expect(goesTo(seat, paths)).toBe(next);
    expect(seat.checkBy(seat.path, { local: before })).toBeNull();
    // Late, by the old path: it means nothing any more.
    media.server.receive(seat.path, seat.sealRtp(rtp()));
    expect(goesTo(seat, paths)).toBe(next);
    expect(seat.happened).toEqual(['connected']);
  });

  it('is none once the peer agreed to nothing for half a minute, and again when it does', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    media.nowMs += 30_001;
    expect(goesTo(seat, [seat.path])).toBeNull();
    expect(seat.transport.isConnected).toBe(true);
    seat.checkBy(seat.path);
    expect(goesTo(seat, [seat.path])).toBe(seat.path);
    media.nowMs += 60_001;
    media.server.sweep();
    expect(seat.path.seat).toBeNull();
  });

  it('is gone with its connection, and another takes its place', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    media.server.disconnected(seat.path);
    expect(goesTo(seat, [seat.path])).toBeNull();
    const next = media.path();
    seat.checkBy(next, { priority: 1 });
    expect(goesTo(seat, [seat.path, next])).toBe(next);
  });

  it('is none on which the peer did not answer, however it was nominated', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    const forged = media.path();
    media.nowMs += 5000;
    media.server.receiveCheck(forged, seat.check({ priority: 9000 }));
    const [, asked, ...more] = forged.sent.splice(0);
    expect(more).toHaveLength(0);
    const request = decoded(asked!);
    expect(request.find(attributes.username)?.toString()).toBe(`peer:${seat.transport.local.ufrag}`);
    expect(request.isProtectedBy(Buffer.from(seat.remote.pwd))).toBe(true);
    media.server.receive(forged, seat.sealRtp(rtp()));
    expect(goesTo(seat, [seat.path, forged])).toBe(seat.path);
    const dropped = media.server.counters.droppedNotAuthentic;
    expect(media.server.receiveAnswer(forged, seat.answerTo(asked!, 'another'))).toBe(true);
    expect(media.server.receiveAnswer(forged, seat.answerTo(Buffer.alloc(20)))).toBe(true);
    expect(media.server.counters.droppedNotAuthentic).toBe(dropped + 2);
    expect(goesTo(seat, [seat.path, forged])).toBe(seat.path);
    media.server.receiveAnswer(forged, seat.answerTo(asked!));
    expect(goesTo(seat, [seat.path, forged])).toBe(forged);
    expect(media.server.receiveAnswer(media.path(), seat.answerTo(asked!))).toBe(false);
  });

  it('is not the one from which a handshake was ended that began elsewhere', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    const forged = media.path();
    seat.checkBy(forged, { priority: 9000 });
    seat.connect(undefined, forged);
    expect(seat.happened).toEqual(['connected']);
    expect(goesTo(seat, [seat.path, forged])).toBeNull();
    seat.checkBy(seat.path);
    expect(goesTo(seat, [seat.path, forged])).toBe(seat.path);
  });

  it('needs no proof of a connection', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    const tcp = media.path();
    tcp.isConnection = true;
    media.nowMs += 5000;
    media.server.receiveCheck(tcp, seat.check());
    expect(tcp.sent.splice(0)).toHaveLength(1);
    expect(goesTo(seat, [seat.path, tcp])).toBe(tcp);
  });

  it('passes to another seat with who comes by it', () => {
    const media = new TestMedia();
    const [first, second] = [media.openSeat(), media.openSeat()];
    first.connect();
    second.checkBy(first.path);
    expect(first.path.seat).toBe(second.transport);
    expect(goesTo(first, [first.path])).toBeNull();
  });

  it('is one of so many that are remembered', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    const paths = Array.from({ length: 40 }, () => media.path());
    for (const path of paths) {
      media.nowMs += 1;
      seat.checkBy(path, { nominates: false });
    }
    const kept = paths.filter((path) => path.seat !== null);
    expect(kept).toEqual(paths.slice(-23));
    expect(goesTo(seat, [seat.path, ...paths])).toBe(seat.path);
  });
});

describe('media of a seat', () => {
  it.each(srtpProfiles)('is taken once, by paths of the seat alone ($kind)', (profile) => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect([profile]);
    const packet = rtp();
    const sealed = seat.sealRtp(packet);
    media.server.receive(media.path(), Buffer.from(sealed));
    expect(seat.received).toHaveLength(0);
    media.server.receive(seat.path, Buffer.from(sealed));
    media.server.receive(seat.path, Buffer.from(sealed));
    expect(seat.received).toEqual([packet]);
    const report = Buffer.from('80c9000100001234', 'hex');
    media.server.receive(seat.path, seat.sealRtcp(report));
    expect(seat.received[1]).toEqual(report);
    expect(media.server.counters).toMatchObject({
      droppedNotAuthentic: 1,
      droppedReplayed: 1,
      receivedPackets: 2,
    });
  });

  it("is not another seat's, though it comes by that one's path", () => {
    const media = new TestMedia();
    const [ann, eve] = [media.openSeat(), media.openSeat()];
    ann.connect();
    eve.connect();
    media.server.receive(eve.path, ann.sealRtp(rtp()));
    media.server.receive(ann.path, eve.sealRtp(rtp()));
    expect([...ann.received, ...eve.received]).toHaveLength(0);
    expect(media.server.counters.droppedNotAuthentic).toBe(2);
  });

  it('begins with a handshake that is not waited for longer than ten seconds', () => {
    const media = new TestMedia();
    const done = media.openSeat();
    done.connect();
    const seat = media.openSeat();
    seat.checkBy(seat.path);
    media.server.receive(seat.path, Buffer.from(done.sent[0]!));
    const answer = seat.path.sent.length;
    expect(answer).toBeGreaterThan(0);
    media.nowMs += 500;
    media.server.tick();
    expect(seat.path.sent.length).toBeGreaterThan(answer);
    media.nowMs += 9000;
    media.server.tick();
    expect(seat.happened).toEqual([]);
    media.nowMs += 600;
    media.server.tick();
    expect(seat.happened).toEqual(['handshakeFailed']);
    expect(done.happened).toEqual(['connected']);
    expect(media.server.counters).toMatchObject({ seats: 1, connectedSeats: 1, failedHandshakes: 1 });
  });

  it('begins with so many handshakes of one source', () => {
    const media = new TestMedia({ handshakesPerSource: { burst: 2, perSecond: 1 } });
    const seats = Array.from({ length: 3 }, () => media.openSeat());
    for (const seat of seats) seat.connect();
    expect(seats.map(({ happened }) => happened.length)).toEqual([1, 1, 0]);
    expect(media.server.counters.droppedFlood).toBe(1);
    media.nowMs += 1000;
    seats[2]!.connect();
    expect(seats[2]!.happened).toEqual(['connected']);
  });

  it('begins with so many handshakes at one time', () => {
    const media = new TestMedia({ handshakes: 1 });
    const done = media.openSeat();
    done.connect();
    const [slow, next] = [media.openSeat(), media.openSeat()];
    slow.checkBy(slow.path);
    media.server.receive(slow.path, Buffer.from(done.sent[0]!));
    next.connect();
    expect(next.happened).toEqual([]);
    media.nowMs += 10_001;
    media.server.tick();
    next.connect();
    expect([slow.happened, next.happened]).toEqual([['handshakeFailed'], ['connected']]);
  });

  it('ends when the seat does, whatever still comes', () => {
    const media = new TestMedia();
    const seat = media.openSeat();
    seat.connect();
    seat.transport.close();
    expect(seat.path.seat).toBeNull();
    // The goodbye.
    expect(seat.path.sent).toHaveLength(1);
    seat.path.sent.length = 0;
    expect(seat.checkBy(seat.path)).toBeNull();
    seat.transport.restart({ ufrag: 'next', pwd: 'any' });
    expect(seat.checkBy(seat.path)).toBeNull();
    seat.transport.close();
    expect(seat.transport.sendRtp(rtp())).toBe(false);
    expect(seat.happened).toEqual(['connected']);
    expect(media.server.counters).toMatchObject({ seats: 0, connectedSeats: 0 });
  });
});
