import { Avatar } from '../parts/Avatar.tsx';
import type { CallView } from '../sotto.ts';
import { callWords } from '../wordsCalls.ts';
import { CallIcon } from './CallIcon.tsx';
import { AnswerButton, CallSheet } from './CallSheet.tsx';

interface IncomingSheetProps {
  call: CallView;
  name: string;
  silenced: boolean;
  /** Why it cannot be answered in this browser. */
  problem: string | null;
  onSilence: () => void;
  onAnswer: (video: boolean) => void;
  onDecline: () => void;
}

const say = callWords.incoming;

/** A call of two that rings. */
export function IncomingSheet({ call, name, silenced, problem, onSilence, ...on }: IncomingSheetProps) {
  const { hasVideo, peer } = call;
  return (
    <CallSheet
      avatar={<Avatar account={peer} size="large" />}
      title={hasVideo ? say.video(name) : say.voice(name)}
      text={hasVideo ? say.textVideo : say.text}
      silenced={silenced}
      problem={problem}
      onSilence={onSilence}
      more={
        hasVideo &&
        problem === null && (
          <button type="button" className="callChip" onClick={() => on.onAnswer(false)}>
            <CallIcon name="phone" />
            {say.answerVoice}
          </button>
        )
      }
    >
      <AnswerButton icon="hangUp" tone="end" onClick={on.onDecline}>
        {say.decline}
      </AnswerButton>
      {problem === null && (
        <AnswerButton icon={hasVideo ? 'video' : 'phone'} tone="answer" onClick={() => on.onAnswer(hasVideo)}>
          {hasVideo ? say.answerVideo : say.answer}
        </AnswerButton>
      )}
    </CallSheet>
  );
}
