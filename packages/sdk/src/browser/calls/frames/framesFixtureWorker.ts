/**
 * A sender that is up to no good, for `frames.browser.test.ts`: it seals properly with the key it is given, and sends every
 * fifth sealed frame of a track again in the place of the next one.
 */
import { createFrameSealer, type FrameCodec, type FrameSealer } from '@sotto/sframe';
import type { EncodedFrame } from './frameFilter.ts';
import { frameSuite } from './keyRules.ts';

const scope = globalThis as unknown as {
  onrtctransform: ((event: { readonly transformer: RTCRtpScriptTransformer }) => void) | null;
};

/** All tracks are sealed with one key, and so by one sealer. */
let created: Promise<FrameSealer> | null = null;

scope.onrtctransform = ({ transformer }) => {
  const { baseKey, codec } = transformer.options as {
    readonly baseKey: Uint8Array;
    readonly codec: FrameCodec;
  };
  created ??= createFrameSealer({ suite: frameSuite, kid: 0n, baseKey });
  const sealer = created;
  let sent = 0;
  let last = new ArrayBuffer(0);
  const stage = new TransformStream<EncodedFrame, EncodedFrame>({
    async transform(frame, controller) {
      const sealed = await (await sealer).sealMedia(codec, new Uint8Array(frame.data));
      if (sealed.kind === 'failed') return;
      if (++sent % 5 !== 0) last = sealed.frame.buffer;
      // A copy: what a frame was sent with is detached.
      frame.data = last.slice(0);
      controller.enqueue(frame);
    },
  });
  transformer.readable
    .pipeThrough(stage)
    .pipeTo(transformer.writable)
    .catch(() => {});
};
