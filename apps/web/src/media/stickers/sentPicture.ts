/** Pictures of stickers in messages, kept as long as there is room: a thread that is scrolled shows them at once. */
import { useEffect, useState } from 'react';
import type { AttachmentRef, AttachmentView } from '../../sotto.ts';
import { limits } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { keyOf } from '../transfer/pictures.ts';

const keptPictures = 100;
const none = new Uint8Array();
const kept = new Map<string, Uint8Array>();

function keep(key: string, picture: Uint8Array): void {
  kept.delete(key);
  kept.set(key, picture);
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size > keptPictures) kept.delete(oldest);
}

/** Empty until it is here, where it cannot be had, and where there is none. One that is not `isKept` disappears. */
export function useSentPicture(
  attachment: AttachmentRef,
  view: AttachmentView | null,
  isKept: boolean,
): Uint8Array {
  const sotto = useSotto();
  const { conversationId, messageId, index } = attachment;
  const key = keyOf(attachment);
  const [picture, setPicture] = useState<Uint8Array>(() => kept.get(key) ?? none);
  const sizeBytes = view?.sizeBytes ?? 0;
  const isWanted = view !== null && view.transfer.kind !== 'failed' && sizeBytes <= limits.stickerSizeBytes;
  useEffect(() => {
    if (!isWanted || kept.has(key)) return;
    let current = true;
    sotto.readAttachment({ conversationId, messageId, index }, 0, sizeBytes).then(
      (outcome) => {
        if (outcome.kind === 'problem') return;
        if (isKept) keep(key, outcome.value);
        if (current) setPicture(outcome.value);
      },
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [sotto, conversationId, messageId, index, key, sizeBytes, isWanted, isKept]);
  return picture;
}
