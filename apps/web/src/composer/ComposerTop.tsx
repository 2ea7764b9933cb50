import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import type { LinkPreviewView, MessageView, TransactionId } from '../sotto.ts';
import { messageLine } from '../thread/messageLine.ts';
import { words } from '../words.ts';

interface ComposerTopProps {
  editing: MessageView | null;
  onStopEditing: () => void;
  replyTo: TransactionId | null;
  /** The message of `replyTo`, where it is loaded. */
  answered: MessageView | undefined;
  onDropReply: () => void;
  preview: LinkPreviewView | null;
  onDropPreview: () => void;
  scheduledCount: number;
  onShowScheduled: () => void;
}

/** Above the field: what is changed or answered, what goes along, and what waits for its time. */
export function ComposerTop(props: ComposerTopProps) {
  const { editing, replyTo, answered, preview, scheduledCount } = props;
  const { messaging } = words;
  return (
    <>
      {scheduledCount > 0 && editing === null && (
        <button type="button" className="composer-scheduled" onClick={props.onShowScheduled}>
          <Icon name="clock" />
          {messaging.composer.scheduled(scheduledCount)}
        </button>
      )}
      {editing !== null && (
        <div className="composer-top">
          <Icon name="edit" />
          <span className="composer-topWords">
            <strong>{messaging.edit.title}</strong>
            <span dir="auto" data-disappears={editing.timer !== null || undefined}>
              {messageLine(editing)}
            </span>
          </span>
          <IconButton icon="close" label={messaging.edit.cancel} onClick={props.onStopEditing} />
        </div>
      )}
      {replyTo !== null && editing === null && (
        <div className="composer-top">
          <Icon name="reply" />
          <span className="composer-topWords">
            <strong>
              {answered === undefined
                ? messaging.reply.far
                : answered.mine
                  ? messaging.reply.toSelf
                  : messaging.reply.to(answered.sender.username)}
            </strong>
            <span dir="auto" data-disappears={answered?.timer != null || undefined}>
              {answered === undefined ? '' : messageLine(answered)}
            </span>
          </span>
          <IconButton icon="close" label={messaging.reply.cancel} onClick={props.onDropReply} />
        </div>
      )}
      {preview !== null && editing === null && (
        <div className="composer-top">
          <Icon name="invite" />
          <span className="composer-topWords">
            <strong dir="auto">{preview.title}</strong>
            <span>{messaging.composer.preview}</span>
          </span>
          <IconButton icon="close" label={messaging.composer.noPreview} onClick={props.onDropPreview} />
        </div>
      )}
    </>
  );
}
