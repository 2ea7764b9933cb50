/**
 * Makes a group's photo of a picture: the chosen square, 256 pixels wide, drawn anew, so that nothing that a camera wrote
 * into the file is left.
 */
import { inspectPicture } from '../media/prepare/prepareImage.ts';
import { groupLimits } from './limits.ts';

const side = 256;
const qualities = [0.86, 0.75, 0.6, 0.45, 0.3, 0.15] as const;

/** The part of a picture that is kept: a square, in its pixels. */
export interface PhotoFrame {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** `bomb`: more pixels than are opened. */
type PictureFault = 'bomb' | 'unsupported' | 'damaged';

/** The picture, upright, or why it is not opened. Whoever has it closes it. */
export async function openPicture(file: Blob): Promise<ImageBitmap | PictureFault> {
  const header = await inspectPicture(file);
  if (typeof header === 'string') return header;
  try {
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    return 'damaged';
  }
}

/** WebP, or JPEG in browsers that write no WebP; null where it stays above 24 kB. */
export async function shrinkPhoto(picture: ImageBitmap, frame: PhotoFrame): Promise<Uint8Array | null> {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  if (context === null) return null;
  context.imageSmoothingQuality = 'high';
  // What is transparent becomes white: JPEG has no transparency.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, side, side);
  context.drawImage(picture, frame.x, frame.y, frame.side, frame.side, 0, 0, side, side);
  for (const quality of qualities) {
    const webp = await canvas.convertToBlob({ type: 'image/webp', quality });
    const blob =
      webp.type === 'image/webp' ? webp : await canvas.convertToBlob({ type: 'image/jpeg', quality });
    if (blob.size <= groupLimits.photoSizeBytes) return new Uint8Array(await blob.arrayBuffer());
  }
  return null;
}

/** `frame` inside a picture of these dimensions. */
export function clampFrame(frame: PhotoFrame, width: number, height: number): PhotoFrame {
  const largest = Math.min(width, height);
  const kept = Math.min(Math.max(frame.side, Math.min(32, largest)), largest);
  return {
    side: kept,
    x: Math.min(Math.max(0, frame.x), width - kept),
    y: Math.min(Math.max(0, frame.y), height - kept),
  };
}

/** `frame` made `side` pixels wide around its middle. */
export function resizeFrame(frame: PhotoFrame, wanted: number, width: number, height: number): PhotoFrame {
  const grown = (frame.side - wanted) / 2;
  return clampFrame({ x: frame.x + grown, y: frame.y + grown, side: wanted }, width, height);
}
