import { useState } from 'react';
import type { ConversationId, GroupView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { ConfirmDialog, type Question } from './ConfirmDialog.tsx';
import { mayChangeSharing } from './mayInGroup.ts';
import { Switch } from './Switch.tsx';

/** Whether members who come see what was said before them; what it means is said before it is changed. */
export function SharingPart({ conversationId, group }: { conversationId: ConversationId; group: GroupView }) {
  const { details: text } = words.groups;
  const sotto = useSotto();
  const [question, setQuestion] = useState<Question | null>(null);
  const { sharesHistory } = group;
  const mayChange = group.ended === null && mayChangeSharing(group.role);
  const ask = (shares: boolean): void =>
    setQuestion({
      title: shares ? text.sharingOnTitle : text.sharingOffTitle,
      text: shares ? text.sharingOnText : text.sharingOffText,
      confirm: shares ? text.sharingTurnOn : text.sharingTurnOff,
      isDanger: false,
      act: () => sotto.setHistorySharing(conversationId, shares),
    });
  const meaning = sharesHistory ? text.sharingOn : text.sharingOff;
  return (
    <section className="details-part">
      <Switch
        label={text.sharing}
        text={mayChange ? meaning : `${meaning} ${text.sharingBy}`}
        checked={sharesHistory}
        disabled={!mayChange}
        onChange={ask}
      />
      {question !== null && <ConfirmDialog question={question} onClose={() => setQuestion(null)} />}
    </section>
  );
}
