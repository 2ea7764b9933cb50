import type { CallSession, CallState } from '@sotto/sdk/calls';
import { callWords } from '../wordsCalls.ts';
import { troubleSentence } from './callTrouble.ts';
import { Note, Remedy } from './Note.tsx';

interface CallNotesProps {
  session: CallSession;
  state: CallState;
  name: string;
  onDevices: () => void;
}

const { page, quality, video } = callWords;

/** What is to be known while one talks: what is the matter, who is muted, what is shared. */
export function CallNotes({ session, state, name, onDevices }: CallNotesProps) {
  const { local, remote, phase, problems, videoRequest } = state;
  const isConnected = phase.kind === 'connected';
  const { step, causes } = state.quality;
  const cause = causes[0];
  return (
    <div className="call-notes">
      {problems.map((problem) => (
        <Note key={JSON.stringify(problem)} tone="warn" alert>
          <span>{troubleSentence(problem)}</span>
          <Remedy problem={problem} session={session} onDevices={onDevices} />
        </Note>
      ))}
      {isConnected && step === 'poor' && (
        <Note tone="warn">
          {cause === undefined ? quality.poor : `${quality.poor} ${quality.cause[cause]}`}
        </Note>
      )}
      {isConnected && step === 'fair' && (
        <Note>{cause === undefined ? quality.fair : quality.cause[cause]}</Note>
      )}
      {videoRequest === 'asked' && <Note icon="video">{video.asked(name)}</Note>}
      {videoRequest === 'declined' && <Note icon="videoOff">{video.declined(name)}</Note>}
      {isConnected && remote.isMuted && <Note icon="micOff">{page.mutedBadge(name)}</Note>}
      {isConnected && local.isMuted && <Note icon="micOff">{page.mutedSelf}</Note>}
      {local.sharing !== 'off' && (
        <Note icon="screen" tone="accent">
          {page.sharingSelf}
          <button type="button" className="callChip" onClick={() => session.stopSharing()}>
            {page.stopSharing}
          </button>
        </Note>
      )}
    </div>
  );
}
