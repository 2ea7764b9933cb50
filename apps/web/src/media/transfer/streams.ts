/** An address from which the browser plays an attachment: while it is fetched, where the product's service worker is. */
import type { AttachmentProblem, AttachmentRef, AttachmentView, SottoApi } from '../../sotto.ts';
import { sniffType } from '../prepare/sniffType.ts';
import { AttachmentUnread, problemOf, readWhole } from './readWhole.ts';
import { mediaStreams } from './streamSource.ts';

type Named = Pick<AttachmentView, 'sizeBytes' | 'mediaType' | 'name'>;

export interface Stream {
  readonly address: string | null;
  readonly problem: AttachmentProblem['kind'] | null;
  close(): void;
}

const sniffedBytes = 64 * 1024;
/** Up to this size it is read at once, and needs nobody to answer while it plays. */
const wholeSizeBytes = 512 * 1024;

export function openStream(sotto: SottoApi, ref: AttachmentRef, view: Named): Promise<Stream> {
  return open(sotto, ref, view, (type) => (type.startsWith('image/') ? null : type));
}

/** The same for what is heard: containers that may hold a film are played as sound. */
export function openSound(sotto: SottoApi, ref: AttachmentRef, view: Named): Promise<Stream> {
  return open(sotto, ref, view, soundTypeOf);
}

/** The type under which a sound is played; null where it is none. */
function soundTypeOf(type: string): string | null {
  const sound = type.replace(/^video\/(webm|mp4)$/, 'audio/$1');
  return sound.startsWith('audio/') ? sound : null;
}

async function open(
  sotto: SottoApi,
  ref: AttachmentRef,
  view: Named,
  typeOf: (sniffed: string) => string | null,
): Promise<Stream> {
  try {
    const first = await sotto.readAttachment(ref, 0, Math.min(sniffedBytes, view.sizeBytes));
    if (first.kind === 'problem') throw new AttachmentUnread(first.problem.kind);
    const sniffed = sniffType(first.value);
    const type = sniffed === null ? null : typeOf(sniffed);
    if (type === null) return { address: null, problem: null, close: noop };
    const streams = view.sizeBytes > wholeSizeBytes ? await mediaStreams() : null;
    if (streams !== null) {
      const address = streams.open(ref, view);
      return { address, problem: null, close: () => streams.close(address) };
    }
    const address = URL.createObjectURL(await readWhole(sotto, ref, view, type));
    return { address, problem: null, close: () => URL.revokeObjectURL(address) };
  } catch (error) {
    return { address: null, problem: problemOf(error), close: noop };
  }
}

function noop(): void {}
