import type { CallSession, CallState, Calls } from '@sotto/sdk/calls';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Avatar } from '../parts/Avatar.tsx';
import type { AccountView } from '../sotto.ts';
import { usePhoneLayout } from '../state/useMediaQuery.ts';
import { callWords } from '../wordsCalls.ts';
import { CallControls } from './CallControls.tsx';
import { CallIcon } from './CallIcon.tsx';
import { CallNotes } from './CallNotes.tsx';
import { CallPicture } from './CallPicture.tsx';
import { CallTop } from './CallTop.tsx';
import { CodeDialog } from './CodeDialog.tsx';
import { DevicesDialog } from './DevicesDialog.tsx';
import { SmallPicture } from './SmallPicture.tsx';
import { StatisticsPanel } from './StatisticsPanel.tsx';
import { useIdle } from './useIdle.ts';
import { useLevel } from './useLevel.ts';

interface CallPageProps {
  calls: Calls;
  session: CallSession;
  state: CallState;
  peer: AccountView | null;
  name: string;
  beside: boolean;
  /** More people are to be taken in. */
  onGrow: () => void;
  onMinimise: () => void;
  onChat: () => void;
}

interface Shown {
  readonly key: 'remoteScreen' | 'remoteCamera' | 'localCamera';
  readonly label: string;
}

/** The call over the whole window, or with a chat beside it. */
export function CallPage(props: CallPageProps) {
  const { calls, session, state, peer, name, beside, onGrow, onMinimise, onChat } = props;
  const say = callWords.page;
  const { local, remote, phase } = state;
  const page = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const face = useRef<HTMLSpanElement>(null);
  const [swapped, setSwapped] = useState(false);
  const [panel, setPanel] = useState<'devices' | 'code' | null>(null);
  const [statistics, setStatistics] = useState(false);
  const [film, setFilm] = useState<HTMLVideoElement | null>(null);

  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const phone = usePhoneLayout();
  const { streams } = session;
  const isTroubled = state.problems.length > 0 || state.quality.step === 'poor';
  const isOver = phase.kind === 'ended';
  const all: Shown[] = [];
  if (remote.isSharing && !isOver) all.push({ key: 'remoteScreen', label: say.remoteSharing(name) });
  if (remote.hasCamera && !isOver) all.push({ key: 'remoteCamera', label: say.remote(name) });
  const large = all.shift() ?? null;
  const hasOwn = (local.camera === 'on' || local.camera === 'pausedForQuality') && !isOver;
  if (hasOwn) all.push({ key: 'localCamera', label: say.own });
  // Alone, one's own picture is small as well: the large one is the other's.
  const small = all.at(-1) ?? null;
  const [main, corner] = swapped && small !== null ? [small, large] : [large, small];
  const third = all.length > 1 ? all[0] : undefined;
  const hasPicture = main !== null;
  const idle = useIdle(
    page,
    hasPicture && phase.kind === 'connected' && panel === null && !statistics && !isTroubled,
  );
  useLevel(face, main === null && phase.kind === 'connected' ? () => session.levels().remote : null);

  /** In a voice call the other side is asked first. */
  const toggleCamera = (): void => void session.setCamera(local.camera === 'off');
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null) return;
    const target = event.target as HTMLElement;
    if (target.closest('input, textarea, select, [contenteditable]') !== null) return;
    // With a chat beside it, letters that are pressed there are the chat's.
    if (beside && target !== document.body && page.current?.contains(target) !== true) return;
    switch (event.key.toLowerCase()) {
      case 'm':
        session.setMuted(!local.isMuted);
        break;
      case 'v':
        if (phase.kind === 'connected') toggleCamera();
        break;
      case 'escape':
        if (document.fullscreenElement !== null) return;
        onMinimise();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  useEffect(() => {
    window.addEventListener('keydown', pressed, { capture: true });
    return () => window.removeEventListener('keydown', pressed, { capture: true });
  }, []);

  const picture = ({ key, label }: Shown, large: boolean) => (
    <CallPicture
      key={key}
      stream={streams[key]}
      label={label}
      fit={key === 'remoteScreen' ? 'whole' : large ? 'auto' : 'filled'}
      mirrored={key === 'localCamera' && local.facing !== 'environment'}
      {...(large ? { onElement: setFilm } : {})}
    />
  );
  // A chat beside it is the main part itself. The element stays: a video in it would begin anew.
  const landmark = { role: beside ? 'region' : 'main', 'aria-label': say.name(name) };
  return (
    <div
      className="call"
      ref={page}
      {...landmark}
      data-place={beside ? 'beside' : 'full'}
      data-picture={hasPicture}
      data-idle={idle}
    >
      <h1 className="hiddenText" ref={heading} tabIndex={-1}>
        {say.name(name)}
      </h1>
      <div className="call-stage">
        <div className="call-face" data-behind={hasPicture}>
          <span className="call-avatar" ref={face}>
            {peer !== null && <Avatar account={peer} size="large" />}
          </span>
          <strong className="call-name">{name}</strong>
        </div>
        {main !== null && picture(main, true)}
        {corner !== null && (
          <SmallPicture
            label={corner.key === 'localCamera' ? say.swap : say.swapBack(name)}
            // On a phone what is to be known takes the whole width below.
            start={phone ? 'top' : 'bottom'}
            onPress={() => setSwapped((now) => !now)}
          >
            {picture(corner, false)}
            {corner.key === 'localCamera' && local.isMuted && (
              <span className="call-badge">
                <CallIcon name="micOff" />
              </span>
            )}
          </SmallPicture>
        )}
        {third !== undefined && <div className="callSmall call-third">{picture(third, false)}</div>}
      </div>
      <CallTop
        state={state}
        name={name}
        beside={beside}
        film={main === null || main.key === 'localCamera' ? null : film}
        onGrow={phase.kind === 'connected' ? onGrow : null}
        onCode={() => setPanel('code')}
        onChat={onChat}
        onMinimise={onMinimise}
      />
      {statistics && <StatisticsPanel session={session} onClose={() => setStatistics(false)} />}
      <div className="call-foot">
        <CallNotes session={session} state={state} name={name} onDevices={() => setPanel('devices')} />
        <CallControls
          session={session}
          state={state}
          statistics={statistics}
          onCamera={toggleCamera}
          onDevices={() => setPanel('devices')}
          onStatistics={() => setStatistics((shown) => !shown)}
        />
      </div>
      {panel === 'devices' && (
        <DevicesDialog calls={calls} session={session} local={state.local} onClose={() => setPanel(null)} />
      )}
      {panel === 'code' && <CodeDialog code={state.code} name={name} onClose={() => setPanel(null)} />}
    </div>
  );
}
