import type { ConversationView } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { words } from '../words.ts';
import { CallIconButton } from './CallIconButton.tsx';
import { mayCall } from './mayCall.ts';
import { useCallStage, wantCall } from './stage.ts';

/** In the header of a chat between two people. */
export function CallButtons({ conversation }: { conversation: ConversationView }) {
  const own = useOwnAccountId();
  const { place } = useCallStage();
  const { conversationId } = conversation;
  if (!mayCall(conversation, own)) return null;
  return (
    <>
      <CallIconButton
        icon="phone"
        label={words.calls.startVoice}
        disabled={place !== null}
        onClick={() => wantCall({ conversationId, video: false })}
      />
      <CallIconButton
        icon="video"
        label={words.calls.startVideo}
        disabled={place !== null}
        onClick={() => wantCall({ conversationId, video: true })}
      />
    </>
  );
}
