/** For tests: what is measured in a second in which all is well, but for `differing`. */
import type { CallStatistics } from '../callSession.ts';
import type { Sample } from '../statistics.ts';

export function reading(differing: Partial<CallStatistics> = {}): CallStatistics {
  return {
    route: { kind: 'direct', protocol: 'udp' },
    roundTripMs: 40,
    availableOutgoingBitsPerSecond: 2_000_000,
    sentBitsPerSecond: 900_000,
    receivedBitsPerSecond: 900_000,
    audioSent: { codec: 'opus', bitsPerSecond: 32_000, lossShare: 0 },
    audioReceived: {
      codec: 'opus',
      bitsPerSecond: 32_000,
      lossShare: 0,
      jitterMs: 4,
      concealedShare: 0,
      energy: 1,
    },
    cameraSent: {
      codec: 'VP8',
      bitsPerSecond: 800_000,
      width: 1280,
      height: 720,
      framesPerSecond: 30,
      framesEncoded: 300,
      lossShare: 0,
      limitedBy: 'none',
    },
    cameraReceived: {
      codec: 'VP8',
      bitsPerSecond: 800_000,
      width: 1280,
      height: 720,
      framesPerSecond: 30,
      framesDecoded: 300,
      lossShare: 0,
      freezes: 0,
      jitterMs: 4,
    },
    screenSent: null,
    screenReceived: null,
    frames: { sealed: 100, opened: 100, notSealed: 0, notOpened: 0 },
    transportCipher: null,
    ...differing,
  };
}

export function sampleOf(differing: Partial<Omit<Sample, 'entries'>> = {}): Sample {
  return {
    statistics: reading(),
    microphoneEnergy: 1,
    packetsReceived: 100,
    entries: new Map(),
    ...differing,
  };
}
