import { useState } from 'react';
import { Avatar } from '../../parts/Avatar.tsx';
import { Button } from '../../parts/Button.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import type { MessageView } from '../../sotto.ts';
import { useOwnAccountId } from '../../state/OwnAccount.tsx';
import { words } from '../../words.ts';
import { useThreadActions } from '../ThreadActions.ts';

const shownLimit = 500;

/** Who gave which reaction. */
export function ReactionsDialog({ message, onClose }: { message: MessageView; onClose: () => void }) {
  const own = useOwnAccountId();
  const actions = useThreadActions();
  const text = words.messaging.reactions;
  const [only, setOnly] = useState<string | null>(null);
  const given = message.reactions.flatMap(({ emoji, accounts }) =>
    accounts.map((account) => ({ emoji, account })),
  );
  const shown = given.filter(({ emoji }) => only === null || emoji === only).slice(0, shownLimit);
  return (
    <Dialog title={text.who} onClose={onClose}>
      <div className="reactionTabs" role="toolbar" aria-label={text.label}>
        <button type="button" aria-pressed={only === null} onClick={() => setOnly(null)}>
          {text.all(given.length)}
        </button>
        {message.reactions.map(({ emoji, accounts, mine }) => (
          <button
            key={emoji}
            type="button"
            aria-pressed={only === emoji}
            aria-label={text.one(emoji, accounts.length, mine)}
            onClick={() => setOnly(emoji)}
          >
            <span className="emoji">{emoji}</span> {accounts.length}
          </button>
        ))}
      </div>
      <ul className="receipts">
        {shown.map(({ emoji, account }) => (
          <li key={`${emoji} ${account.accountId}`} className="personRow">
            <Avatar account={account} size="small" />
            <bdi className="personRow-name">
              {account.accountId === own ? words.common.you : account.username}
            </bdi>
            {account.accountId === own && (
              <Button
                look="plain"
                onClick={() => {
                  actions.react(message, emoji);
                  onClose();
                }}
              >
                {text.tapToRemove}
              </Button>
            )}
            <span className="personRow-emoji emoji">{emoji}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
