import { useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import type { AccountId, AccountView, ConversationDetailsView } from '../sotto.ts';
import { useOwnAccountId } from '../state/OwnAccount.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { words } from '../words.ts';
import { HistoryDialog } from './HistoryDialog.tsx';

/** What a conversation's details say of history, and the way to turn it off and on. */
export function HistoryPart({ details }: { details: ConversationDetailsView }) {
  const sotto = useSotto();
  const own = useOwnAccountId();
  const [asking, setAsking] = useState(false);
  const { conversation, history } = details;
  const { conversationId, peer } = conversation;
  const isOffByOwn = history.offBy.some(({ accountId }) => accountId === own);
  // What was chosen last, also where it is not done yet.
  const isChosenOff = history.pending === null ? isOffByOwn : history.pending === 'off';
  const otherOff = history.offBy.find(({ accountId }) => accountId !== own);
  const more = isChosenOff ? otherOff && words.keeping.onStaysOff(otherOff.username) : words.keeping.offMore;
  return (
    <section className="details-part">
      <h2>
        <Icon name="history" />
        {words.keeping.title}
      </h2>
      <p>
        {history.on
          ? peer?.accountId === own
            ? words.keeping.onSelf
            : words.keeping.on
          : words.keeping.off(namesOf(history.offBy, own))}
      </p>
      {history.pending !== null && (
        <p role="status">{history.pending === 'off' ? words.keeping.pendingOff : words.keeping.pendingOn}</p>
      )}
      <Button onClick={() => setAsking(true)}>
        {isChosenOff ? words.keeping.turnOn : history.on ? words.keeping.turnOff : words.keeping.turnOffToo}
      </Button>
      {asking && (
        <HistoryDialog
          title={isChosenOff ? words.keeping.onTitle : words.keeping.offTitle}
          text={isChosenOff ? words.keeping.onText : words.keeping.offText}
          more={more ?? null}
          turnOn={isChosenOff}
          turn={() => sotto.setConversationHistory(conversationId, isChosenOff)}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

/** Oneself first. */
function namesOf(accounts: readonly AccountView[], own: AccountId | null): string {
  const others = accounts.filter(({ accountId }) => accountId !== own).map(({ username }) => username);
  const names = others.length < accounts.length ? [words.common.you, ...others] : others;
  return names.reduce((all, name) => words.keeping.and(all, name));
}
