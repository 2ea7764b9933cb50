import type { GroupCallSession, GroupCallState } from '@sotto/sdk/groupCalls';
import { Note, Remedy } from '../calls/Note.tsx';
import { callWords } from '../wordsCalls.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';
import { groupTrouble } from './groupCallTrouble.ts';

interface GroupCallNotesProps {
  session: GroupCallSession;
  state: GroupCallState;
  /** Who wants to be let in. */
  waiting: number;
  onDevices: () => void;
  onPeople: () => void;
}

const { page, quality: qualityWords } = callWords;
const say = groupCallWords.notes;

/** What is to be known while one talks: what is the matter, whose hand is raised, what a host asks. */
export function GroupCallNotes({ session, state, waiting, onDevices, onPeople }: GroupCallNotesProps) {
  const { local, phase, problems, quality, hands, participants, muteAsked } = state;
  const isConnected = phase.kind === 'connected';
  const cause = quality.causes[0];
  const raised = hands.flatMap((joinId) => {
    const person = participants.find((one) => one.joinId === joinId);
    return person === undefined || person.isSelf ? [] : [person.account.username];
  });
  return (
    <div className="call-notes">
      {problems.map((problem) => (
        <Note key={JSON.stringify(problem)} tone="warn" alert>
          <span>{groupTrouble(problem)}</span>
          <Remedy problem={problem} session={session} onDevices={onDevices} />
        </Note>
      ))}
      {isConnected && quality.step === 'poor' && (
        <Note tone="warn">
          {cause === undefined ? qualityWords.poor : `${qualityWords.poor} ${qualityWords.cause[cause]}`}
        </Note>
      )}
      {isConnected && quality.step === 'fair' && (
        <Note>{cause === undefined ? qualityWords.fair : qualityWords.cause[cause]}</Note>
      )}
      {muteAsked && !local.isMuted && (
        <Note icon="micOff" tone="accent" alert>
          <span>{say.muteAsked}</span>
          <button type="button" className="callChip" onClick={() => session.setMuted(true)}>
            {say.mute}
          </button>
          <button type="button" className="callChip" onClick={() => session.dismissMuteAsked()}>
            {say.stay}
          </button>
        </Note>
      )}
      {waiting > 0 && (
        <Note tone="accent">
          <span>{say.waiting(waiting)}</span>
          <button type="button" className="callChip" onClick={onPeople}>
            {say.look}
          </button>
        </Note>
      )}
      {raised.length > 0 && <Note icon="hand">{say.hands(raised)}</Note>}
      {isConnected && local.microphoneProblem !== null && <Note icon="micOff">{say.noMicrophone}</Note>}
      {local.isSendingRefused && <Note tone="warn">{say.sendingRefused}</Note>}
      {isConnected && local.microphoneProblem === null && local.isMuted && (
        <Note icon="micOff">{page.mutedSelf}</Note>
      )}
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
