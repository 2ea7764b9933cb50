import { CallIconButton } from '../calls/CallIconButton.tsx';
import { useCallStage, wantGroupCall } from '../calls/stage.ts';
import type { ConversationView } from '../sotto.ts';
import { words } from '../words.ts';
import { mayCallGroup } from './mayCallGroup.ts';
import { useOpenGroupCall } from './OpenGroupCalls.tsx';

/** In the header of a group. While a call is open there, the banner below offers to join it. */
export function GroupCallButtons({ conversation }: { conversation: ConversationView }) {
  const { place } = useCallStage();
  const { conversationId } = conversation;
  const open = useOpenGroupCall(conversationId);
  const { group: say } = words.calls;
  if (open !== null || !mayCallGroup(conversation)) return null;
  return (
    <>
      <CallIconButton
        icon="phone"
        label={say.startVoice}
        disabled={place !== null}
        onClick={() => wantGroupCall({ conversationId, callId: null, video: false })}
      />
      <CallIconButton
        icon="video"
        label={say.startVideo}
        disabled={place !== null}
        onClick={() => wantGroupCall({ conversationId, callId: null, video: true })}
      />
    </>
  );
}
