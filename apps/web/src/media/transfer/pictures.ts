/**
 * Pictures of messages as addresses for `<img>`. What a sender says of a picture is not believed: its first bytes must be
 * those of a picture that is shown here, of no more pixels than are opened, and its address bears the type that they say.
 * An SVG is none, so nothing that could hold a script is ever shown.
 */
import { useEffect, useState } from 'react';
import type { AttachmentProblem, AttachmentRef, AttachmentView, SottoApi } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { headerSizeBytes, readImageHeader } from '../prepare/imageHeader.ts';
import { inspectPicture, isTooLarge } from '../prepare/prepareImage.ts';
import { problemOf, readWhole } from './readWhole.ts';

export type PictureProblem = AttachmentProblem['kind'] | 'notPicture' | 'bomb';
export type Picture =
  | { readonly kind: 'shown'; readonly address: string }
  | { readonly kind: 'problem'; readonly problem: PictureProblem };

type Sized = Pick<AttachmentView, 'sizeBytes'>;

interface Held {
  readonly picture: Promise<Picture>;
  users: number;
}

/** Pictures that nobody looks at any more are kept up to so many, the latest first; those that disappear are not. */
const keptPictures = 60;
const restMs = 120;
const shownSizeLimit = 128 * 1024 * 1024;
const held = new Map<string, Held>();

export function keyOf({ messageId, index }: Pick<AttachmentRef, 'messageId' | 'index'>): string {
  return `${messageId}/${index}`;
}

/** Reads and checks a picture. Its address is the caller's to revoke. */
export async function openPicture(sotto: SottoApi, ref: AttachmentRef, view: Sized): Promise<Picture> {
  if (view.sizeBytes > shownSizeLimit) return { kind: 'problem', problem: 'tooLarge' };
  try {
    const blob = await readWhole(sotto, ref, view, 'application/octet-stream');
    const header = await inspectPicture(blob);
    if (header === 'bomb') return { kind: 'problem', problem: 'bomb' };
    if (typeof header === 'string') return { kind: 'problem', problem: 'notPicture' };
    return { kind: 'shown', address: URL.createObjectURL(new Blob([blob], { type: header.type })) };
  } catch (error) {
    return { kind: 'problem', problem: problemOf(error) };
  }
}

function take(sotto: SottoApi, ref: AttachmentRef, view: Sized): Promise<Picture> {
  const key = keyOf(ref);
  const known = held.get(key) ?? { picture: openPicture(sotto, ref, view), users: 0 };
  held.delete(key);
  held.set(key, known);
  known.users += 1;
  known.picture.then((picture) => {
    // It can be tried again.
    if (picture.kind === 'problem' && held.get(key) === known) held.delete(key);
  });
  return known.picture;
}

function letGo(ref: AttachmentRef, isKept: boolean): void {
  const known = held.get(keyOf(ref));
  if (known !== undefined) {
    known.users -= 1;
    if (!isKept && known.users === 0) drop(keyOf(ref), known);
  }
  for (const [key, one] of held) {
    if (held.size <= keptPictures) return;
    if (one.users === 0) drop(key, one);
  }
}

function drop(key: string, { picture }: Held): void {
  held.delete(key);
  picture.then((old) => old.kind === 'shown' && URL.revokeObjectURL(old.address));
}

/**
 * The whole picture, once it is here; null until then, and while it is not `wanted`. One that is not `isKept`, because it
 * disappears, is let go of as soon as it is not shown.
 */
export function usePicture(
  ref: AttachmentRef,
  view: AttachmentView,
  wanted: boolean,
  isKept: boolean,
): Picture | null {
  const sotto = useSotto();
  const [picture, setPicture] = useState<Picture | null>(null);
  const { conversationId, messageId, index } = ref;
  const { sizeBytes } = view;
  const isReady = view.transfer.kind !== 'failed';
  useEffect(() => {
    if (!wanted || !isReady) return;
    let current = true;
    let isTaken = false;
    const named = { conversationId, messageId, index };
    const show = (): void => {
      isTaken = true;
      take(sotto, named, { sizeBytes }).then((taken) => current && setPicture(taken));
    };
    // What is only scrolled past is not fetched.
    const timer = held.has(keyOf(named)) ? undefined : setTimeout(show, restMs);
    if (timer === undefined) show();
    return () => {
      current = false;
      clearTimeout(timer);
      if (isTaken) letGo(named, isKept);
    };
  }, [sotto, conversationId, messageId, index, sizeBytes, wanted, isReady, isKept]);
  return picture;
}

const thumbnailSide = 1024;

/** An address of a small picture inside a message; null where it is none. It is revoked when it is no longer shown. */
export function useThumbnail(bytes: Uint8Array): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    const header = bytes.length === 0 ? null : readImageHeader(bytes.subarray(0, headerSizeBytes));
    if (header === null || isTooLarge(header) || Math.max(header.width, header.height) > thumbnailSide) {
      return;
    }
    const made = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: header.type }));
    setAddress(made);
    return () => {
      setAddress(null);
      URL.revokeObjectURL(made);
    };
  }, [bytes]);
  return address;
}
