import { Icon } from '../parts/Icon.tsx';
import type { ConversationId } from '../sotto.ts';
import { words } from '../words.ts';
import { openOverlay } from './stage.ts';

/** From the details of a conversation to what was sent in it. */
export function GalleryLink({ conversationId, title }: { conversationId: ConversationId; title: string }) {
  return (
    <button
      type="button"
      className="galleryLink"
      onClick={() => openOverlay({ kind: 'gallery', conversationId, title })}
    >
      <Icon name="image" />
      {words.media.galleryTitle}
    </button>
  );
}
