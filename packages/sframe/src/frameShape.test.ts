import { expect, it } from 'vitest';
import { clearBytes, frameCodecs, readFrameCodec } from './frameShape.ts';

it('knows three codecs by what WebRTC calls them, and no other', () => {
  expect(['audio/opus', 'video/VP8', 'video/vp9', 'VP8'].map(readFrameCodec)).toEqual([
    'opus',
    'vp8',
    'vp9',
    'vp8',
  ]);
  for (const name of [
    'video/H264',
    'video/AV1',
    'audio/red',
    'video/rtx',
    'video/vp80',
    'video/',
    '',
    'constructor',
  ]) {
    expect(readFrameCodec(name)).toBeNull();
  }
  expect(frameCodecs).toEqual(['opus', 'vp8', 'vp9']);
});

it('says how much of a frame stays clear, the same before and after it is sealed', () => {
  const key = Uint8Array.from({ length: 40 }, (_, at) => at);
  const delta = key.map((byte) => byte | 1);
  expect([
    clearBytes('vp8', key),
    clearBytes('vp8', delta),
    clearBytes('vp9', key),
    clearBytes('opus', key),
  ]).toEqual([10, 1, 0, 0]);
  expect([clearBytes('vp8', key.subarray(0, 9)), clearBytes('vp8', key.subarray(0, 0))]).toEqual([
    null,
    null,
  ]);
});
