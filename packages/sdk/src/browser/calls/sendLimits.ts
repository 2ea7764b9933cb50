/**
 * How much is sent of what (spec/callMedia.md, "Quality"). The browser finds out what the network carries; these are the bounds
 * it does so in, and what goes first: the voice before the screen, the screen before the camera.
 */
import type { SlotName } from '../callMedia/slots.ts';

export interface SendLimit {
  readonly encoding: RTCRtpEncodingParameters & { readonly networkPriority?: RTCPriorityType };
  readonly degradationPreference?: 'maintain-framerate' | 'maintain-resolution' | 'balanced';
}

export interface SendCircumstances {
  /** One of the two sides asks for little. */
  readonly lowData: boolean;
  readonly isSharing: boolean;
  /** The camera is held back so that the voice goes through. */
  readonly isCameraPaused: boolean;
  readonly isPoor: boolean;
}

export function sendLimits(circumstances: SendCircumstances): Readonly<Record<SlotName, SendLimit>> {
  const { lowData, isSharing, isCameraPaused, isPoor } = circumstances;
  const voice = lowData ? 16_000 : isPoor ? 24_000 : 40_000;
  return {
    microphone: { encoding: { priority: 'high', networkPriority: 'high', maxBitrate: voice } },
    camera: {
      encoding: {
        active: !isCameraPaused,
        priority: 'low',
        networkPriority: 'low',
        maxBitrate: lowData ? 150_000 : isSharing ? 300_000 : isPoor ? 400_000 : 1_700_000,
        maxFramerate: lowData ? 15 : 30,
        scaleResolutionDownBy: lowData || isSharing ? 2 : 1,
      },
      degradationPreference: 'balanced',
    },
    screen: {
      encoding: {
        priority: 'medium',
        networkPriority: 'low',
        maxBitrate: lowData ? 250_000 : 2_500_000,
        maxFramerate: lowData ? 5 : 15,
        scaleResolutionDownBy: 1,
      },
      degradationPreference: 'maintain-resolution',
    },
    screenSound: {
      encoding: { priority: 'low', networkPriority: 'low', maxBitrate: lowData ? 32_000 : 96_000 },
    },
  };
}
