import { lazy, Suspense } from 'react';
import type { ConversationView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

const TimerDialog = lazy(() => import('./TimerDialog.tsx'));

interface ConversationTimerDialogProps {
  conversation: ConversationView;
  onClose: () => void;
}

/** The timer of a conversation: changed where this account may, else shown with the reason why not. */
export function ConversationTimerDialog({ conversation, onClose }: ConversationTimerDialogProps) {
  const sotto = useSotto();
  const { set } = words.disappearing;
  return (
    <Suspense>
      <TimerDialog
        title={set.title}
        text={set.text}
        seconds={effectiveTimer(conversation)}
        saveLabel={set.save}
        fixedBecause={whyFixed(conversation)}
        save={(seconds) => sotto.setTimer(conversation.conversationId, seconds)}
        onClose={onClose}
      />
    </Suspense>
  );
}

/** What is written now goes under it: what is in force, or about to be. */
export function effectiveTimer({ timer }: ConversationView): number {
  return timer.problem === null ? (timer.wanted ?? timer.seconds) : timer.seconds;
}

/** Why this account cannot set the timer; null: it can. */
export function whyFixed({ ended, newIdentity, may }: ConversationView): string | null {
  const { problem, replaced } = words.disappearing;
  if (ended !== null) return problem.ended;
  if (newIdentity !== null) return replaced;
  return may.setTimer ? null : problem.notAllowed;
}
