/** How much room the attachments of a message take, known before anything of them is loaded: rows never change height. */
import type { CSSProperties } from 'react';
import type { AttachmentView, MessageExtras } from '../sotto.ts';

const gridWidth = 340;
/** As in mediaBox.css. */
const rowHeight = 56;
const stickerHeight = 148;
const gap = 6;
const pictureLimits = { width: 340, height: 400, smallest: 150 };

/** Pictures and videos stand in a grid of their own, above everything else. */
export function isPicture({ kind, views, width, height }: AttachmentView): boolean {
  return (kind === 'photo' || kind === 'video') && views === null && width > 0 && height > 0;
}

/** Width in pixels, where there is that much, and the ratio of width to height. */
export function gridStyle(pictures: readonly AttachmentView[]): CSSProperties {
  if (pictures.length === 0) return {};
  const { width, height } = gridBox(pictures);
  return { width, aspectRatio: `${width} / ${height}` };
}

/** Pixels that the attachments, or the sticker, of a message take where there is room; 0 where it has none. */
export function mediaHeight({
  attachments,
  sticker,
}: Pick<MessageExtras, 'attachments' | 'sticker'>): number {
  if (sticker !== null) return stickerHeight;
  const pictures = attachments.filter(isPicture);
  const boxes = attachments.filter((attachment) => !isPicture(attachment)).map(() => rowHeight);
  if (pictures.length > 0) boxes.push(gridBox(pictures).height);
  return boxes.reduce((sum, height) => sum + height, 0) + Math.max(0, boxes.length - 1) * gap;
}

function gridBox(pictures: readonly AttachmentView[]): { readonly width: number; readonly height: number } {
  const [first] = pictures;
  if (first === undefined) return { width: 0, height: 0 };
  if (pictures.length > 1) {
    return { width: gridWidth, height: Math.round(gridWidth * (pictures.length === 2 ? 0.55 : 0.9)) };
  }
  const { width, height, smallest } = pictureLimits;
  const scale = Math.min(1, width / first.width, height / first.height);
  return {
    width: Math.round(Math.min(width, Math.max(smallest, first.width * scale))),
    height: Math.round(Math.min(height, Math.max(smallest * 0.6, first.height * scale))),
  };
}
