import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { navigate } from '../routing/useRoute.ts';
import type { ConversationView, MemberView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { ConfirmDialog, type Question } from './ConfirmDialog.tsx';
import { leaveQuestion } from './leaveQuestion.ts';
import './groups.css';

interface GroupEndedProps {
  conversation: ConversationView;
  members: readonly MemberView[];
}

/** In the composer's place of a group that was left or has ended: why, and what is left to do. */
export function GroupEnded({ conversation, members }: GroupEndedProps) {
  const { ended: text, details: names } = words.groups;
  const sotto = useSotto();
  const [question, setQuestion] = useState<Question | null>(null);
  const { conversationId, ended } = conversation;
  if (ended === null) return null;
  const action = ended === 'deleted' ? 'leaveDelete' : 'forget';
  const role = members.find(({ isSelf }) => isSelf)?.role ?? 'member';
  return (
    <section className="groups-closed" aria-label={text.listed[ended]}>
      <p role="status">{text[ended]}</p>
      <Button onClick={() => setQuestion(leaveQuestion(sotto, conversationId, action, role, members))}>
        {names[action]}
      </Button>
      {question !== null && (
        <ConfirmDialog
          question={question}
          onClose={() => setQuestion(null)}
          onDone={() => navigate({ kind: 'home' }, { replace: true })}
        />
      )}
    </section>
  );
}
