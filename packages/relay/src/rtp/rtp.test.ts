import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rembPacket, rtpPacket, vp8Payload } from '../testing/rtpPackets.ts';
import { sequenceDelta } from './numbers.ts';
import {
  encodeNack,
  encodePictureLoss,
  encodeReceiverReport,
  encodeSenderReport,
  type ReportBlock,
  type RtcpVisitor,
  readRtcp,
  type SenderReport,
} from './rtcp.ts';
import { RtpPacket } from './rtpPacket.ts';
import { shiftVp8, Vp8Descriptor } from './vp8Descriptor.ts';

const bytes = (sizes: { minLength?: number; maxLength?: number }) =>
  fc.uint8Array(sizes).map((array) => Buffer.from(array));

describe('sequence numbers', () => {
  it('are compared round their end', () => {
    expect(sequenceDelta(5, 3)).toBe(2);
    expect(sequenceDelta(0, 65_535)).toBe(1);
    expect(sequenceDelta(65_535, 0)).toBe(-1);
    expect(sequenceDelta(2, 65_530)).toBe(8);
  });
});

describe('RTP', () => {
  const parts = fc.record({
    ssrc: fc.integer({ min: 0, max: 0xffff_ffff }),
    sequence: fc.integer({ min: 0, max: 0xffff }),
    timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
    payloadType: fc.integer({ min: 0, max: 127 }),
    hasMarker: fc.boolean(),
    extensions: fc.uniqueArray(
      fc.tuple(fc.integer({ min: 1, max: 14 }), fc.uint8Array({ minLength: 1, maxLength: 16 })),
      { selector: ([id]) => id, maxLength: 5 },
    ),
    payload: fc.uint8Array({ maxLength: 40 }),
    paddingBytes: fc.integer({ min: 0, max: 255 }),
  });

  it('is read as it was written', () => {
    const packet = new RtpPacket();
    fc.assert(
      fc.property(parts, (written) => {
        const encoded = rtpPacket(written);
        expect(packet.read(encoded)).toBe(true);
        const { ssrc, sequence, timestamp, payloadType, hasMarker } = written;
        expect(packet).toMatchObject({ ssrc, sequence, timestamp, payloadType, hasMarker });
        expect([...encoded.subarray(packet.payloadAt, packet.payloadEnd)]).toEqual([...written.payload]);
        const found = new Map(written.extensions);
        for (let id = 1; id <= 14; id++) {
          const data = found.get(id);
          const at = packet.extensionAt[id]!;
          expect(at > 0).toBe(data !== undefined);
          if (data !== undefined) {
            expect([...encoded.subarray(at, at + packet.extensionLength[id]!)]).toEqual([...data]);
            expect(packet.textOf(id)).toBe(Buffer.from(data).toString('latin1'));
          }
        }
      }),
    );
  });

  it('never reads beyond a packet, whatever comes', () => {
    const packet = new RtpPacket();
    const damaged = fc.tuple(parts, fc.nat(400), fc.nat(255), fc.nat(400)).map(([written, at, byte, cut]) => {
      const encoded = rtpPacket(written);
      encoded[at % encoded.length] = byte;
      return encoded.subarray(0, encoded.length - (cut % encoded.length));
    });
    fc.assert(
      fc.property(fc.oneof(bytes({ maxLength: 80 }), damaged), (input) => {
        if (!packet.read(input)) return;
        expect(packet.payloadAt).toBeLessThanOrEqual(packet.payloadEnd);
        expect(packet.payloadEnd).toBeLessThanOrEqual(input.length);
        for (let id = 1; id <= 14; id++) {
          const at = packet.extensionAt[id]!;
          if (at > 0) expect(at + packet.extensionLength[id]!).toBeLessThanOrEqual(packet.payloadAt);
        }
      }),
    );
  });

  it('takes extensions of the two-byte form', () => {
    const encoded = Buffer.from('90600001000000020000000310000002040130050201ff00', 'hex');
    const packet = new RtpPacket();
    expect(packet.read(encoded)).toBe(true);
    expect(packet.textOf(4)).toBe('0');
    expect(packet.extensionLength[5]).toBe(2);
    expect(packet.textOf(0)).toBeNull();
    expect(packet.textOf(6)).toBeNull();
  });
});

describe('the descriptor of VP8', () => {
  const descriptor = new Vp8Descriptor();

  it('tells key frames, and its numbers', () => {
    const payload = vp8Payload({ picture: 0x1234, tl0: 7, isKey: true, frame: Buffer.alloc(4) });
    expect(descriptor.read(payload, 0, payload.length)).toBe(true);
    expect(descriptor).toMatchObject({ beginsKeyFrame: true, picture: 0x1234, tl0: 7, isPictureWide: true });
    const later = vp8Payload({ picture: 1, tl0: 7, isKey: true, isStart: false, frame: Buffer.alloc(4) });
    expect(descriptor.read(later, 0, later.length)).toBe(true);
    expect(descriptor.beginsKeyFrame).toBe(false);
    const delta = vp8Payload({ picture: 1, tl0: 7, isKey: false, frame: Buffer.alloc(4) });
    expect(descriptor.read(delta, 0, delta.length)).toBe(true);
    expect(descriptor.beginsKeyFrame).toBe(false);
  });

  it('takes the short forms', () => {
    // Nothing but the first byte; a picture's number of seven bits; a second partition.
    expect(descriptor.read(Buffer.of(0x10, 0x00), 0, 2)).toBe(true);
    expect(descriptor).toMatchObject({ frameAt: 1, beginsKeyFrame: true, pictureAt: 0, tl0At: 0 });
    expect(descriptor.read(Buffer.of(0x90, 0x80, 0x45, 0x01), 0, 4)).toBe(true);
    expect(descriptor).toMatchObject({
      frameAt: 3,
      beginsKeyFrame: false,
      picture: 0x45,
      isPictureWide: false,
    });
    expect(descriptor.read(Buffer.of(0x11, 0x00), 0, 2)).toBe(true);
    expect(descriptor.beginsKeyFrame).toBe(false);
  });

  it('has its numbers moved, round their ends, and nothing else', () => {
    const numbers = fc.record({ picture: fc.nat(0x7fff), tl0: fc.nat(255), isKey: fc.boolean() });
    fc.assert(
      fc.property(numbers, fc.integer({ min: -0x8000, max: 0x8000 }), fc.nat(255), (written, by, tl0By) => {
        const frame = Buffer.from('frame');
        const payload = vp8Payload({ ...written, frame });
        expect(descriptor.read(payload, 0, payload.length)).toBe(true);
        const moved = Buffer.concat([Buffer.alloc(3), payload]);
        shiftVp8(moved, descriptor, 3, by, tl0By);
        const expected = {
          ...written,
          picture: (written.picture + by) & 0x7fff,
          tl0: (written.tl0 + tl0By) & 0xff,
        };
        expect(moved.subarray(3)).toEqual(vp8Payload({ ...expected, frame }));
      }),
    );
  });

  it('never reads beyond its payload', () => {
    fc.assert(
      fc.property(bytes({ maxLength: 9 }), (input) => {
        if (descriptor.read(input, 0, input.length)) expect(descriptor.frameAt).toBeLessThan(input.length);
      }),
    );
  });
});

class Seen implements RtcpVisitor {
  readonly reports: SenderReport[] = [];
  readonly blocks: ReportBlock[] = [];
  readonly nacks: { ssrc: number; sequences: readonly number[] }[] = [];
  readonly losses: number[] = [];
  readonly rembs: number[] = [];

  senderReport(report: SenderReport): void {
    this.reports.push(report);
  }
  reportBlock(block: ReportBlock): void {
    this.blocks.push(block);
  }
  nack(ssrc: number, sequences: readonly number[]): void {
    this.nacks.push({ ssrc, sequences });
  }
  pictureLoss(ssrc: number): void {
    this.losses.push(ssrc);
  }
  remb(bitsPerSecond: number): void {
    this.rembs.push(bitsPerSecond);
  }
}

describe('RTCP', () => {
  const block = {
    ssrc: 0xfedc_ba98,
    fractionLost: 25,
    lost: -3,
    highestSequence: 0x0001_ffff,
    jitter: 77,
    lastReport: 0x89ab_cdef,
    sinceLastReport: 65_536,
  };

  it('is read as it was written, many parts in one', () => {
    const report = {
      ssrc: 0x9000_0001,
      ntpSeconds: 0xe123_4567,
      ntpFraction: 0x89ab_cdef,
      timestamp: 0xffff_fff0,
    };
    const bye = Buffer.from('81cb000100000009', 'hex');
    const compound = Buffer.concat([
      encodeSenderReport({ ...report, packets: 5, octets: 6 }),
      encodeReceiverReport(1, [block, { ...block, ssrc: 2 }]),
      bye,
      encodePictureLoss(1, 0x8000_0002),
      encodeNack(1, 3, [65_535, 0, 15, 16, 40]),
      rembPacket(2_500_000),
      Buffer.from('84ce000400000001000000000000000707000000', 'hex'),
    ]);
    const seen = new Seen();
    expect(readRtcp(compound, seen)).toBe(true);
    expect(seen.reports).toEqual([{ ...report, compactNtp: 0x4567_89ab }]);
    expect(seen.blocks).toEqual([block, { ...block, ssrc: 2 }]);
    expect(seen.losses).toEqual([0x8000_0002, 7]);
    expect(seen.nacks).toEqual([{ ssrc: 3, sequences: [65_535, 0, 15, 16, 40] }]);
    expect(seen.rembs[0]! / 2_500_000).toBeCloseTo(1, 4);
  });

  it('asks for any numbers', () => {
    const rising = fc
      .tuple(fc.nat(0xffff), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 50 }))
      .map(([first, steps]) => {
        let at = first;
        return steps.map((step) => {
          at = (at + step) & 0xffff;
          return at;
        });
      });
    fc.assert(
      fc.property(rising, (sequences) => {
        const seen = new Seen();
        expect(readRtcp(encodeNack(1, 2, sequences), seen)).toBe(true);
        expect(seen.nacks).toEqual([{ ssrc: 2, sequences }]);
      }),
    );
  });

  it('asks for so many numbers at once', () => {
    const all = Buffer.alloc(12 + 4 * 3000, 0xff);
    encodeNack(1, 2, [1]).copy(all, 0, 0, 12);
    all.writeUInt16BE(all.length / 4 - 1, 2);
    const seen = new Seen();
    expect(readRtcp(all, seen)).toBe(true);
    expect(seen.nacks[0]!.sequences).toHaveLength(64 * 17);
  });

  it('takes anything without an error, and says what is malformed', () => {
    fc.assert(fc.property(bytes({ maxLength: 200 }), (input) => void readRtcp(input, new Seen())));
    const bad = [
      '80',
      '40c90001',
      '80c90005',
      '81c90001 00000001',
      '80c80001 00000001',
      '81cd0002 0000000000000000',
    ];
    for (const each of [...bad, '81ce0001 00000000', '84ce0002 0000000000000000'])
      expect(readRtcp(Buffer.from(each.replace(' ', ''), 'hex'), new Seen()), each).toBe(false);
  });
});
