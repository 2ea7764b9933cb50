import { useState } from 'react';
import ScheduleDialog from '../../composer/ScheduleDialog.tsx';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import type { MessageView } from '../../sotto.ts';
import { useSotto } from '../../state/SottoContext.tsx';
import { words } from '../../words.ts';
import { messageLine } from '../messageLine.ts';

interface ScheduledDialogProps {
  messages: readonly MessageView[];
  onClose: () => void;
}

/** What waits for its time: to be sent at once, at another time, or not at all. */
export function ScheduledDialog({ messages, onClose }: ScheduledDialogProps) {
  const sotto = useSotto();
  const text = words.messaging.composer;
  const [moving, setMoving] = useState<MessageView | null>(null);
  const move = ({ conversationId, messageId }: MessageView, sendAtMs: number | null): void => {
    void sotto.rescheduleMessage(conversationId, messageId, sendAtMs);
    setMoving(null);
  };
  if (moving !== null) {
    return (
      <ScheduleDialog
        atMs={moving.sendAtMs ?? Date.now()}
        onChoose={(atMs) => move(moving, atMs)}
        onClose={() => setMoving(null)}
      />
    );
  }
  return (
    <Dialog title={text.scheduledTitle} text={text.scheduleText} onClose={onClose}>
      {messages.length === 0 && <p className="dialog-text">{text.noneScheduled}</p>}
      <ul className="scheduled">
        {messages.map((message) => (
          <li key={message.messageId}>
            <time dateTime={new Date(message.sendAtMs ?? 0).toISOString()}>
              {text.scheduledAt(words.time.moment(message.sendAtMs ?? 0))}
            </time>
            <p dir="auto">{messageLine(message)}</p>
            <div className="scheduled-actions">
              <Button look="plain" onClick={() => move(message, null)}>
                {text.sendNow}
              </Button>
              <Button look="plain" onClick={() => setMoving(message)}>
                {text.changeTime}
              </Button>
              <Button
                look="plain"
                onClick={() => void sotto.discardMessage(message.conversationId, message.messageId)}
              >
                {text.cancelScheduled}
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
