import type { GroupCallSession, GroupCallState } from '@sotto/sdk/groupCalls';
import { CallBar } from '../calls/CallBar.tsx';
import { showCall } from '../calls/stage.ts';
import { useDuration } from '../calls/useDuration.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { groupPhase } from './GroupCallAnnouncer.tsx';
import { isSilent, lineNote } from './groupCallTrouble.ts';

interface GroupCallBarProps {
  session: GroupCallSession;
  state: GroupCallState;
  name: string;
  /** Who wants to be let in. */
  waiting: number;
}

/** A group's call as a line above the chats; what is to be known of it takes the place of how long it has lasted. */
export function GroupCallBar({ session, state, name, waiting }: GroupCallBarProps) {
  const { phase, connectedAtMs, local, participants } = state;
  const isConnected = phase.kind === 'connected';
  const duration = useDuration(isConnected ? connectedAtMs : null);
  const note = isConnected ? lineNote(state, waiting) : null;
  return (
    <div className="groupBar">
      <CallBar
        label={groupCallWords.bar.name(name)}
        name={name}
        hasVideo={participants.some(({ hasCamera }) => hasCamera)}
        status={note ?? duration ?? groupPhase(phase.kind)}
        isMuted={isSilent(local)}
        endLabel={groupCallWords.page.leave}
        onMute={(on) => session.setMuted(on)}
        onEnd={() => session.leave()}
        onReturn={() => showCall('full')}
      />
    </div>
  );
}
