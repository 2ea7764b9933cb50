import type { GroupCallState } from '@sotto/sdk/groupCalls';
import { useEffect, useRef, useState } from 'react';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { changesTold } from './changesTold.ts';
import { isSilent, urgentNote } from './groupCallTrouble.ts';

const { notes } = groupCallWords;

interface GroupCallAnnouncerProps {
  state: GroupCallState;
  /** Who wants to be let in. */
  waiting: number;
  /** The page, which says itself what is urgent, is not seen. */
  isBar: boolean;
}

/** What changes in a call, for who does not see it. */
export function GroupCallAnnouncer({ state, waiting, isBar }: GroupCallAnnouncerProps) {
  const { phase, local, quality } = state;
  const before = useRef<GroupCallState | null>(null);
  const [told, setTold] = useState({ line: '', at: 0 });
  const isConnected = phase.kind === 'connected';
  useEffect(() => {
    // In a call that it goes on in everybody is another one: they come as they come here.
    const earlier = before.current?.callId === state.callId ? before.current : null;
    // Who is in it when one comes is in the list, and no news.
    if (!isConnected) return;
    before.current = state;
    const lines = earlier === null ? [] : changesTold(earlier, state);
    if (lines.length > 0) setTold(({ at }) => ({ line: lines.join('. '), at: at + 1 }));
  }, [state, isConnected]);
  return (
    <div className="hiddenText">
      <p role="status">{isConnected ? groupCallWords.told.connected : groupPhase(phase.kind)}</p>
      <p role="status">
        {/* The same once more is told once more. */}
        <span key={told.at}>{told.line}</span>
      </p>
      <p role="status">{isBar && isConnected && urgentNote(state)}</p>
      <p role="status">{isConnected && waiting > 0 && notes.waiting(waiting)}</p>
      <p role="status">{isConnected && quality.step === 'poor' && callWords.quality.poor}</p>
      <p role="status">{local.isSendingRefused && notes.sendingRefused}</p>
      <p role="status">{isConnected && (isSilent(local) ? callWords.told.muted : callWords.told.unmuted)}</p>
      <p role="status">
        {isConnected &&
          (local.camera === 'on'
            ? callWords.told.cameraOn
            : local.camera === 'off'
              ? callWords.told.cameraOff
              : '')}
      </p>
    </div>
  );
}

/** What is done until one is in the call. */
export function groupPhase(kind: GroupCallState['phase']['kind']): string {
  const say = groupCallWords.page;
  switch (kind) {
    case 'preparing':
    case 'connecting':
    case 'reconnecting':
      return say[kind];
    case 'connected':
    case 'ended':
      return '';
  }
}
