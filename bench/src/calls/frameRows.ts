import { createCipheriv, randomBytes } from 'node:crypto';
import { suiteIds } from '@sotto/sframe';
import { createSyncFrameOpener, createSyncFrameSealer } from '@sotto/sframe/node';
import { timeInTurns } from '../mls/rounds.ts';
import type { BenchOptions, Row } from '../row.ts';

const suite = suiteIds.aes256GcmSha512x128;
/** 20 ms of sound, and a picture of 720p at 30 a second with 1.7 Mbit/s. */
const frames = [
  { what: 'sound, 100 bytes', codec: 'opus', sizeBytes: 100 },
  { what: 'a picture, 7 kB', codec: 'vp8', sizeBytes: 7000 },
] as const;
const ratioAim = 4;

/** What sealing and opening a frame costs in Node, beside the cipher alone on the same bytes. */
export async function* frameRows({ quick }: BenchOptions): AsyncIterable<Row> {
  for (const { what, codec, sizeBytes } of frames) {
    const baseKey = randomBytes(32);
    const sealer = createSyncFrameSealer({ suite, kid: 0n, baseKey });
    const opener = createSyncFrameOpener({ suite });
    opener.addKey(0n, baseKey);
    const frame = new Uint8Array(randomBytes(sizeBytes));
    // A delta picture: one byte is clear.
    frame[0] = 1;
    const key = randomBytes(32);
    const perRound = 400;
    const times = await timeInTurns(
      {
        sealAndOpen: () => {
          const sealed = sealer.sealMedia(codec, frame);
          if (sealed.kind === 'sealed') opener.openMedia(codec, sealed.frame);
        },
        cipherTwice: () => {
          encrypt(key, frame);
          encrypt(key, frame);
        },
      },
      { rounds: quick ? 10 : 60, perRound, warmUps: 2000 },
    );
    const [value, floor] = [times.sealAndOpen * 1000, times.cipherTwice * 1000];
    yield {
      suite: 'calls',
      name: `Node: seal and open a frame of ${what}`,
      value,
      unit: 'µs',
      floor,
      ratio: value / floor,
      // Sound is small, and there are fifty frames of it a second.
      ...(codec === 'vp8' ? { aim: `ratio <= ${ratioAim}`, holds: value / floor <= ratioAim } : {}),
    };
  }
}

function encrypt(key: Uint8Array, bytes: Uint8Array): void {
  const cipher = createCipheriv('aes-256-gcm', key, randomNonce);
  cipher.update(bytes);
  cipher.final();
  cipher.getAuthTag();
}
const randomNonce = randomBytes(12);
