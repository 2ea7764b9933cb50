import { describe, expect, it } from 'vitest';
import { RtpPacket } from '../../rtp/rtpPacket.ts';
import { Vp8Descriptor } from '../../rtp/vp8Descriptor.ts';
import { noExtensions, type StreamSpec, SyntheticStream, stampSizeBytes } from './syntheticStream.ts';

const picture: StreamSpec = {
  kind: 'picture',
  ssrc: 7,
  payloadType: 96,
  repair: { ssrc: 8, payloadType: 97 },
  framesPerSecond: 25,
  frameSizeBytes: 2500,
  extensions: {
    mid: { id: 1, value: '3' },
    rid: { id: 2, value: 'q' },
    repairedRid: 4,
    transportCc: 5,
  },
};

function counter() {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}

function read(bytes: Buffer): RtpPacket {
  const packet = new RtpPacket();
  expect(packet.read(bytes)).toBe(true);
  return packet;
}

function beginsKeyFrame(bytes: Buffer): boolean {
  const { payloadAt, payloadEnd } = read(bytes);
  const descriptor = new Vp8Descriptor();
  expect(descriptor.read(bytes, payloadAt, payloadEnd)).toBe(true);
  return descriptor.beginsKeyFrame;
}

describe('a synthetic stream', () => {
  it('begins with a key frame, and makes another one when it is asked to', () => {
    const stream = new SyntheticStream(picture, counter());
    const key = stream.nextFrame(0);
    expect(key.length).toBeGreaterThan(8);
    expect(key.map(beginsKeyFrame)).toEqual([true, ...key.slice(1).map(() => false)]);
    const delta = stream.nextFrame(40);
    expect(delta.map(beginsKeyFrame)).toEqual([false, false, false]);
    expect(delta.map((bytes) => read(bytes).hasMarker)).toEqual([false, false, true]);
    stream.requestKeyFrame();
    expect(beginsKeyFrame(stream.nextFrame(80)[0]!)).toBe(true);
    expect(beginsKeyFrame(stream.nextFrame(120)[0]!)).toBe(false);
  });

  it('counts packets and time as they go, and says whose they are and when they were made', () => {
    const stream = new SyntheticStream(picture, counter());
    const [first] = stream.nextFrame(1.25);
    const [second] = stream.nextFrame(41.5).slice(-1);
    const [before, after] = [read(first!), read(second!)];
    expect((after.sequence - before.sequence) & 0xffff).toBe(stream.sentPackets - 1);
    expect((after.timestamp - before.timestamp) >>> 0).toBe(3600);
    expect([before.textOf(1), before.textOf(2), after.textOf(1)]).toEqual(['3', 'q', '3']);
    expect(before.bytes.readUInt16BE(before.extensionAt[5])).toBe(1);
    expect(after.bytes.readUInt16BE(after.extensionAt[5])).toBe(stream.sentPackets);
    expect(second!.readDoubleBE(second!.length - stampSizeBytes)).toBe(41.5);
  });

  it('sends again what is asked for, under its own numbers, and not what it does not have', () => {
    const stream = new SyntheticStream(picture, counter());
    const kept = stream.nextFrame(0)[2]!;
    const { sequence, payloadAt } = read(kept);
    const [again, ...others] = stream.repair([sequence, (sequence + 30_000) & 0xffff]);
    expect(others).toEqual([]);
    const packet = read(again!);
    expect([packet.ssrc, packet.payloadType, packet.textOf(4)]).toEqual([8, 97, 'q']);
    expect(again!.readUInt16BE(packet.payloadAt)).toBe(sequence);
    expect(again!.subarray(packet.payloadAt + 2)).toEqual(kept.subarray(payloadAt));
    const without = new SyntheticStream({ ...picture, repair: null, extensions: noExtensions }, counter());
    const only = read(without.nextFrame(0)[0]!);
    expect(without.repair([only.sequence])).toEqual([]);
    expect(only.payloadAt).toBe(12);
  });

  it('makes sound of one packet each', () => {
    const sound = { ...picture, kind: 'sound', framesPerSecond: 50, frameSizeBytes: 100 } as const;
    const stream = new SyntheticStream(sound, counter());
    const [first, ...others] = stream.nextFrame(0);
    expect(others).toEqual([]);
    const { payloadAt, payloadEnd, timestamp } = read(first!);
    expect(payloadEnd - payloadAt).toBe(100);
    expect((read(stream.nextFrame(20)[0]!).timestamp - timestamp) >>> 0).toBe(960);
    expect(stream.report()).toMatchObject({ ssrc: 7, packets: 2, octets: 200 });
  });
});
