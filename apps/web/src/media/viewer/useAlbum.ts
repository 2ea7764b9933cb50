/** Every photo and video of a conversation in order, from the one that was opened on both ways. */
import { useEffect, useState } from 'react';
import { useGone } from '../../disappearing/usePresence.ts';
import type { AttachmentRef, AttachmentView, MessageView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { isPicture } from '../mediaBox.ts';
import { keyOf } from '../transfer/pictures.ts';

export interface AlbumEntry {
  readonly attachment: AttachmentRef;
  readonly view: AttachmentView;
  readonly message: MessageView;
}

const pageLimit = 100;
/** Enough to find what was opened; older ones stand in the gallery. */
const pages = 10;

export function entriesOf(message: MessageView): AlbumEntry[] {
  const { body, conversationId, messageId } = message;
  if (body.kind !== 'text') return [];
  return body.attachments.flatMap((view, index) =>
    isPicture(view) ? [{ attachment: { conversationId, messageId, index }, view, message }] : [],
  );
}

/**
 * Oldest first; null until the first page is here, and empty where the message is gone. `onGone`: with the keys of those that went
 * while it was open.
 */
export function useAlbum(
  opened: AttachmentRef,
  onGone: (keys: readonly string[]) => void,
): readonly AlbumEntry[] | null {
  const sotto = useSotto();
  const [entries, setEntries] = useState<readonly AlbumEntry[] | null>(null);
  const { conversationId } = opened;
  const key = keyOf(opened);
  useEffect(() => {
    let current = true;
    const load = async (): Promise<void> => {
      const found: AlbumEntry[] = [];
      let beforeOrder: number | undefined;
      for (let page = 0; page < pages && current; page += 1) {
        const { messages, hasOlder } = await sotto.readGallery({
          conversationId,
          kind: 'media',
          limit: pageLimit,
          ...(beforeOrder === undefined ? {} : { beforeOrder }),
        });
        for (const message of messages) found.unshift(...entriesOf(message));
        const isFound = found.some(({ attachment }) => keyOf(attachment) === key);
        beforeOrder = messages.at(-1)?.order;
        if (isFound || !hasOlder || beforeOrder === undefined) break;
      }
      if (current) setEntries(found);
    };
    load().catch(() => current && setEntries([]));
    return () => {
      current = false;
    };
  }, [sotto, conversationId, key]);
  useGone(conversationId, entries?.map(({ message }) => message) ?? [], (gone) => {
    const isGone = ({ message }: AlbumEntry): boolean => gone.has(message.messageId);
    onGone((entries ?? []).filter(isGone).map(({ attachment }) => keyOf(attachment)));
    setEntries((now) => now?.filter((entry) => !isGone(entry)) ?? null);
  });
  return entries;
}
