import { canUsePasskeys } from '@sotto/sdk/passkeys';
import { useEffect, useState } from 'react';
import { Button } from '../parts/Button.tsx';
import { Icon } from '../parts/Icon.tsx';
import { limits, type OwnAccountView, type PasskeyView, type SessionView } from '../sotto.ts';
import { words } from '../words.ts';
import { AddPasskeyDialog } from './AddPasskeyDialog.tsx';
import { deviceName } from './deviceName.ts';
import { passkeyName, RemovePasskeyDialog } from './RemovePasskeyDialog.tsx';

interface PasskeyListProps {
  session: Extract<SessionView, { kind: 'signedIn' }>;
  account: OwnAccountView;
  onDone: (sentence: string) => void;
}

/** The account's passkeys: which there are, one more, one less. */
export function PasskeyList({ session, account, onDone }: PasskeyListProps) {
  const { passkeys: text } = words;
  const { passkeys, devices } = account;
  const [isAble, setIsAble] = useState<boolean | null>(null);
  const [dialog, setDialog] = useState<'add' | PasskeyView | null>(null);
  useEffect(() => {
    let current = true;
    canUsePasskeys().then((able) => {
      if (current) setIsAble(able);
    });
    return () => {
      current = false;
    };
  }, []);
  const finish = (sentence: string): void => {
    setDialog(null);
    onDone(sentence);
  };
  const here = devices.find(({ isThis }) => isThis);
  return (
    <section className="settings-part" aria-labelledby="passkeys">
      <h2 id="passkeys">{text.title}</h2>
      <p className="settings-note">{text.lead}</p>
      <div className="settings-card">
        {passkeys.length > 0 && (
          <ul className="devices passkeys">
            {passkeys.map((passkey) => (
              <li key={passkey.passkeyId}>
                <Icon name="passkey" />
                <div>
                  <strong>{passkeyName(passkey)}</strong>
                  <span>{text.added(passkey.addedAtMs)}</span>
                  <span>
                    {passkey.lastUsedMs === null
                      ? text.neverUsed
                      : text.lastUsed(passkey.lastUsedMs, Date.now())}
                  </span>
                </div>
                <div className="devices-actions">
                  <Button
                    look="danger"
                    aria-label={text.removeNamed(passkeyName(passkey))}
                    onClick={() => setDialog(passkey)}
                  >
                    {text.remove}
                  </Button>
                </div>
              </li>
            ))}
          </ul>
        )}
        {isAble === true && passkeys.length < limits.passkeysPerAccount && (
          <button type="button" className="settings-row" onClick={() => setDialog('add')}>
            <Icon name="plus" />
            <span>
              <strong>{text.add}</strong>
              <small>{text.addText}</small>
            </span>
          </button>
        )}
      </div>
      {isAble === false && <p className="settings-note">{text.unsupported}</p>}
      {dialog === 'add' && (
        <AddPasskeyDialog
          session={session}
          known={passkeys.map(({ credentialId }) => credentialId).filter((id) => id.length > 0)}
          suggestedName={here === undefined ? '' : deviceName(here, [here])}
          onClose={() => setDialog(null)}
          onDone={() => finish(text.wasAdded)}
        />
      )}
      {dialog !== null && dialog !== 'add' && (
        <RemovePasskeyDialog
          passkey={dialog}
          onClose={() => setDialog(null)}
          onDone={() => finish(text.wasRemoved)}
        />
      )}
    </section>
  );
}
