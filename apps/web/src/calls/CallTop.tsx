import type { CallState } from '@sotto/sdk/calls';
import { useEffect, useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { callWords } from '../wordsCalls.ts';
import { CallIcon } from './CallIcon.tsx';
import { CallIconButton } from './CallIconButton.tsx';
import { QualitySign } from './QualitySign.tsx';
import { useDuration } from './useDuration.ts';
import { type Toggle, useFullScreen } from './useFullScreen.ts';

interface CallTopProps {
  state: CallState;
  name: string;
  beside: boolean;
  /** What a window of its own can show. */
  film: HTMLVideoElement | null;
  /** Null: not now. */
  onGrow: (() => void) | null;
  onCode: () => void;
  onChat: () => void;
  onMinimise: () => void;
}

const say = callWords.page;

/** Who it is, how it goes, and how it is shown. */
export function CallTop({ state, name, beside, film, onGrow, onCode, onChat, onMinimise }: CallTopProps) {
  const phone = usePhoneLayout();
  const fullScreen = useFullScreen();
  const smallWindow = useSmallWindow(film);
  const { code, quality } = state;
  return (
    <div className="call-top">
      <CallIconButton icon="shrink" label={say.minimise} onClick={onMinimise} />
      <div className="call-who">
        <strong>{name}</strong>
        <span className="call-status">
          {state.phase.kind === 'connected' && <QualitySign step={quality.step} />}
          <CallStatus state={state} />
          {state.local.lowData && (
            <span className="call-lowData" title={say.lowDataSelf}>
              <CallIcon name="leaf" />
              <span className="hiddenText">{say.lowDataSelf}</span>
            </span>
          )}
        </span>
      </div>
      {code !== null && (
        <button
          type="button"
          className="call-code"
          aria-label={callWords.code.button(code)}
          title={callWords.code.title}
          onClick={onCode}
        >
          <Icon name="lock" />
          <span aria-hidden="true">
            {code.slice(0, 3)} {code.slice(3)}
          </span>
        </button>
      )}
      {!phone && film !== null && smallWindow.isPossible && (
        <CallIconButton
          icon="smallWindow"
          label={smallWindow.isOn ? say.smallWindowOff : say.smallWindow}
          aria-pressed={smallWindow.isOn}
          onClick={smallWindow.toggle}
        />
      )}
      {!phone && !beside && fullScreen.isPossible && (
        <CallIconButton
          icon={fullScreen.isOn ? 'fullScreenOff' : 'fullScreen'}
          label={fullScreen.isOn ? say.fullScreenOff : say.fullScreen}
          onClick={fullScreen.toggle}
        />
      )}
      {onGrow !== null && <IconButton icon="invite" label={say.grow} onClick={onGrow} />}
      <IconButton
        icon="chat"
        label={beside ? say.chatOff : say.chat}
        aria-pressed={beside}
        onClick={onChat}
      />
    </div>
  );
}

/** The phase, and the time once both talk. */
function CallStatus({ state }: { state: CallState }) {
  const { phase, connectedAtMs } = state;
  const duration = useDuration(phase.kind === 'connected' ? connectedAtMs : null);
  switch (phase.kind) {
    case 'preparing':
      return callWords.outgoing.preparing;
    case 'ringing':
      return callWords.outgoing.ringing;
    case 'connecting':
      return say.connecting;
    case 'connected':
      return (
        <span className="call-duration" role="timer">
          {duration}
        </span>
      );
    case 'reconnecting':
      return say.reconnecting;
    case 'ended':
      return callWords.ended.gone;
  }
}

function useSmallWindow(film: HTMLVideoElement | null): Toggle {
  const [isOn, setIsOn] = useState(false);
  useEffect(() => {
    if (film === null) return;
    const changed = (): void => setIsOn(document.pictureInPictureElement === film);
    film.addEventListener('enterpictureinpicture', changed);
    film.addEventListener('leavepictureinpicture', changed);
    changed();
    return () => {
      film.removeEventListener('enterpictureinpicture', changed);
      film.removeEventListener('leavepictureinpicture', changed);
    };
  }, [film]);
  const toggle = (): void => {
    const change = isOn ? document.exitPictureInPicture() : film?.requestPictureInPicture();
    Promise.resolve(change).catch(() => undefined);
  };
  return { isPossible: document.pictureInPictureEnabled === true, isOn, toggle };
}
