/** Runs in a worker of Chromium: what sealing and opening a frame costs there, beside Web Crypto alone on the same bytes. */
import { createFrameOpener, createFrameSealer, suiteIds } from '@sotto/sframe';
import { timeInTurns } from '../mls/rounds.ts';

export interface FramesInput {
  readonly quick: boolean;
  readonly frames: readonly { readonly codec: 'opus' | 'vp8'; readonly sizeBytes: number }[];
}
/** In microseconds, one of each for each frame. */
export type FramesOutput = readonly { readonly sframe: number; readonly floor: number }[];

const suite = suiteIds.aes256GcmSha512x128;

export default async function run({ quick, frames }: FramesInput): Promise<FramesOutput> {
  const output: { sframe: number; floor: number }[] = [];
  for (const { codec, sizeBytes } of frames) {
    const baseKey = crypto.getRandomValues(new Uint8Array(32));
    const sealer = await createFrameSealer({ suite, kid: 0n, baseKey });
    const opener = createFrameOpener({ suite });
    await opener.addKey(0n, baseKey);
    const frame = crypto.getRandomValues(new Uint8Array(sizeBytes));
    // A delta picture: one byte is clear.
    frame[0] = 1;
    const key = await crypto.subtle.importKey('raw', baseKey, 'AES-GCM', false, ['encrypt', 'decrypt']);
    const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) };
    const times = await timeInTurns(
      {
        sframe: async () => {
          const sealed = await sealer.sealMedia(codec, frame);
          if (sealed.kind === 'sealed') await opener.openMedia(codec, sealed.frame);
        },
        floor: async () => {
          await crypto.subtle.decrypt(algorithm, key, await crypto.subtle.encrypt(algorithm, key, frame));
        },
      },
      { rounds: quick ? 10 : 40, perRound: 200, warmUps: 500 },
    );
    output.push({ sframe: times.sframe * 1000, floor: times.floor * 1000 });
  }
  return output;
}
