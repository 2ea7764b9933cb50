/** Rooms above what carries them in the product: UDP and TCP, ICE, DTLS, SRTP, and time that passes by itself. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  SeatAnswerSchema,
  type SeatConnected,
  type SeatEvent,
  SeatEventSchema,
  SeatRequestSchema,
  SeatSource,
} from '@sotto/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { LocalMedia } from '../media/mediaTransport.ts';
import { encodeNack } from '../rtp/rtcp.ts';
import { rtpPacket, vp8Payload } from '../testing/rtpPackets.ts';
import { connectTestSeat, createTestSeatIdentity, type TestSeat } from '../testing/seat/testSeat.ts';
import { startTestRoomRelay, type TestRoomRelay } from '../testing/testRoomRelay.ts';
import { extensions, payloadTypes } from '../testing/testRooms.ts';

const waiting = { timeout: 45_000 };
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const roomId = 'room';
const { MICROPHONE, CAMERA } = SeatSource;
const soundSsrc = 11;
const pictureSsrc = 12;

interface Sitting {
  readonly seat: TestSeat;
  readonly joinId: string;
  readonly rtp: Buffer[];
  readonly rtcp: Buffer[];
  readonly receives: SeatConnected['receives'];
  watch(of: string): void;
}

async function start() {
  const events = new Map<string, SeatEvent>();
  const relay = await startTestRoomRelay((event) => {
    if (event.kind === 'seat') events.set(event.joinId, fromBinary(SeatEventSchema, event.event));
  });
  ending.push(() => relay.stop());
  return { relay, events };
}

async function sit(relay: TestRoomRelay, joinId: string, isTcp = false): Promise<Sitting> {
  const name = { roomId, joinId };
  expect(relay.openSeat(name)).toBe(true);
  const ask = (kind: Parameters<typeof create<typeof SeatRequestSchema>>[1] & object) => {
    const request = toBinary(SeatRequestSchema, create(SeatRequestSchema, kind));
    return fromBinary(SeatAnswerSchema, relay.ask(name, request)).kind;
  };
  const own = createTestSeatIdentity();
  const { ufrag, pwd, fingerprint } = own.remote;
  const answer = ask({
    kind: {
      case: 'connect',
      value: {
        connection: 1,
        iceUfrag: ufrag,
        icePwd: pwd,
        fingerprint,
        payloadTypes,
        extensions,
        sends: [
          { mid: '0', source: MICROPHONE, ssrc: soundSsrc },
          { mid: '1', source: CAMERA, ssrc: pictureSsrc, rtxSsrc: 13 },
        ],
        receives: [
          { mid: '2', isVideo: false },
          { mid: '3', isVideo: true },
        ],
      },
    },
  });
  if (answer.case !== 'connected') throw new Error('refused');
  const { iceUfrag, icePwd, candidates, receives } = answer.value;
  const local: LocalMedia = {
    ufrag: iceUfrag,
    pwd: icePwd,
    fingerprint: answer.value.fingerprint,
    candidates,
  };
  const rtp: Buffer[] = [];
  const rtcp: Buffer[] = [];
  const seat = await connectTestSeat(local, {
    ...own,
    isTcp,
    onRtp: (packet) => rtp.push(Buffer.from(packet)),
    onRtcp: (packet) => rtcp.push(Buffer.from(packet)),
  });
  ending.push(() => seat.close());
  const watch = (of: string) => {
    const from = { joinId: Buffer.from(of, 'hex') };
    const watches = [
      { mid: '2', source: MICROPHONE, ...from },
      { mid: '3', source: CAMERA, ...from },
    ];
    expect(ask({ kind: { case: 'watch', value: { revision: 1, watches } } }).case).toBe('watched');
  };
  return { seat, joinId, rtp, rtcp, receives, watch };
}

function sound(sequence: number): Buffer {
  const payload = Buffer.from(`sound ${sequence}`);
  return rtpPacket({ ssrc: soundSsrc, sequence, payloadType: payloadTypes.opus, payload });
}

function picture(sequence: number, isKey: boolean): Buffer {
  const payload = vp8Payload({ picture: sequence, tl0: sequence, isKey, frame: Buffer.alloc(800) });
  return rtpPacket({ ssrc: pictureSsrc, sequence, payloadType: payloadTypes.vp8, hasMarker: true, payload });
}

const isRequestForKey = (packet: Buffer) => packet[1] === 206 && (packet[0]! & 31) === 1;

describe('rooms over a network', () => {
  it.each([
    ['UDP', false],
    ['TCP', true],
  ])(
    'forward sound and pictures over %s, send again what got lost, and tell what comes',
    async (_, isTcp) => {
      const { relay, events } = await start();
      const ann = await sit(relay, '00000000000000aa');
      const bob = await sit(relay, '00000000000000bb', isTcp);
      bob.watch(ann.joinId);
      const soundTo = bob.receives[0]!.ssrc;
      const pictureTo = bob.receives[1]!;
      const sequencesOf = (ssrc: number) =>
        bob.rtp.flatMap((packet) => (packet.readUInt32BE(8) === ssrc ? [packet.readUInt16BE(2)] : []));
      let sequence = 0;
      // A sender that answers requests for key frames, until all have come.
      await expect
        .poll(() => {
          sequence += 1;
          ann.seat.sendRtp(sound(sequence));
          const asked = ann.rtcp.findIndex(isRequestForKey);
          if (asked >= 0) ann.rtcp.splice(asked, 1);
          ann.seat.sendRtp(picture(sequence, asked >= 0));
          return [sequencesOf(soundTo).length > 20, sequencesOf(pictureTo.ssrc).length > 20];
        }, waiting)
        .toEqual([true, true]);
      for (const ssrc of [soundTo, pictureTo.ssrc]) {
        const sequences = sequencesOf(ssrc);
        expect((sequences.at(-1)! - sequences[0]!) & 0xffff).toBe(sequences.length - 1);
      }
      bob.seat.sendRtcp(encodeNack(5, pictureTo.ssrc, [sequencesOf(pictureTo.ssrc).at(-2)!]));
      await expect.poll(() => sequencesOf(pictureTo.rtxSsrc).length, waiting).toBeGreaterThan(0);
      await expect
        .poll(() => {
          sequence += 1;
          ann.seat.sendRtp(sound(sequence));
          return events.get(bob.joinId)?.sources.map(({ source }) => source) ?? [];
        }, waiting)
        .toContain(MICROPHONE);
      expect(relay.counters).toMatchObject({ seats: 2, droppedUnknown: 0, droppedMalformed: 0 });
    },
  );
});
