import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import type { ConversationDetailsView } from '../sotto.ts';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';

interface LogAlarmsProps {
  details: ConversationDetailsView;
  ownAccountId: string | null;
}

/** That the server did not show everybody the same messages: what was found, what it means, what to do. */
export function LogAlarms({ details, ownAccountId }: LogAlarmsProps) {
  const sotto = useSotto();
  const [busy, setBusy] = useState(false);
  const { logAlarms, conversation } = details;
  if (logAlarms.length === 0) return null;
  const { forked: text } = words;
  const acknowledge = async (): Promise<void> => {
    setBusy(true);
    await sotto.acknowledgeLogAlarms(conversation.conversationId).catch(() => undefined);
    setBusy(false);
  };
  return (
    <section className="details-part details-alarm" data-open={conversation.logForked}>
      <h2>
        <Icon name="warning" />
        {text.title}
      </h2>
      <ul>
        {logAlarms.map(({ reason, account, atMs }) => (
          <li key={`${reason} ${account?.accountId ?? ''}`}>
            {reason === 'forked'
              ? text.forkedBy(
                  account === null || account.accountId === ownAccountId ? null : account.username,
                )
              : text[reason]}{' '}
            <time dateTime={new Date(atMs).toISOString()}>{words.time.moment(atMs)}</time>
          </li>
        ))}
      </ul>
      <p>{text.meaning}</p>
      <p>
        {text.whatToDo(
          conversation.peer?.accountId === ownAccountId ? null : (conversation.peer?.username ?? null),
        )}
      </p>
      {conversation.logForked && (
        <Button busy={busy} onClick={acknowledge}>
          {text.acknowledge}
        </Button>
      )}
    </section>
  );
}
