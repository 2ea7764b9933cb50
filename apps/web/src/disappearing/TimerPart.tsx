import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { ConversationView, TimerView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { ConversationTimerDialog, whyFixed } from './ConversationTimerDialog.tsx';
import { durationWords } from './durationWords.ts';
import { timerProblemSentence } from './timerProblemSentence.ts';

/** What a conversation's details say of its timer: what is in force, what waits or failed, and the way to change it. */
export function TimerPart({ conversation }: { conversation: ConversationView }) {
  const sotto = useSotto();
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const text = words.disappearing;
  const { conversationId, timer } = conversation;
  const fixedBecause = whyFixed(conversation);
  const retry = async (seconds: number): Promise<void> => {
    setProblem(null);
    try {
      const outcome = await sotto.setTimer(conversationId, seconds);
      if (outcome.kind === 'problem') setProblem(timerProblemSentence(outcome.problem));
    } catch {
      setProblem(words.problem.unexpected);
    }
  };
  return (
    <section className="details-part">
      <h2>
        <Icon name="timer" />
        {text.title}
      </h2>
      <p>
        <strong>{timer.seconds === 0 ? text.off : durationWords(timer.seconds)}</strong>
      </p>
      <p>{timer.seconds === 0 ? text.offText : text.onText(durationWords(timer.seconds))}</p>
      {timer.wanted !== null && <p role="status">{wishSentence(timer, timer.wanted)}</p>}
      {fixedBecause === null ? (
        <>
          {timer.wanted !== null && timer.problem !== null && (
            <Button onClick={() => void retry(timer.wanted ?? 0)}>{text.retry}</Button>
          )}
          <Button onClick={() => setAsking(true)}>{timer.seconds === 0 ? text.turnOn : text.change}</Button>
        </>
      ) : (
        timer.problem === null && <p>{fixedBecause}</p>
      )}
      <Problem text={problem} />
      {asking && <ConversationTimerDialog conversation={conversation} onClose={() => setAsking(false)} />}
    </section>
  );
}

function wishSentence({ problem }: TimerView, wanted: number): string {
  const text = words.disappearing;
  if (problem === null) return wanted === 0 ? text.wantedOff : text.wanted(durationWords(wanted));
  const reason = timerProblemSentence(problem);
  return wanted === 0 ? text.failedOff(reason) : text.failed(durationWords(wanted), reason);
}
