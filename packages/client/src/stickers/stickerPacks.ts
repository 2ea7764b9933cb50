/**
 * The commands about sticker packs (spec/attachments.md, "Sticker packs"). A pack is a published blob; which packs an account
 * has is one account item each, so all of its devices have the same.
 */
import { limits } from '@sotto/protocol';
import type { Outcome } from '../api.ts';
import type {
  AttachmentFault,
  AttachmentProblem,
  NewStickerPack,
  PackSummaryView,
  StickerPackView,
} from '../apiMedia.ts';
import type { BlobSource } from '../attachments/blobSource.ts';
import type { DeviceContext } from '../device/deviceContext.ts';
import { changeItem, nextChangeMs } from '../ownState/ownStateTable.ts';
import {
  decodePackHead,
  encodePack,
  isStickerPicture,
  type PackHead,
  packHeadSizeBytes,
  packStickers,
} from './packFile.ts';
import { packPlace } from './packItem.ts';
import { formatPackLink, parsePackLink } from './packLink.ts';
import { findPackItem, installedPacks, mergePackItem } from './packTable.ts';

type PackProblem = AttachmentFault | 'malformed';

const noPicture = new Uint8Array(0);

/** Seals and publishes it; it is not installed by that. */
export async function createStickerPack(
  device: DeviceContext,
  pack: NewStickerPack,
): Promise<Outcome<{ link: string }, AttachmentProblem>> {
  const content = encodePack(pack);
  if (typeof content === 'string') return refuse(content);
  const published = await device.attachments.publish(content);
  if (typeof published === 'string') return refuse(published);
  return { kind: 'ok', value: { link: formatPackLink(published) } };
}

/** All of it, checked: its hash, that it opens under the link's key, and what is in it. */
export async function readStickerPack(
  device: DeviceContext,
  link: string,
): Promise<Outcome<StickerPackView, AttachmentProblem>> {
  const source = parsePackLink(link);
  if (source === null) return refuse('malformed');
  const file = await device.attachments.readSource(source, 0, source.sizeBytes);
  if (typeof file === 'string') return refuse(file);
  const head = decodePackHead(file, source.sizeBytes);
  const stickers = head === null ? [] : packStickers(file, head);
  if (head === null || stickers.length === 0) return refuse('malformed');
  const place = packPlace(device.provider, link);
  const installed = device.database.read((sql) => findPackItem(sql, place))?.installed ?? false;
  const { title, author } = head;
  const views = stickers.map((sticker) => ({ ...sticker, pack: link }));
  return { kind: 'ok', value: { link, title, author, installed, stickers: views } };
}

/** One that is taken away is known as such by all devices. */
export async function installStickerPack(
  device: DeviceContext,
  link: string,
  installed: boolean,
): Promise<Outcome<null, AttachmentProblem>> {
  if (parsePackLink(link) === null) return refuse('malformed');
  const place = packPlace(device.provider, link);
  const limit = limits.stickerPacksPerAccount;
  const isDone = await device.steps.run(async (step) => {
    const isThere = step.read((sql) => findPackItem(sql, place))?.installed ?? false;
    if (isThere === installed) return true;
    if (installed && step.read((sql) => installedPacks(sql, limit)).length >= limit) return false;
    const nowMs = device.clock.now();
    await step.commit((sql) => {
      mergePackItem(sql, place, { link, changedAtMs: nextChangeMs(sql, nowMs), installed });
      changeItem(sql, place, {}, nowMs);
    });
    return true;
  });
  if (!isDone) return refuse('tooLarge');
  device.ownState.wake();
  return { kind: 'ok', value: null };
}

/** Installed packs, the last one first: what they say of themselves, and their first picture. */
export async function listStickerPacks(device: DeviceContext): Promise<readonly PackSummaryView[]> {
  const links = device.database.read((sql) => installedPacks(sql, limits.stickerPacksPerAccount));
  return Promise.all(links.map((link) => summaryOf(device, link)));
}

async function summaryOf(device: DeviceContext, link: string): Promise<PackSummaryView> {
  const source = parsePackLink(link);
  const head = source === null ? 'malformed' : await readHead(device, source);
  if (source === null || typeof head === 'string') {
    const problem = typeof head === 'string' ? head : 'malformed';
    return { link, title: '', author: '', count: 0, cover: noPicture, problem };
  }
  const { title, author, stickers } = head;
  const [first] = stickers;
  const cover =
    first === undefined ? 'malformed' : await device.attachments.readSource(source, first.start, first.end);
  const isShown = typeof cover !== 'string' && isStickerPicture(cover);
  return { link, title, author, count: stickers.length, cover: isShown ? cover : noPicture, problem: null };
}

async function readHead(device: DeviceContext, source: BlobSource): Promise<PackHead | PackProblem> {
  const end = Math.min(packHeadSizeBytes, source.sizeBytes);
  const start = await device.attachments.readSource(source, 0, end);
  if (typeof start === 'string') return start;
  return decodePackHead(start, source.sizeBytes) ?? 'malformed';
}

function refuse(kind: PackProblem): { kind: 'problem'; problem: AttachmentProblem } {
  return { kind: 'problem', problem: { kind } };
}
