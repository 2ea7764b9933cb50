/** Somebody on a bad line, in virtual time: sound goes on whole, and pictures take what is left of it. */
import { SeatSource, SeatWatchPhase } from '@sotto/protocol';
import { describe, expect, it } from 'vitest';
import { encodeSenderReport } from '../rtp/rtcp.ts';
import { rtpPacket } from '../testing/rtpPackets.ts';
import { SlowReceiver } from '../testing/slowReceiver.ts';
import { TestCamera } from '../testing/testCamera.ts';
import { payloadTypes, TestRooms } from '../testing/testRooms.ts';

const { MICROPHONE, CAMERA } = SeatSource;
const soundSsrc = 7;
const soundEveryMs = 20;

/** Ann speaks and has a camera of some 200, 400 and 750 kbit/s; Bob watches her. */
function start(queueMs: number) {
  const rooms = new TestRooms();
  const ann = rooms.page({
    connect: {
      sends: [
        { mid: '0', source: MICROPHONE, ssrc: soundSsrc },
        { mid: '1', source: CAMERA, rids: ['q', 'h', 'f'] },
      ],
    },
  });
  const bob = rooms.page();
  const camera = new TestCamera(ann);
  const receiver = new SlowReceiver(bob, { bitsPerSecond: 20_000_000, queueMs });
  bob.watch({ s0: { of: ann, source: MICROPHONE }, p0: { of: ann, source: CAMERA, maxLayer: 2 } });
  let spoken = 0;
  const voice = {
    step(nowMs: number) {
      if (nowMs % soundEveryMs === 0) {
        spoken += 1;
        const payload = Buffer.alloc(100);
        const numbers = { sequence: spoken & 0xffff, timestamp: spoken * 960 };
        ann.sendRtp(rtpPacket({ ssrc: soundSsrc, payloadType: payloadTypes.opus, ...numbers, payload }));
      }
      if (nowMs % 1000 !== 0) return;
      for (const { ssrc } of camera.layers) {
        const time = { ntpSeconds: Math.floor(nowMs / 1000), ntpFraction: 0, timestamp: nowMs * 90 };
        ann.sendRtcp(encodeSenderReport({ ssrc, ...time, packets: 1, octets: 1 }));
      }
    },
  };
  /** So many seconds: for each, the layer that is shown, the part of sound that came, and how long packets waited at most. */
  const go = (seconds: number) =>
    Array.from({ length: seconds }, () => {
      const [spokenBefore, heardBefore] = [spoken, receiver.sounds];
      let delayMs = 0;
      const watchLine = {
        step(nowMs: number) {
          delayMs = Math.max(delayMs, receiver.line.delayMs(nowMs));
        },
      };
      rooms.run(1000, [camera, voice, receiver, watchLine]);
      const state = bob.event?.watches.find(({ mid }) => mid === 'p0');
      return {
        layer: state?.phase === SeatWatchPhase.ACTIVE ? state.layer : -1,
        heard: (receiver.sounds - heardBefore) / (spoken - spokenBefore),
        delayMs: Math.round(delayMs),
      };
    });
  const line = (bitsPerSecond: number) => receiver.line.set({ bitsPerSecond, queueMs });
  return { go, line };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a receiver on a bad line', () => {
  it.each([
    ['much', 500, 0.99],
    ['little', 60, 0.97],
  ])(
    'hears on, sees a smaller picture, and a large one when the line is good again, where %s may wait',
    (_, queueMs, least) => {
      const { go, line } = start(queueMs);
      expect(go(15).at(-1)).toMatchObject({ layer: 2, heard: 1 });

      line(300_000);
      expect(go(10).at(-1)!.layer).toBe(0);
      const bad = go(40);
      expect(mean(bad.map(({ heard }) => heard))).toBeGreaterThan(least);
      expect(mean(bad.map(({ delayMs }) => delayMs))).toBeLessThan(queueMs === 500 ? 150 : queueMs);
      expect(bad.filter(({ layer }) => layer === 0).length).toBeGreaterThan(35);

      line(2_000_000);
      const good = go(30);
      expect(good.at(-1)).toMatchObject({ layer: 2, heard: 1 });
      expect(mean(good.map(({ heard }) => heard))).toBeGreaterThan(least);
    },
  );
});
