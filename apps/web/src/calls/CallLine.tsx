import type { CallLineView, ConversationView } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { words } from '../words.ts';
import { CallIcon } from './CallIcon.tsx';
import { callSentence } from './callSentence.ts';
import { mayCall } from './mayCall.ts';
import { useCallStage, wantCall } from './stage.ts';
import './callLine.css';

interface CallLineProps {
  call: CallLineView;
  conversation: ConversationView;
}

/** What a call leaves in its thread: what became of it, and the way to the next one. */
export function CallLine({ call, conversation }: CallLineProps) {
  const own = useOwnAccountId();
  const { place } = useCallStage();
  const { hasVideo, isIncoming, isMissed, outcome } = call;
  const isOpen = outcome === 'ringing' || outcome === 'ongoing';
  const mayAgain = !isOpen && mayCall(conversation, own);
  return (
    <span className="callLine" data-missed={isMissed}>
      <span className="callLine-icon">
        <CallIcon name={hasVideo ? 'video' : 'phone'} />
      </span>
      <span className="callLine-words">
        <span className="bubble-text">{callSentence(call)}</span>
        {mayAgain && (
          <button
            type="button"
            className="callLine-again"
            disabled={place !== null}
            onClick={() => wantCall({ conversationId: conversation.conversationId, video: hasVideo })}
          >
            {isIncoming ? words.calls.callBack : words.calls.callAgain}
          </button>
        )}
      </span>
    </span>
  );
}
