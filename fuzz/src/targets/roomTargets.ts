/** Rooms of group calls without a network: what a seat sends and asks, which is authentic and still may be anything. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { SeatAnswerSchema, SeatRequestSchema, SeatSource } from '@sotto/protocol';
import {
  extensions,
  payloadTypes,
  rembPacket,
  rtpPacket,
  rtxPacket,
  TestRooms,
  vp8Payload,
} from '@sotto/relay/testing';
import type { Target } from '../target.ts';

/** Limits off, so that every input is looked at. */
const unlimited = { burst: 1e12, perSecond: 1e12 };
const rates = { packets: unlimited, bytes: unlimited };
const limits = {
  requestsPerSeat: unlimited,
  sound: rates,
  picture: rates,
  reportsPerSeat: unlimited,
  resentBytesPerSeat: { burst: 1e6, perSecond: 1e6 },
};
/** What a forwarded packet may have more than what came: header extensions, and the number of RTX. */
const mostAddedBytes = 24;
/** Whatever one input brings about: a stretch of what waited, or what was asked for again. */
const mostPackets = 3000;
const pictureSsrc = 20;

export function roomTargets(): Target[] {
  return [rtpTarget(), rtcpTarget(), requestTarget()];
}

function picture(sequence: number, isKey: boolean) {
  const mid: [number, Uint8Array] = [extensions.mid, Buffer.from('1')];
  const rid: [number, Uint8Array] = [extensions.rid, Buffer.from('q')];
  return {
    ssrc: pictureSsrc,
    sequence,
    timestamp: sequence * 3000,
    payloadType: payloadTypes.vp8,
    extensions: [mid, rid],
    payload: vp8Payload({ picture: sequence, tl0: sequence, isKey, frame: Buffer.alloc(30) }),
  };
}

/** Two pages that watch each other, and what reaches each. */
function twoPages() {
  const rooms = new TestRooms(limits);
  const [ann, bob] = [rooms.page(), rooms.page()];
  const watchOf = (of: typeof ann) => ({
    s0: { of, source: SeatSource.MICROPHONE },
    p0: { of, source: SeatSource.CAMERA, maxLayer: 2 },
    p1: { of, source: SeatSource.SCREEN },
  });
  ann.watch(watchOf(bob));
  bob.watch(watchOf(ann));
  for (let sequence = 1; sequence < 30; sequence++) {
    ann.sendRtp(rtpPacket(picture(sequence, sequence % 5 === 0)));
    rooms.pass(100);
  }
  const step = () => {
    rooms.nowMs += 3;
    rooms.host.sweep();
    for (const page of [ann, bob]) page.rtp.length = page.rtcp.length = 0;
  };
  return { rooms, ann, bob, step };
}

function rtpTarget(): Target {
  const { ann, bob, step } = twoPages();
  const own = new Set([...bob.ssrcs.values()].flatMap(({ ssrc, rtxSsrc }) => [ssrc, rtxSsrc]));
  const sound = rtpPacket({
    ssrc: 19,
    sequence: 5,
    payloadType: payloadTypes.opus,
    extensions: [
      [extensions.mid, Buffer.from('0')],
      [extensions.audioLevel, Buffer.of(30)],
      [extensions.transportCc, Buffer.of(0, 9)],
    ],
    payload: Buffer.alloc(40, 1),
  });
  const repaired: [number, Uint8Array] = [extensions.repairedRid, Buffer.from('q')];
  const rtx = rtxPacket(
    { ...picture(40, true), extensions: [[extensions.mid, Buffer.from('1')], repaired] },
    { ssrc: 21, sequence: 1, payloadType: payloadTypes.vp8Rtx },
  );
  const padding = rtpPacket({ ssrc: 21, sequence: 2, payloadType: payloadTypes.vp8Rtx, paddingBytes: 100 });
  return {
    name: 'relay.rtp',
    samples: [sound, rtx, padding, ...[30, 31, 65_535].map((sequence) => rtpPacket(picture(sequence, true)))],
    run: (bytes) => {
      ann.sendRtp(Buffer.from(bytes));
      if (bob.rtp.length > mostPackets) throw new Error('one packet became many');
      for (const packet of bob.rtp) {
        if (packet[0]! >> 6 !== 2 || !own.has(packet.readUInt32BE(8)))
          throw new Error('not of this receiver');
      }
      const [first, ...more] = bob.rtp;
      if (more.length === 0 && (first?.length ?? 0) > bytes.length + mostAddedBytes) throw new Error('grown');
      step();
    },
  };
}

function rtcpTarget(): Target {
  const { ann, bob, step } = twoPages();
  const ssrc = Buffer.alloc(4);
  ssrc.writeUInt32BE(bob.ssrcs.get('p0')!.ssrc);
  const about = (head: string, rest = '') => Buffer.from(`${head}${ssrc.toString('hex')}${rest}`, 'hex');
  const samples = [
    rembPacket(500_000),
    about('81ce000200000001'),
    about('81cd000300000001', '0001ffff'),
    about('81c9000700000001', '10000005000100050000000a0000000000000000'),
    Buffer.from('80c8000600000014e1234567000000000000000000000001000000ff', 'hex'),
  ];
  return {
    name: 'relay.rtcp',
    samples: [...samples, Buffer.concat(samples)],
    run: (bytes) => {
      bob.sendRtcp(Buffer.from(bytes));
      ann.sendRtcp(Buffer.from(bytes));
      if (bob.rtp.length > mostPackets || ann.rtcp.length > mostPackets) throw new Error('one became many');
      step();
    },
  };
}

function requestTarget(): Target {
  let rooms = new TestRooms(limits);
  let page = rooms.page();
  const encode = (kind: Parameters<TestRooms['ask']>[1]) =>
    toBinary(SeatRequestSchema, create(SeatRequestSchema, { kind }));
  const samples = [
    page.lastConnect,
    encode({
      case: 'watch',
      value: {
        revision: 1,
        watches: [{ mid: 'p0', joinId: Buffer.alloc(8, 1), source: SeatSource.CAMERA, maxLayer: 2 }],
      },
    }),
  ];
  return {
    name: 'relay.seatRequest',
    samples,
    run: (bytes) => {
      const answer = fromBinary(SeatAnswerSchema, rooms.host.ask(page.ticket, bytes, rooms.wallMs));
      if (answer.kind.case === undefined) throw new Error('no answer');
      rooms.nowMs += 5;
      rooms.host.sweep();
      if (rooms.media.transports.length < 100) return;
      rooms = new TestRooms(limits);
      page = rooms.page();
    },
  };
}
