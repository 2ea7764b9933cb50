import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PictureCodecs } from '../../calls/description.ts';
import { preferCodecs } from '../callMedia/preferCodecs.ts';
import type { PayloadCodecs } from './frames/frameMessages.ts';
import { createScreenCodecs, knownScreenCodecs } from './screenCodecs.ts';

type Capability = Pick<RTCRtpCodec, 'mimeType' | 'sdpFmtpLine'>;

const [vp8, rtx, h264] = ['VP8', 'rtx', 'H264'].map((name): Capability => ({ mimeType: `video/${name}` }));
const vp9 = (sdpFmtpLine?: string): Capability => ({
  mimeType: 'video/VP9',
  ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine }),
});

/** A browser that can send and show these. */
function browserOf(sends: readonly (Capability | undefined)[], shows = sends): void {
  const endOf = (codecs: readonly (Capability | undefined)[]) => ({ getCapabilities: () => ({ codecs }) });
  vi.stubGlobal('RTCRtpSender', endOf(sends));
  vi.stubGlobal('RTCRtpReceiver', endOf(shows));
}
afterEach(() => {
  vi.unstubAllGlobals();
});

const both: PictureCodecs = new Map([
  [98, 'vp9'],
  [96, 'vp8'],
]);
const vp8Alone: PictureCodecs = new Map([[96, 'vp8']]);

describe('the codec of the screen', () => {
  it('is VP9 first', () => {
    browserOf([vp8, rtx, vp9('profile-id=0'), h264]);
    expect(knownScreenCodecs()).toEqual(['vp9', 'vp8']);
  });

  it.each([
    ['no VP9', [vp8, rtx]],
    ['VP9 of profile 2 alone', [vp8, rtx, vp9('profile-id=2')]],
    ['VP9 of a profile that is no number', [vp8, vp9('max-fs=1;profile-id=x')]],
    ['no pictures', []],
  ])('is VP8 in a browser with %s', (_what, codecs) => {
    browserOf(codecs);
    expect(knownScreenCodecs()).toEqual(['vp8']);
  });

  it('is VP8 in a browser that shows VP9 and cannot send it', () => {
    browserOf([vp8, rtx], [vp8, rtx, vp9()]);
    expect(knownScreenCodecs()).toEqual(['vp8']);
  });

  it('is asked for of profile 0, which it is where none is named', () => {
    const [first, named] = [vp9('max-fs=12288;max-fr=60'), vp9('max-fs=1;profile-id=0;max-fr=60')];
    browserOf([vp8, rtx, vp9('profile-id=1'), first, vp9('profile-id=02'), named]);
    const asked: unknown[] = [];
    const transceiver = {
      receiver: { track: { kind: 'video' } },
      setCodecPreferences: (codecs: unknown) => asked.push(codecs),
    } as unknown as RTCRtpTransceiver;
    preferCodecs(transceiver, ['vp9', 'vp8']);
    preferCodecs(transceiver);
    expect(asked).toEqual([
      [first, named, vp8, rtx],
      [vp8, rtx],
    ]);
  });

  it('is told to the frame worker by payload types, each direction its own, also to who is secured later', () => {
    const told: [number, PayloadCodecs][] = [];
    const screen = createScreenCodecs({ tellCodecs: (id, codecs) => told.push([id, codecs]) });
    const remote: PictureCodecs = new Map([[121, 'vp9']]);
    screen.secured('seals', 5);
    screen.agreed(both, remote);
    screen.secured('opens', 6);
    expect(told).toEqual([
      [5, new Map()],
      [5, remote],
      [6, new Map([[98, 'vp9']])],
    ]);
    // The other side has another browser now.
    screen.agreed(both, vp8Alone);
    expect(told.slice(3)).toEqual([
      [5, vp8Alone],
      [6, vp8Alone],
    ]);
  });
});
