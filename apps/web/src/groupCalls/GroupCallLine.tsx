import { CallIcon } from '../calls/CallIcon.tsx';
import { useCallStage, wantGroupCall } from '../calls/stage.ts';
import type { ConversationView, GroupCallLineView } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { words } from '../words.ts';
import { groupCallSentence } from './groupCallSentence.ts';
import { mayCallGroup } from './mayCallGroup.ts';
import { useOpenGroupCall } from './OpenGroupCalls.tsx';
import '../calls/callLine.css';

interface GroupCallLineProps {
  call: GroupCallLineView;
  conversation: ConversationView;
}

/** What a group's call leaves in its thread: what became of it, and the way into it or to the next one. */
export function GroupCallLine({ call, conversation }: GroupCallLineProps) {
  const own = useOwnAccountId();
  const { place } = useCallStage();
  const { conversationId } = conversation;
  const open = useOpenGroupCall(conversationId);
  const { hasVideo: video, isMissed, callId } = call;
  const isThis = open?.callId === callId;
  const mayJoin = isThis && open.mayJoin && open.device !== 'here';
  const mayAgain = open === null && !call.isOpen && mayCallGroup(conversation);
  return (
    <span className="callLine" data-missed={isMissed}>
      <span className="callLine-icon">
        <CallIcon name={video ? 'video' : 'phone'} />
      </span>
      <span className="callLine-words">
        <span className="bubble-text">{groupCallSentence(call, own)}</span>
        {(mayJoin || mayAgain) && (
          <button
            type="button"
            className="callLine-again"
            disabled={place !== null}
            onClick={() => wantGroupCall({ conversationId, callId: mayJoin ? callId : null, video })}
          >
            {mayJoin ? words.calls.group.join : words.calls.callAgain}
          </button>
        )}
      </span>
    </span>
  );
}
