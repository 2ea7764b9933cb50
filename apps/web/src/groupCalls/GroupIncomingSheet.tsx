import { AnswerButton, CallSheet } from '../calls/CallSheet.tsx';
import { ConversationAvatar } from '../parts/ConversationAvatar.tsx';
import type { ConversationView, GroupCallView } from '../sotto.ts';
import { groupCallWords } from '../wordsGroupCalls.ts';

interface GroupIncomingSheetProps {
  call: GroupCallView;
  conversation: ConversationView | null;
  name: string;
  silenced: boolean;
  problem: string | null;
  onSilence: () => void;
  onJoin: () => void;
  onDecline: () => void;
}

const say = groupCallWords.incoming;

/** A group's call that rings. Joining shows first how one will be heard and seen. */
export function GroupIncomingSheet(props: GroupIncomingSheetProps) {
  const { call, conversation, name, silenced, problem, onSilence, onJoin, onDecline } = props;
  const { hasVideo, startedBy, people } = call;
  const others = people.flatMap(({ accountId, username }) =>
    accountId === startedBy?.accountId ? [] : [username],
  );
  return (
    <CallSheet
      avatar={conversation !== null && <ConversationAvatar conversation={conversation} size="large" />}
      title={say.voice(name)}
      text={say.text(startedBy?.username ?? null, hasVideo, others)}
      silenced={silenced}
      problem={problem}
      onSilence={onSilence}
    >
      <AnswerButton icon="hangUp" tone="end" onClick={onDecline}>
        {say.decline}
      </AnswerButton>
      {problem === null && (
        <AnswerButton icon={hasVideo ? 'video' : 'phone'} tone="answer" onClick={onJoin}>
          {say.join}
        </AnswerButton>
      )}
    </CallSheet>
  );
}
