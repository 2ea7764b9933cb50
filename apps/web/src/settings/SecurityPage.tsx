import { useEffect, useRef, useState } from 'react';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Problem } from '../parts/Problem.tsx';
import type { Outcome, ResetProblem, ResetResult, SessionView } from '../sotto.ts';
import { words } from '../words.ts';
import { ChangePasswordDialog } from './ChangePasswordDialog.tsx';
import { deviceName } from './deviceName.ts';
import { PasskeyList } from './PasskeyList.tsx';
import { passkeyName } from './RemovePasskeyDialog.tsx';
import { ReplaceRecoveryCodeDialog } from './ReplaceRecoveryCodeDialog.tsx';
import { ResetDialog } from './ResetDialog.tsx';
import { useOwnAccountView } from './useOwnAccountView.ts';
import './settings.css';

interface SecurityPageProps {
  session: Extract<SessionView, { kind: 'signedIn' }>;
  startOver: (newPassword: string) => Promise<Outcome<ResetResult, ResetProblem>>;
  onBack: () => void;
}

/** What opens the account, and what was done to it. */
export function SecurityPage({ session, startOver, onBack }: SecurityPageProps) {
  const { security } = words;
  const { account, problem, refresh } = useOwnAccountView();
  const [dialog, setDialog] = useState<'password' | 'code' | 'reset' | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const finish = (sentence: string): void => {
    setDialog(null);
    setDone(sentence);
    refresh();
  };
  return (
    <main className="pane settings">
      <div className="paneBar">
        <IconButton icon="back" label={words.common.back} onClick={onBack} />
        <h1 className="paneBar-title" ref={heading} tabIndex={-1}>
          {security.title}
        </h1>
      </div>
      <div className="pane-scroller">
        <div className="settings-column">
          <p className="sees-lead">{security.lead}</p>
          <p className="settings-done" role="status">
            {done}
          </p>
          <div className="settings-card">
            <button type="button" className="settings-row" onClick={() => setDialog('password')}>
              <Icon name="key" />
              <span>
                <strong>{security.changePassword}</strong>
                <small>{security.changePasswordText}</small>
              </span>
            </button>
            <button type="button" className="settings-row" onClick={() => setDialog('code')}>
              <Icon name="print" />
              <span>
                <strong>{security.replaceCode}</strong>
                <small>{security.replaceCodeText}</small>
              </span>
            </button>
          </div>
          {account !== null && <PasskeyList session={session} account={account} onDone={finish} />}
          <div className="settings-card">
            <button
              type="button"
              className="settings-row"
              data-tone="danger"
              onClick={() => setDialog('reset')}
            >
              <Icon name="warning" />
              <span>
                <strong>{words.reset.title}</strong>
                <small>{words.reset.rowText}</small>
              </span>
            </button>
          </div>
          {account !== null && account.notices.length > 0 && (
            <section className="settings-part" aria-labelledby="security-notices">
              <h2 id="security-notices">{security.notices}</h2>
              <ol className="settings-card security-log">
                {account.notices.map(({ kind, account: by, atMs }) => (
                  <li key={`${kind} ${by?.accountId ?? ''} ${atMs}`}>
                    <strong>{security.notice[kind](by?.username ?? null)}</strong>
                    <span>
                      <time dateTime={new Date(atMs).toISOString()}>{words.time.moment(atMs)}</time>
                    </span>
                  </li>
                ))}
              </ol>
              <p className="settings-note">{security.noticesText}</p>
            </section>
          )}
          <section className="settings-part" aria-labelledby="security-log">
            <h2 id="security-log">{security.log}</h2>
            <Problem text={problem} />
            {account === null && problem === null && <p role="status">{security.logLoading}</p>}
            <ol className="settings-card security-log">
              {account?.securityLog.map((event) => (
                <li key={event.seq}>
                  <strong>{security.events[event.kind]}</strong>
                  <span>
                    {event.device !== null && `${deviceName(event.device, account.devices)} · `}
                    {event.passkey !== null && `${passkeyName(event.passkey)} · `}
                    <time dateTime={new Date(event.atMs).toISOString()}>{words.time.moment(event.atMs)}</time>
                  </span>
                </li>
              ))}
            </ol>
            <p className="settings-note">{security.logText}</p>
          </section>
        </div>
      </div>
      {dialog === 'password' && (
        <ChangePasswordDialog
          username={session.username}
          onClose={() => setDialog(null)}
          onDone={() => finish(security.passwordChanged)}
        />
      )}
      {dialog === 'reset' && (
        <ResetDialog username={session.username} startOver={startOver} onClose={() => setDialog(null)} />
      )}
      {dialog === 'code' && (
        <ReplaceRecoveryCodeDialog
          onClose={() => setDialog(null)}
          onDone={() => finish(security.codeReplaced)}
        />
      )}
    </main>
  );
}
