import { useEffect, useRef } from 'react';
import { callWords } from '../wordsCalls.ts';
import { CallIcon } from './CallIcon.tsx';
import { CallIconButton } from './CallIconButton.tsx';

interface CallBarProps {
  label: string;
  name: string;
  hasVideo: boolean;
  /** How long, or what is done until then. */
  status: string;
  isMuted: boolean;
  endLabel: string;
  onMute: (muted: boolean) => void;
  onEnd: () => void;
  onReturn: () => void;
}

const { bar, page } = callWords;

/** The call as a line above the chats, while it goes on. */
export function CallBar(props: CallBarProps) {
  const { label, name, hasVideo, status, isMuted, endLabel, onMute, onEnd, onReturn } = props;
  const back = useRef<HTMLButtonElement>(null);
  // What had the focus is gone with the page of the call.
  useEffect(() => {
    if (document.activeElement === document.body) back.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section className="callBar" aria-label={label}>
      <button type="button" className="callBar-back" ref={back} title={bar.return} onClick={onReturn}>
        <CallIcon name={hasVideo ? 'video' : 'phone'} />
        <bdi>{name}</bdi>
        <small>{status}</small>
        <span className="callBar-return">{bar.return}</span>
      </button>
      <CallIconButton
        icon={isMuted ? 'micOff' : 'mic'}
        label={isMuted ? page.unmute : page.mute}
        aria-pressed={isMuted}
        onClick={() => onMute(!isMuted)}
      />
      <CallIconButton icon="hangUp" label={endLabel} className="callBar-end" onClick={onEnd} />
    </section>
  );
}
