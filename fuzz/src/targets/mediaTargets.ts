/** The media port without its sockets: checks of ICE, handshakes, sealed media, and streams cut anywhere. */
import { StreamSplitter, TestMedia, type TestMediaSeat } from '@sotto/relay/testing';
import type { Target } from '../target.ts';

/** The longest answer to a check. */
const mostAnswerBytes = 128;
/** What a handshake answers a datagram with: one flight. */
const mostFlightBytes = 2000;

/** Limits off, so that every input is looked at. */
const unlimited = { burst: 1e9, perSecond: 1e9 };
const limits = {
  checksPerSource: unlimited,
  checksPerSeat: unlimited,
  handshakesPerSource: unlimited,
  handshakes: 1e9,
};

export function mediaTargets(): Target[] {
  const media = new TestMedia(limits);
  const seat = media.openSeat();
  seat.connect();
  const checks = [
    seat.check(),
    seat.check({ nominates: false }),
    seat.check({ more: [[0x8029, Buffer.alloc(8)]] }),
  ];
  const { sealed, replayed } = sealedBy(seat);
  for (const packet of replayed) media.server.receive(seat.path, Buffer.from(packet));
  const before = seat.received.length;
  const nothingNew = () => {
    if (seat.received.length > before) throw new Error('something not authentic, or seen before, was taken');
  };
  return [
    {
      name: 'relay.check',
      samples: checks,
      run: (bytes) => {
        const path = media.path();
        media.server.receiveCheck(path, Buffer.from(bytes));
        // An answer, and a question whether the peer is there.
        const isLong = path.sent.some(({ length }) => length > mostAnswerBytes);
        if (path.sent.length > 2 || isLong) throw new Error('answered at length');
        path.seat?.lost(path);
      },
    },
    {
      name: 'relay.checkAnswer',
      samples: [seat.answerTo(checks[0]!)],
      run: (bytes) => {
        media.server.receiveAnswer(seat.path, Buffer.from(bytes));
        if (seat.path.sent.length > 0) throw new Error('answered an answer');
      },
    },
    {
      name: 'relay.handshake',
      samples: seat.sent,
      run: (bytes) => {
        const fresh = media.openSeat();
        fresh.checkBy(fresh.path);
        // Half of them begin well.
        if ((bytes[bytes.length - 1] ?? 0) % 2 === 0)
          media.server.receive(fresh.path, Buffer.from(seat.sent[0]!));
        fresh.path.sent.length = 0;
        media.server.receive(fresh.path, Buffer.from(bytes));
        const sizeBytes = fresh.path.sent.reduce((sum, { length }) => sum + length, 0);
        if (sizeBytes > mostFlightBytes) throw new Error('answered at length');
        if (fresh.happened.includes('connected')) throw new Error('connected to a handshake with another');
        fresh.transport.close();
      },
    },
    {
      name: 'relay.media',
      samples: replayed,
      run: (bytes) => {
        media.server.receive(seat.path, Buffer.from(bytes));
        nothingNew();
      },
    },
    {
      name: 'relay.mediaStranger',
      samples: [...sealed, ...seat.sent],
      run: (bytes) => {
        const path = media.path();
        media.server.receive(path, Buffer.from(bytes));
        if (path.sent.length > 0) throw new Error('answered who is not let in');
        nothingNew();
      },
    },
    {
      name: 'relay.frames',
      samples: [Buffer.concat([...checks, ...sealed].map(framed)), framed(checks[0]!), checks[0]!],
      run: (bytes) => {
        const whole = packetsOf([bytes]);
        const cut = packetsOf([...bytes].map((byte) => Uint8Array.of(byte)));
        if (!whole.equals(cut)) throw new Error('a stream means something else when it is cut');
      },
    },
  ];
}

/** Packets that nobody got, and others that will be. */
function sealedBy(seat: TestMediaSeat): { sealed: readonly Buffer[]; replayed: readonly Buffer[] } {
  const packet = (sequence: number, sizeBytes: number) => {
    const bytes = Buffer.alloc(12 + sizeBytes, 7);
    bytes.writeUInt32BE(0x80600000 + sequence, 0);
    bytes.writeUInt32BE(0x1234, 8);
    return bytes;
  };
  const withExtension = Buffer.concat([packet(3, 0), Buffer.from('bede000110ff000001020304', 'hex')]);
  withExtension[0] = 0x90;
  const report = Buffer.from('80c9000100001234', 'hex');
  return {
    replayed: [
      seat.sealRtp(packet(1, 300)),
      seat.sealRtp(packet(2, 0)),
      seat.sealRtp(withExtension),
      seat.sealRtcp(report),
    ],
    sealed: [seat.sealRtp(packet(4, 300)), seat.sealRtcp(report)],
  };
}

function framed(packet: Uint8Array): Buffer {
  const header = Buffer.alloc(2);
  header.writeUInt16BE(packet.length);
  return Buffer.concat([header, packet]);
}

/** What a splitter hands on of these chunks. */
function packetsOf(chunks: readonly Uint8Array[]): Buffer {
  const splitter = new StreamSplitter();
  const packets: Buffer[] = [];
  for (const chunk of chunks) {
    const isSound = splitter.push(Buffer.from(chunk), (packet) => packets.push(framed(packet)));
    if (!isSound) break;
  }
  return Buffer.concat(packets);
}
