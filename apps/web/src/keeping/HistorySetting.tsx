import { useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import { useSotto } from '../state/SottoContext.tsx';
import { useWatched } from '../state/useWatched.ts';
import { words } from '../words.ts';
import { HistoryDialog } from './HistoryDialog.tsx';

/** The account's choice for all of its conversations, as a row of the settings. */
export function HistorySetting() {
  const sotto = useSotto();
  const choice = useWatched({ kind: 'historyChoice' });
  const [asking, setAsking] = useState(false);
  if (choice === undefined) return null;
  const { on, pendingCount } = choice;
  return (
    <>
      <button type="button" className="settings-row" onClick={() => setAsking(true)}>
        <Icon name="history" />
        <span>
          <strong>{words.keeping.title}</strong>
          <small>{on ? words.keeping.settingOn : words.keeping.settingOff}</small>
          {pendingCount > 0 && <small role="status">{words.keeping.settingPending(pendingCount)}</small>}
        </span>
      </button>
      {asking && (
        <HistoryDialog
          title={on ? words.keeping.accountOffTitle : words.keeping.accountOnTitle}
          text={on ? words.keeping.offText : words.keeping.accountOnText}
          more={on ? words.keeping.accountOffMore : null}
          turnOn={!on}
          turn={() => sotto.setAccountHistory(!on)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
