import { CallIcon } from '../calls/CallIcon.tsx';
import { Switch } from '../groups/Switch.tsx';
import type { ConversationDetailsView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

/** Of a direct conversation: whether the other one's calls ring. It holds on all of the account's devices. */
export function CallsPart({ details }: { details: ConversationDetailsView }) {
  const sotto = useSotto();
  const { conversation, callsBlocked } = details;
  const name = words.common.at(conversation.peer?.username ?? '');
  const say = words.calls;
  return (
    <section className="details-part">
      <h2>
        <CallIcon name="phone" />
        {say.settings}
      </h2>
      <Switch
        label={say.from(name)}
        text={callsBlocked ? say.fromOff(name) : say.fromOn}
        checked={!callsBlocked}
        onChange={(on) => void sotto.blockCalls(conversation.conversationId, !on)}
      />
    </section>
  );
}
