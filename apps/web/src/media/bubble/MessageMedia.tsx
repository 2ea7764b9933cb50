import type { MessageView } from '../../sotto.ts';
import { safeFileName } from '../fileName.ts';
import { isPicture } from '../mediaBox.ts';
import { SentSticker } from '../stickers/SentSticker.tsx';
import { FileRow } from './FileRow.tsx';
import { LimitedRow } from './LimitedRow.tsx';
import { PhotoGrid } from './PhotoGrid.tsx';
import { VoiceRow } from './VoiceRow.tsx';
import './bubble.css';

/** What a message has beside its text: pictures in a grid, everything else in rows below it. */
export default function MessageMedia({ message }: { message: MessageView }) {
  const { body, conversationId, messageId } = message;
  if (body.kind !== 'text') return null;
  if (body.sticker !== null) return <SentSticker sticker={body.sticker} message={message} />;
  const entries = body.attachments.map((view, index) => ({
    view: { ...view, name: safeFileName(view.name) },
    attachment: { conversationId, messageId, index },
  }));
  const pictures = entries.filter(({ view }) => isPicture(view));
  return (
    <>
      {pictures.length > 0 && (
        <PhotoGrid pictures={pictures} mine={message.mine} isKept={message.timer === null} />
      )}
      {entries.map((entry) => {
        const { view, attachment } = entry;
        if (isPicture(view)) return null;
        const key = attachment.index;
        if (view.views !== null) {
          return <LimitedRow key={key} {...entry} views={view.views} message={message} />;
        }
        if (view.kind === 'voice' || view.kind === 'audio') {
          return <VoiceRow key={key} {...entry} message={message} />;
        }
        return <FileRow key={key} {...entry} message={message} />;
      })}
    </>
  );
}
