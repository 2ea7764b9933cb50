import { lazy, type PointerEvent, Suspense, useRef, useState } from 'react';
import { IconButton } from '../../parts/IconButton.tsx';
import type { ConversationId, TransactionId } from '../../sotto.ts';
import { words } from '../../words.ts';
import type { Hold } from './hold.ts';

const loadPanel = () => import('./VoicePanel.tsx');
const VoicePanel = lazy(loadPanel);

interface VoiceButtonProps {
  conversationId: ConversationId;
  replyTo: TransactionId | null;
  onSent: () => void;
}

const none: Hold = { x: 0, y: 0, state: 'none' };
/** Held shorter than this, it was a tap: it records on its own. */
const tapMs = 350;

/**
 * Records: held, until it is let go of; tapped, until it is sent or deleted. The panel lies over the composer's box, so that the
 * finger stays on the button that it holds.
 */
export function VoiceButton({ conversationId, replyTo, onSent }: VoiceButtonProps) {
  const [hold, setHold] = useState<Hold | null>(null);
  const begun = useRef({ x: 0, y: 0, atMs: 0 });
  const down = (event: PointerEvent<HTMLButtonElement>): void => {
    if (event.button !== 0 || hold !== null) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    begun.current = { x: event.clientX, y: event.clientY, atMs: event.timeStamp };
    setHold({ x: 0, y: 0, state: 'held' });
  };
  const follow = (event: PointerEvent, state: Hold['state']): void => {
    const [x, y] = [event.clientX - begun.current.x, event.clientY - begun.current.y];
    setHold((now) => (now?.state === 'held' ? { x, y, state } : now));
  };
  const up = (event: PointerEvent): void => {
    // When the finger did it counts, not when a busy page comes to it.
    const isTap = event.timeStamp - begun.current.atMs < tapMs;
    follow(event, isTap ? 'none' : 'released');
  };
  // Taken away by the system, it was not let go of: nothing is sent that nobody sends.
  const cancel = (): void => setHold((now) => (now?.state === 'held' ? none : now));
  const end = (): void => {
    setHold(null);
    document.getElementById('composer')?.focus({ preventScroll: true });
  };
  return (
    <>
      <IconButton
        icon="mic"
        label={words.media.recordVoice}
        className="composer-send voiceButton"
        onPointerEnter={() => void loadPanel()}
        onPointerDown={down}
        onPointerMove={(event) => follow(event, 'held')}
        onPointerUp={up}
        onPointerCancel={cancel}
        // By keyboard and by screen reader: as a tap.
        onClick={(event) => event.detail === 0 && hold === null && setHold(none)}
      />
      {hold !== null && (
        <Suspense>
          <VoicePanel
            conversationId={conversationId}
            replyTo={replyTo}
            hold={hold}
            onLock={() => setHold(none)}
            onSent={() => {
              onSent();
              end();
            }}
            onClose={end}
          />
        </Suspense>
      )}
    </>
  );
}
