import { useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import type { AttachmentRef, AttachmentView, MessageView, ViewsView } from '../../sotto.ts';
import { words } from '../../words.ts';
import { mediaSentences as say } from '../mediaSentences.ts';
import { openOverlay } from '../stage.ts';
import { LimitSign } from '../ViewLimit.tsx';
import { TransferRing, transferText } from './TransferRing.tsx';

interface LimitedRowProps {
  view: AttachmentView;
  views: ViewsView;
  attachment: AttachmentRef;
  message: Pick<MessageView, 'mine' | 'timer'>;
}

/** Something that can be looked at so many times: nothing of it shows here, and opening it asks first. */
export function LimitedRow({ view, views, attachment, message }: LimitedRowProps) {
  const [asking, setAsking] = useState(false);
  const { limit } = views;
  const isOver = views.state === 'over';
  const left = limit - views.seen;
  const what =
    view.kind === 'video'
      ? say.limited.video(limit)
      : view.kind === 'photo'
        ? say.limited.photo(limit)
        : say.limited.voice(limit);
  const moving = 'doneBytes' in view.transfer ? view.transfer : null;
  const state = isOver
    ? say.limited.opened
    : moving !== null
      ? transferText(moving)
      : view.transfer.kind === 'failed'
        ? say.fault(view.transfer.reason)
        : message.mine
          ? seenSentence(views)
          : views.seen > 0
            ? say.limited.left(left, limit)
            : null;
  return (
    <div className="media-row limitedRow" data-over={isOver}>
      <span className="limitedRow-sign">
        {moving === null ? (
          <LimitSign times={limit} />
        ) : (
          <TransferRing transfer={moving}>
            <LimitSign times={limit} />
          </TransferRing>
        )}
      </span>
      <span className="fileRow-words">
        <span className="limitedRow-what">{what}</span>
        {state !== null && <small>{state}</small>}
      </span>
      {!isOver && !message.mine && (
        <button type="button" className="limitedRow-open" onClick={() => setAsking(true)}>
          {say.limited.open}
        </button>
      )}
      {asking && (
        <Dialog
          title={say.limited.title(view.kind, left)}
          text={say.limited.text(left)}
          onClose={() => setAsking(false)}
        >
          <div className="dialog-actions">
            <Button onClick={() => setAsking(false)}>{words.common.cancel}</Button>
            <Button
              look="primary"
              onClick={() => {
                setAsking(false);
                openOverlay({ kind: 'limited', attachment, view, left, timer: message.timer });
              }}
            >
              {say.limited.confirm}
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** What the sender sees of who has looked. */
function seenSentence({ limit, seen, viewers, recipients }: ViewsView): string {
  if (viewers === 0) return say.limited.sent;
  return recipients === 1 ? say.limited.seenTimes(seen, limit) : say.limited.seenBy(viewers, recipients);
}
