import { CallIcon } from '../calls/CallIcon.tsx';
import { useCallStage, wantGroupCall } from '../calls/stage.ts';
import { useDuration } from '../calls/useDuration.ts';
import { Button } from '../parts/Button.tsx';
import type { ConversationView, GroupCallView } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { words } from '../words.ts';
import { Faces } from './Faces.tsx';
import { useOpenGroupCall } from './OpenGroupCalls.tsx';
import { whyClosed } from './whyClosed.ts';
import './groupCallBanner.css';

/** Above the messages of a group while a call is open in it: who is in it, and the way there. */
export function GroupCallBanner({ conversation }: { conversation: ConversationView }) {
  const call = useOpenGroupCall(conversation.conversationId);
  return call === null || conversation.ended !== null ? null : <Banner call={call} />;
}

function Banner({ call }: { call: GroupCallView }) {
  const { place } = useCallStage();
  const own = useOwnAccountId();
  const { group: say } = words.calls;
  const { conversationId, callId, hasVideo, people, device, startedAtMs, mayJoin } = call;
  const duration = useDuration(startedAtMs);
  const others = people.filter(({ accountId }) => accountId !== own);
  const isHere = device === 'here' && place !== null;
  return (
    <section className="groupCallBanner" aria-label={say.open[hasVideo ? 'video' : 'voice']}>
      <span className="groupCallBanner-icon">
        <CallIcon name={hasVideo ? 'video' : 'phone'} />
      </span>
      <span className="groupCallBanner-words">
        <strong>
          {say.open[hasVideo ? 'video' : 'voice']}{' '}
          <span className="groupCallBanner-time" aria-hidden="true">
            {duration}
          </span>
        </strong>
        <small>
          {isHere
            ? say.here
            : sentenceOf(
                call,
                others.map(({ username }) => username),
              )}
        </small>
      </span>
      <Faces people={others} />
      {!isHere && (
        <Button
          look="primary"
          busy={!mayJoin}
          disabled={place !== null}
          onClick={() => wantGroupCall({ conversationId, callId, video: hasVideo })}
        >
          {say.join}
        </Button>
      )}
    </section>
  );
}

function sentenceOf(call: GroupCallView, names: readonly string[]): string {
  const { group: say } = words.calls;
  const { device, mayJoin } = call;
  if (device === 'elsewhere') return say.elsewhere;
  if (!mayJoin) return say.closed[whyClosed(call)];
  return names.length === 0 ? say.nobody : say.people(names);
}
