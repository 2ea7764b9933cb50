import { SeatRefusal, SeatSource, SeatWatchPhase } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { sequenceDelta } from '../rtp/numbers.ts';
import { encodePictureLoss, encodeSenderReport, readRtcp } from '../rtp/rtcp.ts';
import { RtpPacket } from '../rtp/rtpPacket.ts';
import { rtpPacket } from '../testing/rtpPackets.ts';
import { TestCamera } from '../testing/testCamera.ts';
import { extensions, payloadTypes, type TestPage, TestRooms } from '../testing/testRooms.ts';

const { MICROPHONE } = SeatSource;

function read(bytes: Buffer): RtpPacket {
  const packet = new RtpPacket();
  expect(packet.read(bytes)).toBe(true);
  return packet;
}

/** A packet of a page's microphone. */
function sound(
  page: TestPage,
  sequence: number,
  { ssrc = page.number * 1000, mid = '0', loudness = 30 } = {},
) {
  return rtpPacket({
    ssrc,
    sequence,
    timestamp: sequence * 960,
    payloadType: payloadTypes.opus,
    extensions: [
      [extensions.mid, Buffer.from(mid)],
      [extensions.audioLevel, Buffer.of(loudness)],
    ],
    payload: Buffer.from(`sound ${sequence}`),
  });
}

const text = (bytes: Buffer) => bytes.subarray(read(bytes).payloadAt).toString();

describe('sound', () => {
  it('goes to who watches it, at once, in the numbers of the line', () => {
    const rooms = new TestRooms();
    const [ann, bob, cat] = [rooms.page(), rooms.page(), rooms.page()];
    bob.watch({ s0: { of: ann, source: MICROPHONE } });
    for (const sequence of [65_534, 65_535, 0, 1]) ann.sendRtp(sound(ann, sequence));
    expect(bob.rtp.map(text)).toEqual(['sound 65534', 'sound 65535', 'sound 0', 'sound 1']);
    const packets = bob.rtp.map(read);
    for (const [i, packet] of packets.entries()) {
      expect(packet).toMatchObject({ ssrc: bob.ssrcs.get('s0')!.ssrc, payloadType: 111 });
      expect(sequenceDelta(packet.sequence, packets[0]!.sequence)).toBe(i);
    }
    expect(cat.rtp).toEqual([]);
    expect(ann.rtp).toEqual([]);
  });

  it('stays one stream when the line shows somebody else', () => {
    const rooms = new TestRooms();
    const [ann, bob, cat] = [rooms.page(), rooms.page(), rooms.page()];
    cat.watch({ s0: { of: ann, source: MICROPHONE } });
    for (const sequence of [7, 8]) ann.sendRtp(sound(ann, sequence));
    cat.watch({ s0: { of: bob, source: MICROPHONE } });
    rooms.pass(20);
    ann.sendRtp(sound(ann, 9));
    for (const sequence of [40_000, 40_001]) bob.sendRtp(sound(bob, sequence));
    expect(cat.rtp.map(text)).toEqual(['sound 7', 'sound 8', 'sound 40000', 'sound 40001']);
    const packets = cat.rtp.map(read);
    const steps = packets.slice(1).map((packet, i) => sequenceDelta(packet.sequence, packets[i]!.sequence));
    expect(steps).toEqual([1, 1, 1]);
    expect(new Set(packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    // 20 ms at 48 kHz, and its beginning is marked.
    expect((packets[2]!.timestamp - packets[1]!.timestamp) >>> 0).toBe(960);
    expect(packets[2]!.hasMarker).toBe(true);
  });

  it('goes to a seat once: a watch that names it for two lines is refused', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    bob.watch({ s0: { of: ann, source: MICROPHONE } });
    const both = { of: ann, source: MICROPHONE };
    expect(bob.watch({ s0: both, s1: both }).kind.value).toMatchObject({ reason: SeatRefusal.MALFORMED });
    ann.sendRtp(sound(ann, 1));
    expect(bob.rtp.map(text)).toEqual(['sound 1']);
  });

  it('says when it was sent, and how loud it is only to who takes that, and never of which line it came', () => {
    const rooms = new TestRooms();
    const ann = rooms.page();
    const bob = rooms.page({ connect: { extensions: { absSendTime: 9, audioLevel: 5, mid: 4, rid: 10 } } });
    const cat = rooms.page({ connect: { extensions: { mid: 4, rid: 10 } } });
    for (const page of [bob, cat]) page.watch({ s0: { of: ann, source: MICROPHONE } });
    ann.sendRtp(sound(ann, 1, { loudness: 33 }));
    const forBob = read(bob.rtp[0]!);
    expect(forBob.extensionAt[4]).toBe(0);
    expect(bob.rtp[0]![forBob.extensionAt[5]!]).toBe(33);
    expect(bob.rtp[0]!.readUIntBE(forBob.extensionAt[9]!, 3)).toBe(
      Math.floor(rooms.nowMs * 262.144) & 0xffffff,
    );
    expect(cat.rtp[0]![0]! & 0x10).toBe(0);
    expect(text(cat.rtp[0]!)).toBe('sound 1');
  });

  it('comes with the payload type that the receiver has for it', () => {
    const rooms = new TestRooms();
    const ann = rooms.page();
    const bob = rooms.page({ connect: { payloadTypes: { opus: 109, vp8: 120, vp8Rtx: 124 } } });
    bob.watch({ s0: { of: ann, source: MICROPHONE } });
    ann.sendRtp(sound(ann, 1));
    expect(read(bob.rtp[0]!).payloadType).toBe(109);
  });

  it('is watched before it is there', () => {
    const rooms = new TestRooms();
    const bob = rooms.page();
    const later = { joinId: '0000000000000002' } as TestPage;
    bob.watch({ s0: { of: later, source: MICROPHONE } });
    rooms.pass(400);
    expect(bob.event?.watches).toMatchObject([{ mid: 's0', phase: SeatWatchPhase.WAITING }]);
    const ann = rooms.page();
    ann.sendRtp(sound(ann, 1));
    rooms.pass(400);
    expect(bob.rtp.map(text)).toEqual(['sound 1']);
    expect(bob.event?.watches).toMatchObject([{ mid: 's0', phase: SeatWatchPhase.ACTIVE }]);
  });
});

describe('what a seat may not send', () => {
  const watched = () => {
    const rooms = new TestRooms();
    const [ann, bob, eve] = [rooms.page(), rooms.page(), rooms.page()];
    bob.watch({ s0: { of: ann, source: MICROPHONE }, s1: { of: eve, source: MICROPHONE } });
    ann.sendRtp(sound(ann, 1));
    return { rooms, ann, bob, eve };
  };

  it("with another's SSRC, is never heard as the other", () => {
    const { rooms, ann, bob, eve } = watched();
    // Without a line of its own, and by a line that it did not declare.
    const bare = rtpPacket({ ssrc: 1000, sequence: 2, payloadType: 111, payload: Buffer.from('eve') });
    eve.sendRtp(bare);
    eve.sendRtp(sound(eve, 2, { ssrc: 1000, mid: '7' }));
    expect(rooms.host.counters.droppedUnknown).toBe(2);
    expect(bob.rtp).toHaveLength(1);
    // By its own line it is its own, whatever the number.
    eve.sendRtp(sound(eve, 3, { ssrc: 1000 }));
    expect(bob.rtp.map((packet) => read(packet).ssrc)).toEqual([
      bob.ssrcs.get('s0')!.ssrc,
      bob.ssrcs.get('s1')!.ssrc,
    ]);
    ann.sendRtp(sound(ann, 2));
    expect(text(bob.rtp.at(-1)!)).toBe('sound 2');
  });

  it('with a payload type that the line has not, is dropped', () => {
    const { rooms, ann, bob } = watched();
    ann.sendRtp(rtpPacket({ ssrc: 1000, sequence: 2, payloadType: 96, payload: Buffer.from('no sound') }));
    expect(rooms.host.counters.droppedUnknown).toBe(1);
    expect(bob.rtp).toHaveLength(1);
  });

  it('again, is forwarded once', () => {
    const { rooms, ann, bob } = watched();
    const packets = [2, 3, 5, 4].map((sequence) => sound(ann, sequence));
    for (const packet of [...packets, ...packets]) ann.sendRtp(packet);
    expect(bob.rtp.map(text)).toEqual(['sound 1', 'sound 2', 'sound 3', 'sound 5', 'sound 4']);
    expect(rooms.host.counters.droppedLate).toBe(4);
  });

  it('that is no RTP or RTCP, is dropped', () => {
    const { rooms, ann, bob } = watched();
    for (const bad of [Buffer.alloc(12), Buffer.alloc(1600, 0x80), Buffer.from('90'.padEnd(24, '0'), 'hex')])
      ann.sendRtp(bad);
    for (const bad of [Buffer.alloc(8), Buffer.from('80c9ffff00000001', 'hex')]) ann.sendRtcp(bad);
    expect(rooms.host.counters.droppedMalformed).toBe(5);
    expect(bob.rtp).toHaveLength(1);
  });

  it('in floods, is dropped beyond a rate, and others are not hurt', () => {
    const { rooms, ann, bob, eve } = watched();
    for (let sequence = 10; sequence < 5000; sequence++) eve.sendRtp(sound(eve, sequence));
    for (let i = 0; i < 1000; i++) eve.sendRtcp(encodePictureLoss(1, 99));
    expect(bob.rtp.length).toBeLessThan(250);
    expect(rooms.host.counters.droppedSeatRate).toBeGreaterThan(5000);
    ann.sendRtp(sound(ann, 2));
    expect(text(bob.rtp.at(-1)!)).toBe('sound 2');
  });
});

describe('reports', () => {
  it('of a sender go on in the numbers of each line', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    bob.watch({ s0: { of: ann, source: MICROPHONE } });
    for (const sequence of [1, 2, 3]) ann.sendRtp(sound(ann, sequence));
    ann.sendRtcp(
      encodeSenderReport({
        ssrc: 1000,
        ntpSeconds: 0x1234_5678,
        ntpFraction: 0x9abc_def0,
        timestamp: 3000,
        packets: 99,
        octets: 9999,
      }),
    );
    const report = bob.rtcp.find((packet) => packet[1] === 200)!;
    const last = read(bob.rtp.at(-1)!);
    expect(report.readUInt32BE(4)).toBe(bob.ssrcs.get('s0')!.ssrc);
    expect(report.toString('hex', 8, 16)).toBe('123456789abcdef0');
    expect((report.readUInt32BE(16) - last.timestamp) >>> 0).toBe((3000 - 3 * 960) >>> 0);
    expect([report.readUInt32BE(20), report.readUInt32BE(24)]).toEqual([3, 21]);
  });

  it('of a sender who floods them go on now and then', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    bob.watch({ s0: { of: ann, source: MICROPHONE } });
    ann.sendRtp(sound(ann, 1));
    bob.rtcp.length = 0;
    const report = encodeSenderReport({
      ssrc: ann.number * 1000,
      ntpSeconds: 1,
      ntpFraction: 0,
      timestamp: 1,
      packets: 1,
      octets: 1,
    });
    const many = Buffer.concat(Array.from({ length: 50 }, () => report));
    rooms.pass(1000, () => ann.sendRtcp(many));
    expect(bob.rtcp.length).toBeGreaterThan(0);
    expect(bob.rtcp.length).toBeLessThan(12);
  });

  it('tell senders what came, each second, and when, each 50 ms', () => {
    const rooms = new TestRooms();
    const ann = rooms.page();
    const camera = new TestCamera(ann);
    let count = 0;
    camera.loses = () => ++count % 5 === 0;
    rooms.run(3000, [camera]);
    const feedback = ann.rtcp.filter((packet) => packet[1] === 205 && (packet[0]! & 31) === 15);
    expect(feedback.length).toBeGreaterThan(45);
    expect(feedback.length).toBeLessThan(62);
    const lost: number[] = [];
    for (const packet of ann.rtcp) {
      readRtcp(packet, {
        senderReport: () => {},
        reportBlock: ({ fractionLost }) => lost.push(fractionLost / 256),
        nack: () => {},
        pictureLoss: () => {},
        remb: () => {},
      });
    }
    expect(lost.length).toBeGreaterThanOrEqual(6);
    expect(lost.slice(-3).reduce((a, b) => a + b, 0) / 3).toBeCloseTo(0.2, 1);
    // Nobody watches: nothing is asked for again.
    expect(ann.rtcp.some((packet) => packet[1] === 205 && (packet[0]! & 31) === 1)).toBe(false);
  });
});

describe('who speaks', () => {
  it('is told, loudest first, where senders tell their level', () => {
    const rooms = new TestRooms();
    const [ann, bob, cat] = [rooms.page(), rooms.page(), rooms.page()];
    let sequence = 0;
    const talk = (loudness: readonly number[]) =>
      rooms.pass(1500, (nowMs) => {
        if (nowMs % 20 !== 0) return;
        sequence += 1;
        for (const [i, page] of [ann, bob, cat].entries())
          page.sendRtp(sound(page, sequence, { loudness: loudness[i]! }));
      });
    const speakers = () => cat.event?.speakers.map(({ joinId }) => Buffer.from(joinId).toString('hex'));
    talk([30, 20, 100]);
    expect(speakers()).toEqual([bob.joinId, ann.joinId]);
    talk([100, 100, 25]);
    talk([100, 100, 25]);
    expect(speakers()).toEqual([cat.joinId]);
  });

  it('is not where they do not', () => {
    const rooms = new TestRooms();
    const quiet = { extensions: { mid: 4, rid: 10, repairedRid: 11 } };
    const [ann, bob] = [rooms.page({ connect: quiet }), rooms.page()];
    bob.watch({ s0: { of: ann, source: MICROPHONE } });
    rooms.pass(1500, (nowMs) => {
      if (nowMs % 20 === 0) ann.sendRtp(sound(ann, nowMs / 20, { loudness: 10 }));
    });
    expect(bob.event?.speakers).toEqual([]);
    expect(bob.event?.sources).toMatchObject([{ source: MICROPHONE, layers: 1 }]);
    expect(read(bob.rtp[0]!).extensionAt[extensions.audioLevel]).toBe(0);
  });
});
