/** Sealed frames of calls: nothing but what was sealed may be opened, and no bytes may bring an opener down. */
import { type FrameCodec, frameCodecs, suiteIds } from '@sotto/sframe';
import { createSyncFrameOpener, createSyncFrameSealer } from '@sotto/sframe/node';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const kids = [0n, 1n, 300n];

function frameTarget(random: Random, name: string, suite: (typeof suiteIds)[keyof typeof suiteIds]): Target {
  const baseKey = random.bytes(32);
  const sealed = new Map<string, FrameCodec>();
  for (const kid of kids) {
    const sealer = createSyncFrameSealer({ suite, kid, baseKey });
    for (const codec of frameCodecs) {
      for (const first of [0, 1]) {
        const result = sealer.sealMedia(codec, Uint8Array.of(first, ...random.bytes(30)));
        if (result.kind === 'failed') throw new Error(result.reason);
        sealed.set(result.frame.toHex(), codec);
      }
    }
  }
  return {
    name: `sframe.${name}`,
    samples: [...sealed.keys()].map((hex) => Uint8Array.fromHex(hex)),
    run: (bytes) => {
      const codec = sealed.get(bytes.toHex());
      for (const tried of frameCodecs) {
        const opener = createSyncFrameOpener({ suite });
        for (const kid of kids) opener.addKey(kid, baseKey);
        const isOpened = opener.openMedia(tried, bytes).kind === 'opened';
        // Opus and VP9 have one shape.
        const isSealed = codec !== undefined && (codec === 'vp8') === (tried === 'vp8');
        if (isOpened !== isSealed)
          throw new Error(isOpened ? 'a forgery is accepted' : 'the sample is refused');
      }
    },
  };
}

export function frameTargets(random: Random): Target[] {
  return [
    frameTarget(random, 'gcm', suiteIds.aes256GcmSha512x128),
    frameTarget(random, 'ctrHmac', suiteIds.aes128CtrHmacSha256x80),
  ];
}
