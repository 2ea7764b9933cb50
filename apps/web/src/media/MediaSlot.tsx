import { lazy, Suspense } from 'react';
import type { MessageView } from '../sotto.ts';
import { gridStyle, isPicture } from './mediaBox.ts';
import './mediaBox.css';

const loadParts = () => import('./bubble/MessageMedia.tsx');
const MessageMedia = lazy(loadParts);

/** Attachments and stickers of a message, above its text; their room is kept until they are loaded. */
export function MediaSlot({ message }: { message: MessageView }) {
  const { body } = message;
  if (body.kind !== 'text' || (body.attachments.length === 0 && body.sticker === null)) return null;
  if (body.sticker !== null) {
    return (
      <div className="media media-sticker">
        <Suspense>
          <MessageMedia message={message} />
        </Suspense>
      </div>
    );
  }
  const pictures = body.attachments.filter(isPicture);
  const rows = body.attachments.flatMap((attachment, place) => (isPicture(attachment) ? [] : [place]));
  return (
    <div className="media">
      <Suspense
        fallback={
          <>
            {pictures.length > 0 && <div className="media-grid" style={gridStyle(pictures)} />}
            {rows.map((place) => (
              <div className="media-row" key={place} />
            ))}
          </>
        }
      >
        <MessageMedia message={message} />
      </Suspense>
    </div>
  );
}

/** While the app has nothing to do: what most chats need next. */
export function preloadMedia(): void {
  loadParts().catch(() => undefined);
}
