import { SeatSource, SeatWatchPhase } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { encodeReceiverReport } from '../rtp/rtcp.ts';
import { rembPacket, rtpPacket } from '../testing/rtpPackets.ts';
import { TestCamera, TestReceiver } from '../testing/testCamera.ts';
import { extensions, payloadTypes, type TestPage, TestRooms } from '../testing/testRooms.ts';

const { MICROPHONE, CAMERA } = SeatSource;

/**
 * A receiver behind a line that takes so much, which says what Chromium says: of pictures alone, half as much again as came at
 * most, and next to nothing where next to nothing comes.
 */
class Line {
  readonly page: TestPage;
  linkBps: number;
  remb: number;
  #bytes = 0;
  #atMs: number;
  /** Bits per second that came, of late. */
  received = 0;

  constructor(page: TestPage, linkBps: number) {
    this.page = page;
    this.linkBps = linkBps;
    this.remb = linkBps;
    this.#atMs = page.rooms.nowMs;
    const before = page.onRtp;
    page.onRtp = (packet) => {
      if (packet[1]! % 128 !== payloadTypes.opus) this.#bytes += packet.length;
      before(packet);
    };
  }

  step(nowMs: number): void {
    const passedMs = nowMs - this.#atMs;
    if (passedMs < 500) return;
    this.received = (this.#bytes * 8000) / passedMs;
    this.#bytes = 0;
    this.#atMs = nowMs;
    const isOver = this.received > this.linkBps;
    this.remb = isOver
      ? this.linkBps * 0.85
      : Math.min(this.remb * 1.04 + 5000, this.received * 1.5 + 10_000);
    this.page.sendRtcp(rembPacket(this.remb));
  }
}

const phases = (page: TestPage) => page.event?.watches.map(({ phase }) => phase);
const layers = (page: TestPage) => page.event?.watches.map(({ layer }) => layer);

describe('what a receiver can take', () => {
  it('lowers layers, pauses pictures, never sound, and lets them rise again by probing', () => {
    const rooms = new TestRooms();
    const [ann, bob, cat] = [rooms.page(), rooms.page(), rooms.page()];
    const cameras = [new TestCamera(ann), new TestCamera(bob)];
    let sounds = 0;
    const voice = {
      step: (nowMs: number) => {
        if (nowMs % 20 !== 0) return;
        sounds += 1;
        const mid: [number, Uint8Array] = [extensions.mid, Buffer.from('0')];
        const payload = Buffer.alloc(400);
        ann.sendRtp(
          rtpPacket({
            ssrc: 9,
            sequence: sounds,
            payloadType: payloadTypes.opus,
            extensions: [mid],
            payload,
          }),
        );
      },
    };
    cat.watch({
      s0: { of: ann, source: MICROPHONE },
      p0: { of: ann, source: CAMERA, maxLayer: 2 },
      p1: { of: bob, source: CAMERA, maxLayer: 2, isPriority: true },
    });
    const line = new Line(cat, 5_000_000);
    const receiver = new TestReceiver(cat, 'p1');
    const parts = [...cameras, voice, line, receiver];
    rooms.run(10_000, parts);
    expect(layers(cat)).toEqual([0, 2, 2]);

    line.linkBps = 700_000;
    line.remb = 700_000;
    rooms.run(10_000, parts);
    expect(line.received).toBeLessThan(720_000);
    expect(layers(cat)).toEqual([0, 0, 1]);
    expect(phases(cat)?.[2]).toBe(SeatWatchPhase.ACTIVE);

    line.linkBps = 120_000;
    line.remb = 120_000;
    rooms.run(5000, parts);
    expect(phases(cat)).toEqual([SeatWatchPhase.ACTIVE, SeatWatchPhase.PAUSED, SeatWatchPhase.PAUSED]);
    const soundsBefore = sounds;
    const heard = () =>
      cat.rtp.filter((packet) => packet.readUInt32BE(8) === cat.ssrcs.get('s0')!.ssrc).length;
    const heardBefore = heard();
    rooms.run(1000, parts);
    expect(heard() - heardBefore).toBe(sounds - soundsBefore);

    line.linkBps = 5_000_000;
    const shownBefore = receiver.shown.length;
    rooms.run(60_000, parts);
    expect(rooms.host.counters.probePackets).toBeGreaterThan(10);
    expect(layers(cat)).toEqual([0, 2, 2]);
    expect(receiver.shown.length - shownBefore).toBeGreaterThan(600);
    expect(receiver.shown.at(-1)!.layer).toBe(2);
    // With all that is wanted there is nothing to try.
    const { probePackets } = rooms.host.counters;
    rooms.run(3000, parts);
    expect(rooms.host.counters.probePackets).toBe(probePackets);
  });

  it('does not follow from a word about little, however much sound there is beside it', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    bob.watch({ s0: { of: ann, source: MICROPHONE }, p0: { of: ann, source: CAMERA, maxLayer: 0 } });
    let sounds = 0;
    const voice = (nowMs: number) => {
      if (nowMs % 20 !== 0) return;
      sounds += 1;
      const mid: [number, Uint8Array] = [extensions.mid, Buffer.from('0')];
      const payload = Buffer.alloc(1000);
      ann.sendRtp(
        rtpPacket({ ssrc: 9, sequence: sounds, payloadType: payloadTypes.opus, extensions: [mid], payload }),
      );
    };
    // As Chromium begins, where some frames of a small picture came.
    rooms.pass(20_000, (nowMs) => {
      voice(nowMs);
      if (nowMs % 1000 < 40) camera.step(nowMs);
      if (nowMs % 1000 === 0) bob.sendRtcp(rembPacket(16_440 + nowMs / 1000));
    });
    expect(phases(bob)).toContain(SeatWatchPhase.ACTIVE);
    expect(phases(bob)).not.toContain(SeatWatchPhase.PAUSED);
  });

  it('goes to what is watched in its order', () => {
    const rooms = new TestRooms();
    const [ann, bob, cat] = [rooms.page(), rooms.page(), rooms.page()];
    const cameras = [new TestCamera(ann), new TestCamera(bob)];
    const parts = [...cameras, new Line(cat, 250_000)];
    const source = CAMERA;
    /** Which of the two was ever active while the other was paused. */
    const preferred = () => {
      const seen = new Set<number>();
      for (let i = 0; i < 50; i++) {
        rooms.run(200, parts);
        const active = phases(cat)?.indexOf(SeatWatchPhase.ACTIVE) ?? -1;
        if (phases(cat)?.includes(SeatWatchPhase.PAUSED) && active >= 0) seen.add(active);
      }
      return [...seen];
    };
    cat.watch({ p1: { of: ann, source }, p0: { of: bob, source } });
    rooms.run(3000, parts);
    expect(preferred()).toEqual([1]);
    cat.watch({ p0: { of: bob, source }, p1: { of: ann, source } });
    rooms.run(3000, parts);
    expect(preferred()).toEqual([0]);
  });

  it('is less where much gets lost, though it says nothing', () => {
    const rooms = new TestRooms();
    const [ann, bob] = [rooms.page(), rooms.page()];
    const camera = new TestCamera(ann);
    bob.watch({ p0: { of: ann, source: CAMERA, maxLayer: 2 } });
    rooms.run(3000, [camera]);
    expect(layers(bob)).toEqual([2]);
    const { ssrc } = bob.ssrcs.get('p0')!;
    let highestSequence = 1000;
    const reports = {
      step: (nowMs: number) => {
        if (nowMs % 1000 !== 0) return;
        highestSequence += 100;
        const nothing = { lost: 0, jitter: 0, lastReport: 0, sinceLastReport: 0 };
        bob.sendRtcp(encodeReceiverReport(9, [{ ssrc, fractionLost: 100, highestSequence, ...nothing }]));
      },
    };
    rooms.run(8000, [camera, reports]);
    expect(layers(bob)).toEqual([0]);
  });
});
