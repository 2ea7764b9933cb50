/** From what somebody chose, dropped or pasted to what is sent: what it is, is found out from its bytes. */
import type { NewAttachment } from '../../sotto.ts';
import { namedAs, safeFileName } from '../fileName.ts';
import type { FileFault, PictureFault } from './faults.ts';
import { type Previews, preparePicture } from './prepareImage.ts';
import { inspectAudio, inspectVideo } from './prepareVideo.ts';
import { sniffType } from './sniffType.ts';
import { stripVideo } from './stripVideo.ts';

export interface Prepared {
  /** Without its previews: which ones go depends on how many go together, and how. */
  readonly attachment: Omit<NewAttachment, 'thumbnail' | 'placeholder' | 'views'>;
  readonly previews: Previews;
}
/** What a file is offered as. */
export type Preparation =
  | { readonly kind: 'ready'; readonly prepared: Prepared }
  /** It goes as a file only, because its picture cannot be shown. */
  | { readonly kind: 'fileOnly'; readonly prepared: Prepared; readonly reason: PictureFault }
  | { readonly kind: 'refused'; readonly reason: FileFault };

const fileSizeLimit = 2 * 1024 ** 3;
const sniffedBytes = 64 * 1024;
const nothing: Previews = {
  thumbnail: new Uint8Array(),
  smallThumbnail: new Uint8Array(),
  placeholder: new Uint8Array(),
};

/** `asFile`: exactly as it is. `original`: pictures in their own size. */
export async function prepareAttachment(
  file: File,
  options: { asFile: boolean; original: boolean },
): Promise<Preparation> {
  const name = safeFileName(file.name);
  if (file.size > fileSizeLimit) return { kind: 'refused', reason: 'tooLarge' };
  let start: Uint8Array;
  try {
    start = new Uint8Array(await file.slice(0, sniffedBytes).arrayBuffer());
  } catch {
    return { kind: 'refused', reason: 'unreadable' };
  }
  if (file.size === 0) return { kind: 'refused', reason: 'empty' };
  const mediaType = sniffType(start);
  const plain = asFile(file, name, mediaType);
  if (options.asFile) return ready(plain);
  if (mediaType?.startsWith('image/') || isJpeg(start)) {
    const picture = await preparePicture(file, options.original);
    if (typeof picture === 'string') return { kind: 'fileOnly', prepared: plain, reason: picture };
    const { source, width, height, previews } = picture;
    return ready({
      attachment: {
        ...plain.attachment,
        kind: 'photo',
        source,
        mediaType: picture.mediaType,
        name: namedAs(name, picture.mediaType),
        width,
        height,
      },
      previews,
    });
  }
  if (mediaType?.startsWith('video/')) return ready(await prepareFootage(file, plain, mediaType));
  if (mediaType?.startsWith('audio/')) {
    const sound = await inspectAudio(new Blob([file], { type: mediaType }));
    if (sound === null) return ready(plain);
    return ready({ ...plain, attachment: { ...plain.attachment, kind: 'audio', ...sound } });
  }
  return ready(plain);
}

async function prepareFootage(file: File, plain: Prepared, mediaType: string): Promise<Prepared> {
  const typed = new Blob([file], { type: mediaType });
  const footage = await inspectVideo(typed);
  if (footage === null) {
    // Both containers hold sound alone as well.
    const sound = await inspectAudio(typed);
    return sound === null
      ? plain
      : { ...plain, attachment: { ...plain.attachment, kind: 'audio', ...sound } };
  }
  const { width, height, durationMs, previews } = footage;
  const source = mediaType === 'video/mp4' ? await stripVideo(typed) : typed;
  return { attachment: { ...plain.attachment, kind: 'video', source, width, height, durationMs }, previews };
}

function asFile(file: File, name: string, mediaType: string | null): Prepared {
  return {
    attachment: {
      source: file,
      kind: 'file',
      name,
      mediaType: mediaType ?? 'application/octet-stream',
      width: 0,
      height: 0,
      durationMs: 0,
      waveform: new Uint8Array(),
    },
    previews: nothing,
  };
}

/** Whose header ends beyond what was looked at, or is broken. */
function isJpeg(start: Uint8Array): boolean {
  return start[0] === 0xff && start[1] === 0xd8 && start[2] === 0xff;
}

function ready(prepared: Prepared): Preparation {
  return { kind: 'ready', prepared };
}

/** So many pictures share the room of one message. */
const fullThumbnails = 4;

export function attachmentsOf(prepared: readonly Prepared[], views: number): NewAttachment[] {
  return prepared.map(({ attachment, previews }) => ({
    ...attachment,
    views,
    // Of what is limited nothing is shown before.
    placeholder: views > 0 ? new Uint8Array() : previews.placeholder,
    thumbnail:
      views > 0
        ? new Uint8Array()
        : prepared.length > fullThumbnails
          ? previews.smallThumbnail
          : previews.thumbnail,
  }));
}
