import { createFrameOpener, createFrameSealer, suiteIds } from '@sotto/sframe';

const suite = suiteIds.aes256GcmSha512x128;

// Key management is yours: each sender has a base key of its own, under a KID that its receivers know.
const aliceKey = crypto.getRandomValues(new Uint8Array(32));
const bobKey = crypto.getRandomValues(new Uint8Array(32));

const alice = await createFrameSealer({ suite, kid: 1n, baseKey: aliceKey });
const bob = await createFrameSealer({ suite, kid: 2n, baseKey: bobKey });

// Carol receives both. One opener holds all keys, and tells senders apart by KID.
const carol = createFrameOpener({ suite });
await carol.addKey(1n, aliceKey);
await carol.addKey(2n, bobKey);

// A frame as an encoder gives it: of VP8, whose first byte says here that it refers to others.
const picture = crypto.getRandomValues(new Uint8Array(1000));
picture[0] = 0x11;
const sound = crypto.getRandomValues(new Uint8Array(80));

const sealedPicture = await alice.sealMedia('vp8', picture);
const sealedSound = await bob.sealMedia('opus', sound);
if (sealedPicture.kind === 'failed' || sealedSound.kind === 'failed') throw new Error('not sealed');
console.log(`A picture of ${picture.length} bytes is ${sealedPicture.frame.length}, sealed.`);
console.log(`Its first byte is clear: ${sealedPicture.frame[0] === picture[0]}.`);

for (const { codec, frame } of [
  { codec: 'vp8', frame: sealedPicture.frame },
  { codec: 'opus', frame: sealedSound.frame },
] as const) {
  const opened = await carol.openMedia(codec, frame);
  if (opened.kind === 'opened') console.log(`${codec} of ${opened.kid}: ${opened.frame.length} bytes.`);
}

// What does not open is dropped, and says why.
async function tryOpening(frame: Uint8Array): Promise<string> {
  const result = await carol.openMedia('opus', frame);
  return result.kind === 'opened' ? 'opened' : result.reason;
}
console.log(`The same again: ${await tryOpening(sealedSound.frame)}.`);
const next = await bob.sealMedia('opus', sound);
if (next.kind === 'failed') throw new Error('not sealed');
const changed = next.frame.with(40, next.frame[40]! ^ 1);
console.log(`Changed on its way: ${await tryOpening(changed)}.`);
carol.removeKey(2n);
console.log(`After Bob left: ${await tryOpening(next.frame)}.`);
