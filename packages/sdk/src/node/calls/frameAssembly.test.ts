import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Vp8Packetizer } from 'werift';
import { createFrameAssembly, type RtpPart } from './frameAssembly.ts';
import { readVp8Descriptor, readVp8PictureSize } from './vp8Payload.ts';

/** Frames of the given sizes as packets, each frame filled with its number. */
function packetsOf(sizes: readonly number[], firstSequenceNumber: number): RtpPart[] {
  const packetizer = new Vp8Packetizer({ sequenceNumber: firstSequenceNumber, maxPayloadSize: 104 });
  return sizes.flatMap((size, index) =>
    packetizer.packetize(Buffer.alloc(size, index), index * 3000).map(({ header, payload }) => ({
      sequenceNumber: header.sequenceNumber,
      timestamp: header.timestamp,
      marker: header.marker,
      payload,
    })),
  );
}

const shapes = (frames: readonly Uint8Array[]) => frames.map((frame) => [frame[0], frame.length]);

describe('frames out of RTP packets', () => {
  it('come whole and in order, however their packets come, also where the numbers begin anew', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 0xffff }), fc.array(fc.nat()), (sizes, first, order) => {
        const packets = packetsOf(sizes, first);
        const [start, ...rest] = packets;
        if (!start) return;
        const shuffled = rest
          .map((packet, index) => ({ packet, at: (order[index] ?? index) % (rest.length + 1) }))
          .sort((a, b) => a.at - b.at)
          .flatMap(({ packet }) => [packet, packet]);
        const assembly = createFrameAssembly();
        const frames = [start, ...shuffled].flatMap((packet) => assembly.add(packet, 0).frames);
        expect(shapes(frames)).toEqual(sizes.map((size, index) => [index, size]));
      }),
    );
  });

  it('leave out the frame of a packet that is gone, once it was waited for', () => {
    const packets = packetsOf([350, 350, 350], 10);
    const assembly = createFrameAssembly();
    const gone = 5;
    const given = packets.flatMap((packet, index) =>
      index === gone ? [] : [assembly.add(packet, index < packets.length - 1 ? 0 : 1000)],
    );
    expect(shapes(given.flatMap(({ frames }) => frames))).toEqual([
      [0, 350],
      [2, 350],
    ]);
    expect(given.filter(({ isLost }) => isLost)).toHaveLength(1);
  });

  it('begin anew where a stream jumps', () => {
    const assembly = createFrameAssembly();
    const frames = [...packetsOf([50], 10), ...packetsOf([60], 30_000)].flatMap(
      (packet) => assembly.add(packet, 0).frames,
    );
    expect(shapes(frames)).toEqual([
      [0, 50],
      [0, 60],
    ]);
  });

  it('are none where one would be of more packets than any has; the next one comes', () => {
    const assembly = createFrameAssembly();
    const many = Array.from({ length: 2000 }, (_, index) => ({
      sequenceNumber: index,
      timestamp: 1,
      marker: index === 1999,
      payload: Uint8Array.of(index === 0 ? 0x10 : 0, 1),
    }));
    const frames = [...many, ...packetsOf([350], 2000)].flatMap((packet) => assembly.add(packet, 0).frames);
    expect(shapes(frames)).toEqual([[0, 350]]);
  });

  it('survive any payload', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean())), (payloads) => {
        const assembly = createFrameAssembly();
        for (const [index, [payload, marker]] of payloads.entries()) {
          const { frames } = assembly.add({ sequenceNumber: index, timestamp: 0, marker, payload }, index);
          for (const frame of frames) readVp8PictureSize(frame);
        }
      }),
    );
  });
});

describe('the VP8 payload descriptor', () => {
  it.each([
    ['one byte', [0x10, 1], { isStart: true, sizeBytes: 1 }],
    ['a short picture id', [0x90, 0x80, 0x11, 1], { isStart: true, sizeBytes: 3 }],
    ['a long picture id', [0x80, 0x80, 0x91, 0x11, 1], { isStart: false, sizeBytes: 4 }],
    ['layers', [0x90, 0xe0, 0x91, 0x11, 1, 0x20, 1], { isStart: true, sizeBytes: 6 }],
    ['a temporal layer without its index', [0x90, 0x20, 0x20, 1], { isStart: true, sizeBytes: 3 }],
    ['another partition', [0x11, 1], { isStart: false, sizeBytes: 1 }],
    ['nothing', [], null],
    ['an end inside', [0x90, 0x80, 0x91], null],
  ])('is read: %s', (_, bytes, expected) => {
    expect(readVp8Descriptor(Uint8Array.from(bytes))).toEqual(expected);
  });
});
