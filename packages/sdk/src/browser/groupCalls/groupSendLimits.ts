/**
 * How much is sent of what in a group call (spec/groupCallMedia.md, "Quality"). Of the camera's three layers only those are sent
 * that somebody watches, and what is smaller, so that whoever has little gets something. What nobody watches is inactive from
 * the start: Chromium tells its estimate of what it can receive by the first active line, and with what that line sends.
 */
import type { EncodingLimit, LineLimit } from '../callMedia/sendingLine.ts';
import type { Slots } from '../callMedia/slots.ts';

export interface GroupSendCircumstances {
  /** This side asks for little. */
  readonly lowData: boolean;
  readonly isSharing: boolean;
  /** The camera is held back so that the voice goes through. */
  readonly isCameraPaused: boolean;
  readonly isPoor: boolean;
  /** Layers that somebody watches, as bits; 0 where there is nothing to send. */
  readonly wantedCamera: number;
  readonly wantedScreen: number;
}

const layers = [
  { maxBitrate: 150_000, scaleResolutionDownBy: 4 },
  { maxBitrate: 500_000, scaleResolutionDownBy: 2 },
  { maxBitrate: 1_500_000, scaleResolutionDownBy: 1 },
];

export function groupSendLimits(circumstances: GroupSendCircumstances): Slots<LineLimit> {
  const { lowData, isSharing, isCameraPaused, isPoor, wantedCamera, wantedScreen } = circumstances;
  const voice = lowData ? 16_000 : isPoor ? 24_000 : 40_000;
  const highest = lowData ? 0 : isSharing || isPoor ? 1 : 2;
  // All below the largest that is wanted: where the network carries less than that one, the next is there.
  const isSent = (layer: number): boolean => layer <= highest && wantedCamera >> layer > 0;
  return {
    microphone: { encodings: [{ priority: 'high', networkPriority: 'high', maxBitrate: voice }] },
    camera: {
      encodings: layers.map(
        (layer, at): EncodingLimit => ({
          ...layer,
          active: !isCameraPaused && isSent(at),
          priority: 'low',
          networkPriority: 'low',
          maxFramerate: lowData ? 15 : 30,
        }),
      ),
      degradationPreference: 'balanced',
    },
    screen: {
      encodings: [
        {
          active: wantedScreen > 0,
          priority: 'medium',
          networkPriority: 'low',
          maxBitrate: lowData ? 250_000 : 2_500_000,
          maxFramerate: lowData ? 5 : 15,
          scaleResolutionDownBy: 1,
        },
      ],
      degradationPreference: 'maintain-resolution',
    },
    screenSound: {
      encodings: [{ priority: 'low', networkPriority: 'low', maxBitrate: lowData ? 32_000 : 96_000 }],
    },
  };
}
