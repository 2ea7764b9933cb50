/** Sticker packs by link, between people in Node over the real server. */
import { readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type MessageView,
  type PackSummaryView,
  type StickerPackView,
  stickerIndex,
} from '@sotto/client/api';
import { describe, expect, it } from 'vitest';
import { resultOf } from '../resultOf.ts';
import { converse, online, sees, serveFiles } from '../testing/filePlace.ts';
import type { NodeSotto } from './openSotto.ts';

const password = 'five words are quite enough';
const place = serveFiles(['nora', 'piet', 'ruth']);

/** The header of a PNG, which is all of it that the engine looks at. */
function picture(sizeBytes: number, width = 512): Uint8Array {
  const image = new Uint8Array(sizeBytes);
  crypto.getRandomValues(image);
  image.set(Uint8Array.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', (character) => character.charCodeAt(0)));
  new DataView(image.buffer).setUint32(16, width);
  new DataView(image.buffer).setUint32(20, 512);
  return image;
}

async function publish(sotto: NodeSotto, images: readonly Uint8Array[]): Promise<string> {
  await online(sotto);
  const stickers = images.map((image) => ({ emoji: '⛵', image }));
  return resultOf(await sotto.createStickerPack({ title: 'Quay', author: 'Nora', stickers })).link;
}

/** Of the pack's link: where the server keeps it. */
function blobPath(link: string): string {
  const blobId = Buffer.from(link, 'base64url').subarray(32, 64).toString('hex');
  return join(place.folder, 'server', 'blobs', blobId.slice(0, 2), blobId.slice(2));
}

async function listed(
  sotto: NodeSotto,
  condition: (packs: readonly PackSummaryView[]) => boolean,
): Promise<readonly PackSummaryView[]> {
  await expect.poll(async () => condition(await sotto.listStickerPacks()), { interval: 100 }).toBe(true);
  return sotto.listStickerPacks();
}

const isSticker = ({ body, state }: MessageView) =>
  body.kind === 'text' && body.sticker !== null && state !== 'waiting';

async function shownPicture(sotto: NodeSotto, { conversationId, messageId, body }: MessageView) {
  const view = body.kind === 'text' ? body.sticker?.picture : null;
  if (view === null || view === undefined) throw new Error('It has no picture');
  const ref = { conversationId, messageId, index: stickerIndex };
  return resultOf(await sotto.readAttachment(ref, 0, view.sizeBytes));
}

const problem = (kind: string) => ({ kind: 'problem', problem: { kind } });

describe('a sticker pack', () => {
  it('is made, seen by link, installed, on the other devices too, and sent to who does not have it', async () => {
    const [nora, piet, ruth] = [await place.open('nora'), await place.open('piet'), await place.open('ruth')];
    const images = [picture(40_000), picture(500)];
    const link = await publish(nora, images);
    expect(readFileSync(blobPath(link)).includes(Buffer.from(images[1]!))).toBe(false);
    expect(await nora.listStickerPacks()).toEqual([]);

    await online(piet);
    const pack: StickerPackView = resultOf(await piet.readStickerPack(link));
    expect(pack).toEqual({
      link,
      title: 'Quay',
      author: 'Nora',
      installed: false,
      stickers: images.map((image, at) => ({ pack: link, sticker: String(at), emoji: '⛵', image })),
    });
    resultOf(await piet.installStickerPack(link, true));
    const summary = { link, title: 'Quay', author: 'Nora', count: 2, cover: images[0]!, problem: null };
    expect(await piet.listStickerPacks()).toEqual([summary]);

    const piet2 = await place.open('piet2');
    resultOf(await piet2.signIn({ username: 'piet', password }));
    await online(piet2);
    expect(await listed(piet2, ([one]) => one?.problem === null)).toEqual([summary]);

    const conversationId = await converse(piet, 'ruth');
    const [sticker] = pack.stickers;
    resultOf(await piet.sendMessage(conversationId, { text: '', sticker: sticker! }));
    const own = await sees(piet, conversationId, isSticker);
    expect(await shownPicture(piet, own)).toEqual(images[0]);
    const theirs = await converse(ruth, 'piet');
    const message = await sees(ruth, theirs, isSticker);
    expect(message.body).toMatchObject({ sticker: { pack: link, sticker: '0', emoji: '⛵' } });
    // The pack is gone for everybody but who has it; the message shows its picture all the same.
    renameSync(blobPath(link), `${blobPath(link)}.gone`);
    expect(await shownPicture(ruth, message)).toEqual(images[0]);
    expect(await ruth.readStickerPack(link)).toMatchObject({ kind: 'problem' });
    expect(await ruth.listStickerPacks()).toEqual([]);
    // A sticker is no file in the gallery, and is forwarded with its picture.
    const gallery = { conversationId: theirs, kind: 'media', limit: 5 } as const;
    expect((await ruth.readGallery(gallery)).messages).toEqual([]);
    const toNora = await converse(ruth, 'nora');
    resultOf(await ruth.forwardMessages(theirs, [message.messageId], [toNora]));
    const atNora = await sees(nora, await converse(nora, 'ruth'), isSticker);
    expect(await shownPicture(nora, atNora)).toEqual(images[0]);

    // What is installed is here without the server, also after a restart.
    await place.close(piet);
    const again = await place.open('piet');
    expect(resultOf(await again.readStickerPack(link)).installed).toBe(true);
    await online(again);
    resultOf(await again.installStickerPack(link, false));
    expect(await again.listStickerPacks()).toEqual([]);
    await listed(piet2, (packs) => packs.length === 0);
    renameSync(`${blobPath(link)}.gone`, blobPath(link));
  });

  it('of several parts is uploaded whole', async () => {
    const nora = await place.open('nora');
    const images = Array.from({ length: 140 }, () => picture(64 * 1024));
    const link = await publish(nora, images);
    const piet = await place.open('piet');
    await online(piet);
    expect(resultOf(await piet.readStickerPack(link)).stickers.map(({ image }) => image)).toEqual(images);
  });

  it('that is cut short, swapped, gone, or named with another key is not opened, and says why', async () => {
    const [nora, piet] = [await place.open('nora'), await place.open('piet')];
    const link = await publish(nora, [picture(20_000), picture(60_000)]);
    await online(piet);
    expect(await piet.readStickerPack('nothing')).toEqual(problem('malformed'));
    expect(await piet.installStickerPack('nothing', true)).toEqual(problem('malformed'));
    const named = Buffer.from(link, 'base64url');
    const withByte = (at: number) => {
      const other = Buffer.from(named);
      other[at] = other[at]! ^ 1;
      return other.toString('base64url');
    };
    expect(await piet.readStickerPack(withByte(0))).toEqual(problem('damaged'));
    expect(await piet.readStickerPack(withByte(40))).toEqual(problem('gone'));
    expect(await piet.readStickerPack(withByte(70))).toEqual(problem('damaged'));
    const whole = readFileSync(blobPath(link));
    truncateSync(blobPath(link), whole.length - 20);
    expect(await piet.readStickerPack(link)).toMatchObject({ kind: 'problem' });
    const swapped = Buffer.from(whole);
    swapped[whole.length - 1] = swapped[whole.length - 1]! ^ 1;
    writeFileSync(blobPath(link), swapped);
    expect(await piet.readStickerPack(link)).toEqual(problem('damaged'));
    writeFileSync(blobPath(link), whole);
    expect(resultOf(await piet.readStickerPack(link)).stickers).toHaveLength(2);
  });

  it('is read by its link, also after one that says another size of it', async () => {
    const [nora, piet] = [await place.open('nora'), await place.open('piet')];
    const link = await publish(nora, [picture(30_000), picture(60_000)]);
    await online(piet);
    const named = Buffer.from(link, 'base64url');
    named.writeBigUInt64BE(named.readBigUInt64BE(64) * 2n, 64);
    expect(await piet.readStickerPack(named.toString('base64url'))).toEqual(problem('damaged'));
    expect(resultOf(await piet.readStickerPack(link)).stickers).toHaveLength(2);
    expect(await piet.readStickerPack(named.toString('base64url'))).toEqual(problem('damaged'));
    expect(resultOf(await piet.readStickerPack(link)).stickers).toHaveLength(2);
  });

  it('that is here stays whole when somebody names it with another key, though the server has it no more', async () => {
    const [nora, piet] = [await place.open('nora'), await place.open('piet')];
    const link = await publish(nora, [picture(30_000), picture(60_000)]);
    await online(piet);
    expect(resultOf(await piet.readStickerPack(link)).stickers).toHaveLength(2);
    renameSync(blobPath(link), `${blobPath(link)}.gone`);
    const named = Buffer.from(link, 'base64url');
    named[0] = named[0]! ^ 1;
    expect(await piet.readStickerPack(named.toString('base64url'))).toEqual(problem('damaged'));
    expect(resultOf(await piet.readStickerPack(link)).stickers).toHaveLength(2);
  });

  it('is not made of what no pack can hold, and no more are installed than an account may have', async () => {
    const nora = await place.open('nora');
    await online(nora);
    const make = (stickers: { emoji: string; image: Uint8Array }[]) =>
      nora.createStickerPack({ title: 'Quay', author: '', stickers });
    expect(await make([])).toEqual(problem('malformed'));
    expect(await make([{ emoji: '', image: picture(60, 60_000) }])).toEqual(problem('malformed'));
    const named = Buffer.alloc(72, 3);
    named.writeBigUInt64BE(500n, 64);
    for (let count = 0; count < 50; count++) {
      named[0] = count;
      resultOf(await nora.installStickerPack(named.toString('base64url'), true));
    }
    named[0] = 50;
    expect(await nora.installStickerPack(named.toString('base64url'), true)).toEqual(problem('tooLarge'));
    const packs = await nora.listStickerPacks();
    expect(packs).toHaveLength(50);
    expect(packs.every(({ problem }) => problem === 'gone')).toBe(true);
  });
});
